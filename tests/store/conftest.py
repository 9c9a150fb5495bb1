"""A store of a test's own, on each database, and the smallest things to put in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.exchange import Exchange
from gateway.store import Connection, Store, exchanges, open_store, schema

NOW = datetime(2026, 11, 22, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.fixture
def store(tables_url: str) -> Iterator[Store]:
    opened = open_store(tables_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(empty_tables: Path, tmp_path: Path) -> Iterator[Store]:
    """For what only SQLite has."""
    opened = open_store(f"sqlite:///{shutil.copy(empty_tables, tmp_path / 'gateway.sqlite3')}")
    yield opened
    opened.close()


@pytest.fixture
def postgresql_store(postgresql_url: str) -> Iterator[Store]:
    """For what only PostgreSQL has."""
    schema.prepare(postgresql_url)
    opened = open_store(postgresql_url)
    yield opened
    opened.close()


def add_exchange(connection: Connection, exchange_id: str = "x1", *, status: str = "kept") -> int:
    """An exchange that holds nothing but its id; returns its rid."""
    made = Exchange(exchange_id, "01001", status, b'{"resourceType":"Bundle"}', NOW)  # type: ignore[arg-type]  # a word
    return exchanges.add(connection, made, None)
