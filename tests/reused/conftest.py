"""A hospital's software that is shown cards, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cds.his import His, his_of
from tests.rest.world import opened


@pytest.fixture
def his(tables_url: str, tmp_path: Path) -> Iterator[His]:
    made = his_of(opened(tables_url, tmp_path, cds_milliseconds=60_000))
    yield made
    made.world.parts.close()
