"""Which version of the tables a database has, and how it gets the newest one (Alembic).

Alembic loads only where there is something to change: every command opens the store, and asks no more than the version.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, inspect, text

from gateway.errors import SettingsError
from gateway.store import locks, parsed_url, postgresql, sqlite
from gateway.store.faults import fenced

MIGRATIONS = Path(__file__).parent / "migrations"

State = Literal["empty", "current", "older", "newer"]


def state(url: str, *, data_dir: Path | None = None) -> State:
    """How the database's tables stand to this program's."""
    with _connection(url, data_dir) as connection:
        return _state(connection)


def upgrade(url: str, *, data_dir: Path | None = None) -> None:
    """Bring the tables to this program's version, in one transaction; SettingsError when they are newer."""
    with _connection(url, data_dir) as connection:
        _upgrade(connection)


def prepare(url: str, *, data_dir: Path | None = None) -> None:
    """What a gateway does before it serves: fill an empty database, refuse an older or newer one.

    An older one is only upgraded when a person says so: SettingsError names ``gateway db upgrade``.
    """
    with _connection(url, data_dir) as connection:
        found = _state(connection)
        if found == "older":
            raise SettingsError("store-older", command="gateway db upgrade")
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    found = _state(connection)
    if found == "newer":
        raise SettingsError("store-newer")
    if found == "current":
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _state(connection: Connection) -> State:
    if not inspect(connection).has_table("alembic_version"):
        return "empty"
    found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    steps = steps_known()
    if not found:
        return "empty"
    if list(found) == steps[-1:]:
        return "current"
    return "older" if set(found) <= set(steps) else "newer"


def steps_known() -> list[str]:
    """The revisions this program brings, first to last: each is a file named for it (``v0001_first_tables.py``)."""
    return sorted(path.name[1:5] for path in (MIGRATIONS / "versions").glob("v[0-9][0-9][0-9][0-9]_*.py"))


@contextmanager
def _connection(url: str, data_dir: Path | None) -> Iterator[Connection]:
    """A transaction that no second starting process shares."""
    place = parsed_url(url, data_dir)
    if place.get_backend_name() == "postgresql":
        engine = postgresql.open_engine(place, pool=1)
    else:
        file = Path(str(place.database))
        sqlite.touch(file)
        engine = sqlite.open_engine(file, writing=True)
    try:
        with fenced(), engine.begin() as connection:
            locks.hold(connection, locks.Lock.MIGRATION)
            yield connection
    finally:
        engine.dispose()
