"""A gateway that receives, on both databases or on SQLite alone, and a facility elsewhere that sends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import schema
from tests.inbound.world import World, opened
from tests.sender import Sender, a_sender


@pytest.fixture(scope="session")
def lab() -> Sender:
    return a_sender()


@pytest.fixture
def world(database_url: str, tmp_path: Path, lab: Sender) -> Iterator[World]:
    schema.prepare(database_url)
    made = opened(database_url, tmp_path, lab)
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables in place, to copy."""
    file = tmp_path_factory.mktemp("tables") / "gateway.sqlite3"
    schema.prepare(f"sqlite:///{file}")
    return file


@pytest.fixture
def receiver(empty_tables: Path, tmp_path: Path, lab: Sender) -> Iterator[World]:
    """For what is refused before the database matters."""
    shutil.copy(empty_tables, tmp_path / "gateway.sqlite3")
    made = opened(f"sqlite:///{tmp_path / 'gateway.sqlite3'}", tmp_path, lab)
    yield made
    made.store.close()
