"""A gateway that receives, on both databases or on SQLite alone, and a facility elsewhere that sends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inbound.world import World, opened
from tests.sender import Sender, a_sender


@pytest.fixture(scope="session")
def lab() -> Sender:
    return a_sender()


@pytest.fixture
def world(tables_url: str, tmp_path: Path, lab: Sender) -> Iterator[World]:
    made = opened(tables_url, tmp_path, lab)
    yield made
    made.store.close()


@pytest.fixture
def receiver(empty_tables: Path, tmp_path: Path, lab: Sender) -> Iterator[World]:
    """For what is refused before the database matters."""
    shutil.copy(empty_tables, tmp_path / "gateway.sqlite3")
    made = opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path, lab)
    yield made
    made.store.close()
