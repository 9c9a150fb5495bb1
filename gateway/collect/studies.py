"""What a collector knows of the studies it told the gateway of: a journal, one JSON line a study, the last one stands.

Each line is on the disk before the next study is looked at. A line that a death cut off is none: that study is
read again, and the gateway answers that it has it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import IO, Any

from gateway.errors import GatewayError, SourceUnavailable
from gateway.jsontext import dumps, loads
from gateway.steps import Step, reached

_JOURNAL, _LOOKED, _LOCK = "studies.jsonl", "looked.json", ".lock"
_SPARE = 1000  # lines that may lie in the journal beside those that stand


@dataclass(frozen=True, slots=True)
class Known:
    """A study as it was last told.

    ``glance``, ``content``: digests of what shows that it may have changed, and of the payload. ``read``: when it was
    last read whole, seconds since 1970. ``day``: its date, as DICOM writes it.
    """

    glance: str
    content: str
    read: int
    day: str


class Studies:
    """The journal of one collector; a second one that opens it is refused (``collect-pacs-held``)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Known] = {}
        self._journal: IO[bytes] | None = None
        self._lock: IO[bytes] | None = None
        self._lines = 0
        self._days: tuple[date, frozenset[date]] | None = None
        self._turn = Lock()

    def open(self) -> None:
        """OSError where the folder cannot be made or written."""
        if self._journal is not None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a refused study is a patient's
        lock = (self._folder / _LOCK).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise SourceUnavailable("collect-pacs-held") from None
        self._lock = lock
        self._read()
        self._rewrite()

    def close(self) -> None:
        for file in (self._journal, self._lock):
            if file is not None:
                file.close()
        self._journal = self._lock = None

    def get(self, uid: str) -> Known | None:
        return self._known.get(uid)

    def note(self, uid: str, known: Known) -> None:
        """On the disk when it returns."""
        journal = self._journal
        if journal is None:
            raise SourceUnavailable("collect-state-away", error="closed")
        with self._turn:
            self._known[uid] = known
            journal.write(_line(uid, known))
            journal.flush()
            os.fsync(journal.fileno())
            self._lines += 1
        reached(Step.COLLECT_MARKED)

    # ---- which days were looked at ----------------------------------------------------

    def looked(self, today: date) -> tuple[date, frozenset[date]]:
        """The day of the last whole look, and the days of studies that it left; ``today`` before the first one.

        Unreadable is never the same as empty: SourceUnavailable.
        """
        path = self._folder / _LOOKED
        if self._days is None:
            try:
                found = loads(path.read_bytes())
                left = frozenset(date.fromisoformat(day) for day in found["left"])
                self._days = date.fromisoformat(found["looked"]), left
            except FileNotFoundError:
                self.note_looked(today, frozenset())
            except (GatewayError, KeyError, TypeError, ValueError):
                raise SourceUnavailable("collect-state-away", error=_LOOKED) from None
        return self._days or (today, frozenset())

    def note_looked(self, day: date, left: frozenset[date]) -> None:
        """On the disk when it returns."""
        if self._days == (day, left):
            return
        self._put(_LOOKED, [dumps({"looked": day.isoformat(), "left": sorted(one.isoformat() for one in left)})])
        self._days = day, left

    def forget(self, before: str, but: Collection[str]) -> None:
        """Studies older than what is looked at; ``but`` those of these days."""
        kept = {uid: known for uid, known in self._known.items() if known.day >= before or known.day in but}
        if len(kept) < len(self._known) or self._lines > 2 * len(kept) + _SPARE:
            self._known = kept
            self._rewrite()

    def keep_refused(self, content: bytes, sha256: str, outcome: bytes) -> None:
        """What the gateway refuses lies where a person finds it, with the reason beside it."""
        folder = self._folder / "refused"
        folder.mkdir(exist_ok=True)
        for name, written in ((f"{sha256}.json", content), (f"{sha256}.json.outcome.json", outcome)):
            with (folder / name).open("wb") as file:
                file.write(written)
                file.flush()
                os.fsync(file.fileno())

    # ---- the journal ------------------------------------------------------------------

    def _read(self) -> None:
        self._known = {}
        with suppress(FileNotFoundError):
            for line in (self._folder / _JOURNAL).read_bytes().splitlines():
                with suppress(GatewayError, KeyError, TypeError, AttributeError):
                    told: dict[str, Any] = loads(line)
                    uid = str(told.pop("uid"))
                    self._known[uid] = Known(**told)

    def _rewrite(self) -> None:
        """Only what stands."""
        self._put(_JOURNAL, (_line(uid, known) for uid, known in self._known.items()))
        if self._journal is not None:
            self._journal.close()
        self._journal = (self._folder / _JOURNAL).open("ab")
        self._lines = len(self._known)

    def _put(self, name: str, lines: Iterable[bytes]) -> None:
        """Beside the old one, then in its place."""
        fresh = self._folder / f"{name}.new"
        with fresh.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / name)
        directory = os.open(self._folder, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)


def _line(uid: str, known: Known) -> bytes:
    return dumps({"uid": uid, **asdict(known)}) + b"\n"
