"""One gateway for all checks of a worker: they read it, and what they send is marked as theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.site import Site, a_site


@pytest.fixture(scope="session")
def site(empty_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with a_site(empty_tables, tmp_path_factory.mktemp("site")) as made:
        yield made
