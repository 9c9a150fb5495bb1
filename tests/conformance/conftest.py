"""Gateways for all checks of a worker: one they read, and one that takes what they send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.simulator.faulty.secured import Secured
from tests.conformance.site import Site, a_site


@pytest.fixture(scope="session")
def site(empty_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with a_site(empty_tables, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="session")
def receiving(empty_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Another one, for what is sent to it and stays: it does not grow beneath those that only read."""
    with a_site(empty_tables, tmp_path_factory.mktemp("receiving")) as made:
        yield made


@pytest.fixture(scope="session")
def secured(empty_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One under TLS, by an authority of its own."""
    folder = tmp_path_factory.mktemp("secured")
    with a_site(empty_tables, folder, secured=Secured(folder)) as made:
        yield made
