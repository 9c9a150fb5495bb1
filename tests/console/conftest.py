"""A gateway whose pages are open: two facilities that send, and a doctor who may sign in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.clinic import Clinic, staffed
from tests.rest.world import opened


@pytest.fixture
def clinic(tables_url: str, tmp_path: Path) -> Iterator[Clinic]:
    made = staffed(opened(tables_url, tmp_path))
    yield made
    made.world.parts.close()


@pytest.fixture
def desk(empty_tables: Path, tmp_path: Path) -> Iterator[Clinic]:
    """On SQLite alone, for what the database makes no difference to."""
    shutil.copy(empty_tables, tmp_path / "gateway.sqlite3")
    made = staffed(opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path))
    yield made
    made.world.parts.close()
