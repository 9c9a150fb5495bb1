"""Which states of each report were sent, so that one that is again what it was is news, and no repetition.

The gateway takes the same bytes for the same payload, whatever came between. A state is noted before it is sent: what
was sent may stand there even when no answer came.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from gateway.errors import SourceUnavailable

_MOST = 100  # states remembered of a report; of those before, only how often the one that came most often was sent


class Sent:
    """A file with a line for each report. Threads take turns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: sqlite3.Connection | None = None
        self._turn = Lock()

    def earlier(self, report: str, content: bytes) -> int:
        """How often the report was in this state before, and then in another. Durable when this returns."""
        digest = state(content)
        with self._opened() as file:
            forgotten, states = _read(file, report)
            if digest == next(reversed(states), ""):  # the latest: the same bytes again
                return states[digest]
            states[digest] = times = states.pop(digest, forgotten) + 1
            while len(states) > _MOST:
                forgotten = max(forgotten, states.pop(next(iter(states))))
            told = " ".join(f"{one}:{number}" for one, number in states.items())
            with file:
                file.execute("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", (report, forgotten, told))
        return times

    def latest(self, report: str) -> str:
        """The state that was sent last, whether an answer came or not; "" where none was."""
        with self._opened() as file:
            return next(reversed(_read(file, report)[1]), "")

    def close(self) -> None:
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.close()
            self._file = None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """SourceUnavailable where the file cannot be read or written."""
        with self._turn:
            try:
                if self._file is None:
                    self._file = _open(self._path)
                yield self._file
            except (sqlite3.Error, ValueError) as wrong:
                error = f"{self._path.name}, {type(wrong).__name__}"
                raise SourceUnavailable("collect-state-away", error=error) from None


def state(content: bytes) -> str:
    """What a state of a report is remembered by."""
    return hashlib.sha256(content).hexdigest()[:16]


def _open(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, check_same_thread=False)
    try:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = FULL")
        with file:
            file.execute(
                "CREATE TABLE IF NOT EXISTS sent (report TEXT PRIMARY KEY, forgotten INTEGER NOT NULL,"
                " states TEXT NOT NULL) WITHOUT ROWID"
            )
    except sqlite3.Error:
        file.close()
        raise
    return file


def _read(file: sqlite3.Connection, report: str) -> tuple[int, dict[str, int]]:
    """How often a state no longer remembered was sent at most, and of each remembered how often; the latest last."""
    found = file.execute("SELECT forgotten, states FROM sent WHERE report = ?", (report,)).fetchone()
    forgotten, told = found or (-1, "")
    return forgotten, {one: int(times) for one, _, times in (each.partition(":") for each in told.split())}
