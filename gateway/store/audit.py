"""The audit trail: append-only lines, each carrying the digest of the one before it.

A changed, removed or inserted line breaks the chain at its place. The chain cannot show
that its newest lines were cut off: keep its head (``head``) elsewhere, and compare.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from gateway.jsontext import dumps, loads
from gateway.store import records, turns
from gateway.store.prepared import Prepared
from gateway.store.tables import audit_event
from gateway.store.times import micros, moment

_START = bytes(32)  # stands before the first line
_AT_ONCE = 1000
_HEAD = "audit head"  # in a turn

_NEWEST = Prepared(select(audit_event.c.digest).order_by(audit_event.c.rid.desc()).limit(1))
_ADD = Prepared(insert(audit_event), sets=("recorded", "actor", "action", "basis", "detail", "digest"))


@dataclass(frozen=True, slots=True)
class AuditLine:
    """``actor``: a client id, "mllp:" and a facility, "user:" and a name, "console", "cli" or "worker". ``basis``: of a
    disclosure in law, else "".
    """

    rid: int
    recorded: datetime
    actor: str
    action: str
    basis: str
    detail: dict[str, Any]


def append(
    connection: Connection, recorded: datetime, actor: str, action: str, basis: str, detail: Mapping[str, Any]
) -> bytes:
    """Write a line; returns its digest, the new head of the chain (32 bytes).

    ``detail`` holds ids and counts, never a patient's value. Within ``Store.write``, where nobody
    else writes: the chain has one end.
    """
    text, at = records.text(detail), micros(recorded)
    turn = turns.of(connection)
    before = turn.known.get(_HEAD) if turn is not None else None
    digest = _digest(before or head(connection), at, actor, action, basis, text)
    if turn is not None:  # nobody else writes until it ends
        turn.known[_HEAD] = digest
    _ADD.put(connection, recorded=at, actor=actor, action=action, basis=basis, detail=text, digest=digest)
    return digest


def head(connection: Connection) -> bytes:
    """The digest of the newest line; 32 zero bytes when there is none."""
    newest: bytes | None = _NEWEST.value(connection)
    return _START if newest is None else newest


def check(connection: Connection, *, after: int = 0, upto: int | None = None) -> int | None:
    """The rid of the first line whose digest does not follow from the one before it; None when all do.

    Of the lines after row ``after``, up to row ``upto``.
    """
    query = select(audit_event).where(audit_event.c.rid > after).order_by(audit_event.c.rid)
    if upto is not None:
        query = query.where(audit_event.c.rid <= upto)
    standing = select(audit_event.c.digest).where(audit_event.c.rid <= after).order_by(audit_event.c.rid.desc())
    before = connection.execute(standing.limit(1)).scalar() if after else None
    with connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        return _first_broken(rows, _START if before is None else bytes(before))


def _first_broken(rows: Iterable[Row[*tuple[Any, ...]]], before: bytes) -> int | None:
    for row in rows:
        if _digest(before, row.recorded, row.actor, row.action, row.basis, row.detail) != bytes(row.digest):
            return int(row.rid)
        before = bytes(row.digest)
    return None


def lines(connection: Connection, *, after: int = 0, limit: int = 100) -> Iterator[AuditLine]:
    """Lines in order, from the one after rid ``after``."""
    query = select(audit_event).where(audit_event.c.rid > after).order_by(audit_event.c.rid).limit(limit)
    for row in connection.execute(query):
        yield AuditLine(row.rid, moment(row.recorded), row.actor, row.action, row.basis, loads(row.detail))


def _digest(before: bytes, recorded: int, actor: str, action: str, basis: str, detail: str) -> bytes:
    """SHA-256 of the previous digest and the line as one JSON array, which no other line can spell."""
    return hashlib.sha256(before + dumps([recorded, actor, action, basis, detail])).digest()
