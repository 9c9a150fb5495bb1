"""Whether the database takes a write now: a full disk or a read-only database answers every question all the same."""

from __future__ import annotations

import threading
from time import monotonic

from sqlalchemy import Connection, text

from gateway.errors import StoreUnavailable
from gateway.store.contract import Store

FRESH = 5.0  # seconds a write is proof for
AGAIN = 1.0  # seconds before one that failed is tried again


class Probe:
    """Writes one row back as it is, durably; at most once in FRESH seconds, however many ask."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._until = float("-inf")
        self._rule = ""

    def __call__(self) -> str:
        """ "" when a write was taken lately, else the rule that says why not."""
        with self._lock:
            if monotonic() >= self._until:
                self._rule = self._asked()
                self._until = monotonic() + (AGAIN if self._rule else FRESH)
            return self._rule

    def forget(self) -> None:
        """Ask anew."""
        self._until = float("-inf")

    def _asked(self) -> str:
        try:
            self._store.write(_written_back)
        except StoreUnavailable as refused:
            return refused.issues[0].rule
        return ""


def _written_back(connection: Connection) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
