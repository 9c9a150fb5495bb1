"""A copy of a SQLite database, taken while a gateway serves it (https://www.sqlite.org/backup.html).

One snapshot is held for the whole copy: what is committed meanwhile is not in it, and cannot make
it begin again. Until it is done the log of the serving gateway grows instead of being written back.
PostgreSQL brings its own (``pg_dump``).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from gateway.errors import SettingsError, StoreUnavailable
from gateway.store.audit import head
from gateway.store.contract import Store
from gateway.store.prepared import driver
from gateway.store.sqlite import SqliteStore, touch

PAGES = 4096  # copied between two words of progress


def backup(store: Store, target: Path, told: Callable[[int, int], None] = lambda done, total: None) -> bytes:
    """Copy the database to ``target``, durable and read through; returns the head of its audit trail.

    ``told(pages done, pages in all)`` while it goes on. The file appears under its name only when
    all of it stands. SettingsError when there is one, or the database is no SQLite file;
    StoreUnavailable when the copy does not read back whole.
    """
    if not isinstance(store, SqliteStore):
        raise SettingsError("backup-by-pg-dump")
    if target.exists():
        raise SettingsError("backup-exists", path=target)
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    touch(unfinished)  # its owner's alone, like the database
    try:
        with store.read() as connection:
            standing = head(connection)  # the first statement: the snapshot begins here
            with closing(sqlite3.connect(unfinished)) as copy:
                driver(connection).backup(copy, pages=PAGES, progress=lambda _, left, total: told(total - left, total))
                copy.execute("PRAGMA journal_mode = DELETE").close()  # one file, until a gateway opens it
                if copy.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
                    raise StoreUnavailable("store-corrupt")
        _on_disk(unfinished)
        unfinished.replace(target)
        _on_disk(target.parent)
    except OSError as wrong:
        raise SettingsError("backup-not-written", error=wrong.strerror) from None
    except sqlite3.Error as wrong:
        full = getattr(wrong, "sqlite_errorname", "") == "SQLITE_FULL"
        raise StoreUnavailable("store-disk-full" if full else "store-corrupt") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return standing


def _on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
