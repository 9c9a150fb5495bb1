"""The log of a SQLite database is written back beside the writer, not inside a commit that somebody waits for.

A passive checkpoint needs no writer's lock (https://www.sqlite.org/wal.html#checkpointing): it
copies what is committed into the database while others commit on. The log begins anew only where
nothing is left to copy while nobody writes: that is the writer's own checkpoint, in a commit, at
LONGEST pages; of those by then few are left.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Condition, Thread

import structlog

log = structlog.get_logger()

EVERY = 40  # works between two: some 8 MB of log
# Pages of the log, 32 MB. Index pages are written over and over, and each time but the last is saved (a quarter of
# what reaches the disk, a fifth of the processor's time, against SQLite's 1000).
LONGEST = 8000


class Checkpoints:
    """One thread, one connection of its own. ``close`` it before the database is closed."""

    def __init__(self, path: Path, every: int = EVERY) -> None:
        self._path = path
        self._every = every
        self._works = 0
        self._closed = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="store-checkpoints", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """One more work is in the log."""
        with self._changed:
            self._works += 1
            if self._works == self._every:
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            while self._wait():
                try:
                    connection.execute("PRAGMA synchronous = FULL")
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                except sqlite3.Error as fault:  # the disk is full: the log is kept, and the next one tries again
                    log.warning("checkpoint-failed", error=fault.sqlite_errorname)
        finally:
            connection.close()

    def _wait(self) -> bool:
        """True when it is time for one; False when there is to be none any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._works >= self._every)
            self._works = 0
            return not self._closed
