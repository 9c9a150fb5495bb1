"""What every store does, whatever database stands behind it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Store(ABC):
    """One open database. Opened after a fork, never before: no thread or socket survives one."""

    url: str

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened_in = os.getpid()

    @abstractmethod
    def write(self, work: Callable[[Connection], T], *, soon: bool = False) -> T:
        """Run ``work`` in a transaction; return what it returned once that is durably committed.

        ``soon``: before others that wait; for a work of a few rows that somebody's answer waits for.

        One work runs at a time, over all processes and hosts of a database: what it read is still
        so when it writes. Raises what ``work`` raised, with nothing of it kept, or StoreUnavailable
        (503) when the database could not take it. ``work`` may run more than once (a deadlock on
        PostgreSQL), so it touches nothing but its connection, which it neither commits nor keeps.
        """

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A read-only snapshot: what one statement saw, the next sees too."""

    @abstractmethod
    def hold_writer(self) -> None:
        """Be the one serving process of this database until closed; SettingsError when another is.

        SQLite has one writer; PostgreSQL has room for many and holds nothing.
        """

    @abstractmethod
    def close(self) -> None:
        """Finish what waits, then let go of everything. Closing twice is closing once."""

    def _refuse_after_fork(self) -> None:
        if os.getpid() != self._opened_in:
            raise RuntimeError("a store is opened after the fork, in the process that uses it")
