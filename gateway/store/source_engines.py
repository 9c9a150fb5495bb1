"""How each kind of database is opened for reading alone: driver, limits, time zone.

The rights of the database's user come first: SELECT on the one view. What is set here is the second fence.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.pool import NullPool

from gateway.errors import SettingsError

CONNECT_SECONDS = 10

# The beginning of a URL → SQLAlchemy's name with the driver, and the package to install for it.
DRIVERS = {
    "sqlite": ("sqlite", "sqlite3"),
    "postgresql": ("postgresql+psycopg", "psycopg"),
    "mysql": ("mysql+pymysql", "pymysql"),
    "mariadb": ("mariadb+pymysql", "pymysql"),
    "mssql": ("mssql+pyodbc", "pyodbc"),
    "oracle": ("oracle+oracledb", "oracledb"),
}


def engine_of(url: str, seconds: int) -> Engine:
    """An engine that connects anew for each read; SettingsError names what is missing, never the URL."""
    try:
        given = make_url(url)
        kind, _, chosen = given.drivername.partition("+")
        name, package = DRIVERS[kind]
    except (exc.ArgumentError, KeyError, ValueError):
        raise SettingsError("source-url", kinds=", ".join(DRIVERS)) from None
    named = given if chosen else given.set(drivername=name)
    more: dict[str, Any] = {"connect_args": _CONNECT.get(kind, _nothing)(seconds)}
    if kind == "sqlite":
        more = {"creator": _opener(given, seconds)}
    elif kind in ("postgresql", "mysql", "mariadb"):
        more["isolation_level"] = "REPEATABLE READ"  # one picture for all that is asked
    try:
        made = create_engine(named, poolclass=NullPool, hide_parameters=True, **more)
    except ModuleNotFoundError as missing:
        raise SettingsError("source-driver-missing", kind=kind, package=missing.name or package) from None
    except (exc.ArgumentError, exc.NoSuchModuleError):
        raise SettingsError("source-url", kinds=", ".join(DRIVERS)) from None
    if kind in _CONNECTED:
        event.listen(made, "connect", lambda connection, _record: _CONNECTED[kind](connection, seconds))
    return made


def begun(connection: Connection, seconds: int) -> None:
    """What holds for one transaction, said where it begins."""
    match connection.dialect.name:
        case "sqlite":
            connection.exec_driver_sql("BEGIN")
            _end(connection.connection.driver_connection, seconds)
        case "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            for name in ("statement_timeout", "lock_timeout"):
                connection.exec_driver_sql(f"SET LOCAL {name} = {seconds * 1000}")
            connection.exec_driver_sql("SET LOCAL TimeZone = 'UTC'")
        case "oracle":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")


# ---- one kind each ----------------------------------------------------------------------


def _opener(url: URL, seconds: int) -> Callable[[], sqlite3.Connection]:
    """A file that must be there, opened so that nothing can be written to it."""
    path = quote(str(Path(url.database or "").absolute()))

    def opened() -> sqlite3.Connection:
        made = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=seconds, check_same_thread=False)
        made.isolation_level = None
        made.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        made.execute("PRAGMA query_only = ON").close()
        return made

    return opened


def _end(connection: Any, seconds: int) -> None:
    """SQLite has no limit of time: a look at the clock each thousand steps of its machine."""
    ends = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > ends, 1000)


def _nothing(_seconds: int) -> dict[str, Any]:
    return {}


def _postgresql(seconds: int) -> dict[str, Any]:
    return {"connect_timeout": CONNECT_SECONDS, "keepalives_idle": 30, "tcp_user_timeout": (seconds + 10) * 1000}


def _mysql(seconds: int) -> dict[str, Any]:
    return {"connect_timeout": CONNECT_SECONDS, "read_timeout": seconds + 10, "charset": "utf8mb4"}


def _mssql(_seconds: int) -> dict[str, Any]:
    return {"timeout": CONNECT_SECONDS, "readonly": True}


def _oracle(_seconds: int) -> dict[str, Any]:
    return {"tcp_connect_timeout": CONNECT_SECONDS}


def _mysql_connected(connection: Any, seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        mariadb = "MariaDB" in str(cursor.fetchone()[0])
        limit = f"max_statement_time = {seconds}" if mariadb else f"max_execution_time = {seconds * 1000}"
        for said in (limit, f"innodb_lock_wait_timeout = {seconds}", f"lock_wait_timeout = {seconds}"):
            cursor.execute(f"SET SESSION {said}")
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute("SET SESSION TRANSACTION READ ONLY")


def _mssql_connected(connection: Any, seconds: int) -> None:
    connection.timeout = seconds
    cursor = connection.cursor()
    cursor.execute(f"SET LOCK_TIMEOUT {seconds * 1000}")
    cursor.close()


def _oracle_connected(connection: Any, seconds: int) -> None:
    connection.call_timeout = seconds * 1000  # ms
    with connection.cursor() as cursor:
        cursor.execute("ALTER SESSION SET TIME_ZONE = 'UTC'")


_CONNECT = {"postgresql": _postgresql, "mysql": _mysql, "mariadb": _mysql, "mssql": _mssql, "oracle": _oracle}
_CONNECTED = {
    "mysql": _mysql_connected, "mariadb": _mysql_connected, "mssql": _mssql_connected, "oracle": _oracle_connected,
}  # fmt: skip
