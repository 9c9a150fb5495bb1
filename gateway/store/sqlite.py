"""A store in one SQLite file: one writer thread, readers beside it (WAL), full sync."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from gateway.errors import SettingsError
from gateway.store.checkpoints import LONGEST, Checkpoints
from gateway.store.contract import Store
from gateway.store.faults import fenced
from gateway.store.writer import Writer

T = TypeVar("T")

BUSY_TIMEOUT = 5000  # ms to wait for another process (the command line beside a running gateway)
READERS = 32  # connections that may read at once
STATEMENTS = 512  # a connection keeps ready; those of many rows differ by how many (gateway.store.listed)


def open_engine(path: Path, *, writing: bool, busy_timeout: int = BUSY_TIMEOUT) -> Engine:
    """An engine of one connection that writes, or of many that cannot.

    The driver's own transactions are off: a writing one begins IMMEDIATE, so that it never
    finds halfway that another process was first; a reading one is a snapshot from its first
    statement (https://www.sqlite.org/isolation.html).
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"check_same_thread": False, "timeout": busy_timeout / 1000, "cached_statements": STATEMENTS},
        pool_size=1 if writing else READERS,
        max_overflow=0,
        pool_timeout=30,
        hide_parameters=True,  # they are patients' values
    )
    pragmas = [
        "PRAGMA foreign_keys = ON",
        f"PRAGMA busy_timeout = {busy_timeout}",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA cache_size = -65536" if writing else "PRAGMA cache_size = -8192",  # KiB when negative
    ]
    if writing:
        pragmas += ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", f"PRAGMA wal_autocheckpoint = {LONGEST}"]
    else:
        pragmas.append("PRAGMA query_only = ON")

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma).close()

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


class SqliteStore(Store):
    def __init__(self, path: Path, *, busy_timeout: int = BUSY_TIMEOUT) -> None:
        super().__init__(f"sqlite:///{path}")
        self.path = path
        touch(path)
        self._writing = open_engine(path, writing=True, busy_timeout=busy_timeout)
        with fenced(), self._writing.connect():  # the journal mode is the file's: set before anyone reads
            pass
        self._reading = open_engine(path, writing=False, busy_timeout=busy_timeout)
        self._writer = Writer(self._writing)
        self._checkpoints = Checkpoints(path)
        self._lock: IO[str] | None = None

    def write(self, work: Callable[[Connection], T], *, soon: bool = False) -> T:
        self._refuse_after_fork()
        made = self._writer.write(work, soon=soon)
        self._checkpoints.committed()
        return made

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._refuse_after_fork()
        with fenced(), self._reading.connect() as connection, connection.begin():
            yield connection

    def hold_writer(self) -> None:
        """An advisory lock on ``<database>.lock``; the kernel lets it go when the process ends."""
        if self._lock is not None:
            return
        path = self.path.with_name(self.path.name + ".lock")
        file = path.open("a", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise SettingsError("store-held", database=self.path.name) from None
        self._lock = file

    def close(self) -> None:
        self._writer.close()
        self._checkpoints.close()
        self._writing.dispose()
        self._reading.dispose()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def touch(path: Path) -> None:
    """Make the file, readable by its owner alone; its -wal and -shm files inherit that."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as fault:
        raise SettingsError("store-cannot-open", error=type(fault).__name__) from None
