"""Named locks for the few places where two transactions may not interleave.

SQLite has one writer at a time and needs none. On PostgreSQL they are advisory, held until
the transaction ends (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import BigInteger, Connection, bindparam, func, select

from gateway.store.prepared import Prepared

_HOLD = Prepared(select(func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger))))


class Lock(IntEnum):
    """The numbers are the project's own and never change: processes of two versions may run side by side."""

    MIGRATION = 7300001
    WRITING = (
        7300002  # one group of works at a time: the audit chain has one end, and linking reads, judges, then writes
    )


def hold(connection: Connection, lock: Lock) -> None:
    """Wait for ``lock`` and keep it until the transaction ends."""
    if connection.dialect.name == "postgresql":
        _HOLD.first(connection, lock=lock.value)


def say(connection: Connection, lock: Lock) -> None:
    """As :func:`hold`, but waiting only with the next question of a turn."""
    if connection.dialect.name == "postgresql":
        _HOLD.put(connection, lock=lock.value)
