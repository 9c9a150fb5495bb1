"""One gateway for all tests of a worker; each has payloads and folders of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.simulator.pacs import SimulatedPacs
from tests.collect.archive import Watched
from tests.collect.site import Site


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("gateway"))
    made.open()
    yield made
    made.close()


@pytest.fixture
def site(shared_site: Site) -> Site:
    """The gateway, answering as it does by itself."""
    shared_site.script.clear()
    shared_site.posts.clear()
    shared_site.before.clear()
    return shared_site


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An empty folder to watch."""
    made = tmp_path / "in"
    made.mkdir()
    return made


@pytest.fixture
def pacs() -> Iterator[SimulatedPacs]:
    with SimulatedPacs() as made:
        yield made


@pytest.fixture
def ct(site: Site, pacs: SimulatedPacs, tmp_path: Path) -> Watched:
    """A collector that looks at the PACS."""
    return Watched(site, pacs, tmp_path)
