"""Which version of the tables a database has, and how it gets the newest one (Alembic)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

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
    if _state(connection) == "newer":
        raise SettingsError("store-newer")
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _state(connection: Connection) -> State:
    scripts = ScriptDirectory.from_config(_config())
    found = MigrationContext.configure(connection).get_current_heads()
    if not found:
        return "empty"
    if set(found) == set(scripts.get_heads()):
        return "current"
    known = {script.revision for script in scripts.walk_revisions()}
    return "older" if set(found) <= known else "newer"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


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
