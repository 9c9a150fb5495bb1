"""Which states of each report were sent, so that one that is again what it was is news, and no repetition.

The gateway takes the same bytes for the same payload, whatever came between. A state is noted before it is sent: what
was sent may stand there even when no answer came.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import suppress
from pathlib import Path

from gateway.errors import SourceUnavailable

_MOST = 100  # states remembered of a report; of those before, only how often the one that came most often was sent


class Sent:
    """A file with a line for each report. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: sqlite3.Connection | None = None

    def earlier(self, report: str, content: bytes) -> int:
        """How often the report was in this state before, and then in another. Durable when this returns."""
        digest = hashlib.sha256(content).hexdigest()[:16]
        try:
            file = self._opened()
            found = file.execute("SELECT forgotten, states FROM sent WHERE report = ?", (report,)).fetchone()
            forgotten, told = found or (-1, "")
            states = {one: int(times) for one, _, times in (each.partition(":") for each in told.split())}
            if digest == next(reversed(states), ""):  # the latest: the same bytes again
                return states[digest]
            states[digest] = times = states.pop(digest, forgotten) + 1
            while len(states) > _MOST:
                forgotten = max(forgotten, states.pop(next(iter(states))))
            told = " ".join(f"{one}:{number}" for one, number in states.items())
            with file:
                file.execute("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", (report, forgotten, told))
        except (sqlite3.Error, ValueError) as wrong:
            raise SourceUnavailable("collect-state-away", error=f"{self._path.name}, {type(wrong).__name__}") from None
        return times

    def close(self) -> None:
        if self._file is not None:
            with suppress(sqlite3.Error):
                self._file.close()
            self._file = None

    def _opened(self) -> sqlite3.Connection:
        if self._file is None:
            file = sqlite3.connect(self._path, check_same_thread=False)
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
            self._file = file
        return self._file
