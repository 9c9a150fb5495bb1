"""The store: tables, the one writer, what passed through, what can be asked for.

``open_store`` opens one; the modules beside it are functions over its connections.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from gateway.errors import SettingsError
from gateway.store.contract import Store
from gateway.store.postgresql import PostgresqlStore
from gateway.store.sqlite import SqliteStore

__all__ = ["Connection", "Store", "open_store", "parsed_url"]

DEFAULT_FILE = "gateway.sqlite3"  # in the data directory


def open_store(url: str, *, data_dir: Path | None = None) -> Store:
    """The store at ``url``: ``sqlite:///file`` or ``postgresql://user@host/name``.

    An empty ``url`` is a SQLite file in ``data_dir``; a relative file is relative to it.
    The schema is not looked at: ``gateway.store.schema.prepare`` does that once, before.
    SettingsError for a URL of another kind, StoreUnavailable when the database does not answer.
    """
    place = parsed_url(url, data_dir)
    if place.get_backend_name() == "postgresql":
        return PostgresqlStore(place)
    return SqliteStore(Path(str(place.database)))


def parsed_url(url: str, data_dir: Path | None = None) -> URL:
    """The URL with its file made absolute; SettingsError when neither SQLite nor PostgreSQL."""
    try:
        place = make_url(url or f"sqlite:///{DEFAULT_FILE}")
    except ArgumentError:
        raise SettingsError("store-url") from None
    if place.drivername == "postgres":  # the older spelling, still common
        place = place.set(drivername="postgresql")
    kind = place.get_backend_name()
    if kind == "postgresql":
        return place
    if kind != "sqlite" or not place.database or place.database == ":memory:":
        raise SettingsError("store-url")
    return place.set(database=str((data_dir or Path()).resolve() / place.database))
