"""A gateway for a test: on both databases, or on SQLite alone where the database makes no difference."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rest.world import World, opened


@pytest.fixture
def world(tables_url: str, tmp_path: Path) -> Iterator[World]:
    made = opened(tables_url, tmp_path)
    yield made
    made.parts.close()


@pytest.fixture
def door(empty_tables: Path, tmp_path: Path) -> Iterator[World]:
    """For what never reaches the database, or reaches it only for a token."""
    shutil.copy(empty_tables, tmp_path / "gateway.sqlite3")
    made = opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path)
    yield made
    made.parts.close()
