"""A gateway with its doors, and a hospital before them, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cds.his import His, his_of
from tests.intake.world import World
from tests.rest.world import opened


@pytest.fixture
def world(tables_url: str, tmp_path: Path) -> Iterator[World]:
    made = World.opened(tables_url, tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def his(tables_url: str, tmp_path: Path) -> Iterator[His]:
    """A hospital's software that reads another's results and is shown cards on them."""
    made = his_of(opened(tables_url, tmp_path, cds_milliseconds=60_000))
    yield made
    made.world.parts.close()
