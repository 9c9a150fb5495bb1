"""The intake tests run the same on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.world import World


@pytest.fixture
def world(tables_url: str, tmp_path: Path) -> Iterator[World]:
    made = World.opened(tables_url, tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def other_world(empty_tables: Path, tmp_path: Path) -> Iterator[World]:
    """A second gateway that nobody told anything yet."""
    folder = tmp_path / "other"
    folder.mkdir()
    shutil.copy(empty_tables, folder / "gateway.db")
    made = World.opened(f"sqlite:///{folder}/gateway.db", folder)
    yield made
    made.store.close()
