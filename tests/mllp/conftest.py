"""A gateway for a test, on SQLite: what is stored is intake's, and proven on both databases there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mllp.world import Listening, World, opened_world


@pytest.fixture
def world(empty_tables: Path, tmp_path: Path) -> Iterator[World]:
    shutil.copy(empty_tables, tmp_path / "gateway.sqlite3")
    made = opened_world(tmp_path / "gateway.sqlite3", tmp_path)
    yield made
    made.parts.close()


@pytest.fixture
def listening(world: World) -> Iterator[Listening]:
    with world.listening() as at:
        yield at
