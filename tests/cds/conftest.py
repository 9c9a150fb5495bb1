"""A gateway with the lists of the tests of serving, asked by a hospital's software, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cds.his import His, his_of
from tests.rest.world import opened

_PATIENT = 60_000  # milliseconds: how long an answer takes on a busy machine is no matter of these tests


@pytest.fixture
def his(tables_url: str, tmp_path: Path) -> Iterator[His]:
    made = his_of(opened(tables_url, tmp_path, cds_milliseconds=_PATIENT))
    yield made
    made.world.parts.close()


@pytest.fixture
def asking(empty_tables: Path, tmp_path: Path) -> Iterator[His]:
    """On SQLite alone, for what is refused before results are looked for."""
    shutil.copy(empty_tables, tmp_path / "gateway.sqlite3")
    url, origins = f"sqlite:///{tmp_path / 'gateway.sqlite3'}", ("https://his.example",)
    made = his_of(opened(url, tmp_path, cds_milliseconds=_PATIENT, cds_origins=origins))
    yield made
    made.world.parts.close()
