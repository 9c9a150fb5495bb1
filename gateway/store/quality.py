"""What each record counts as, written in the transaction that keeps it.

Of the records of a facility that tell the same reports only the newest counts: a correction, a report sent again in
other bytes, a final word after a preliminary one. A payload refused whole counts once however often it is sent, and
no more once it is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.jsontext import dumps
from gateway.quality.reading import Cause, Read
from gateway.store.prepared import Prepared
from gateway.store.quality_tables import quality_cause, quality_record
from gateway.store.tables import exchange, payload
from gateway.store.times import micros, moment

MESSAGE = "message"  # in the place of an adapter: a signed message of another gateway's
_LONGEST = 300  # characters of a place: a field's name may be as long as its sender likes


@dataclass(frozen=True, slots=True)
class Counted:
    """A record that is kept: its first exchange, whose, by which adapter (``MESSAGE``: another gateway's), and what it
    counts as."""

    exchange_rid: int
    facility: str
    adapter: str
    read: Read


_COLUMNS = [column.name for column in quality_record.c if column.name != "rid"]
_ADD = Prepared(insert(quality_record).returning(quality_record.c.rid), sets=_COLUMNS)
_ADD_CAUSE = Prepared(insert(quality_cause), sets=[column.name for column in quality_cause.c])
_OLDER = Prepared(
    update(quality_record)
    .where(
        quality_record.c.facility == bindparam("whose"),
        quality_record.c.told == bindparam("reports"),
        quality_record.c.counted == 1,
    )
    .values(counted=0)
)
_NEWER = Prepared(
    select(quality_record.c.rid)
    .where(
        quality_record.c.facility == bindparam("whose"),
        quality_record.c.told == bindparam("reports"),
        quality_record.c.counted == 1,
        quality_record.c.received > bindparam("at"),
    )
    .limit(1)
)
_TAKEN = Prepared(
    update(quality_record)
    .where(quality_record.c.facility == bindparam("whose"), quality_record.c.refused_sha256 == bindparam("digest"))
    .values(counted=0)
)
_REPLACED = Prepared(
    update(quality_record)
    .where(
        quality_record.c.exchange_rid
        == select(exchange.c.rid).where(exchange.c.id == bindparam("exchange_id")).scalar_subquery()
    )
    .values(counted=0)
)
_RECEIVED = Prepared(select(payload.c.received).where(payload.c.rid == bindparam("row")))
_REFUSED = Prepared(
    select(quality_record.c.rid).where(
        quality_record.c.facility == bindparam("whose"), quality_record.c.refused_sha256 == bindparam("digest")
    )
)


def received(connection: Connection, payload_rid: int) -> datetime:
    """When a payload came, also where its records are translated again. Aware UTC."""
    return moment(_RECEIVED.value(connection, row=payload_rid))


def add(connection: Connection, at: datetime, records: Sequence[Counted], *, again: bool = False) -> None:
    """Of the records of one payload, which came ``at`` (aware UTC), or of one message of another gateway's. In one
    order, whichever payload they came in: two never wait for each other. ``again``: it came long ago and is translated
    again; what has come since and tells the same counts as before."""
    for one in sorted(records, key=lambda each: each.read.told):
        told = {"whose": one.facility, "reports": one.read.told}
        late = again and one.read.told and _NEWER.value(connection, **told, at=micros(at)) is not None
        if one.read.told and not late:
            _OLDER.put(connection, **told)
        _insert(connection, one.facility, one.adapter, at, one.read, int(not late), exchange_rid=one.exchange_rid)


def taken(connection: Connection, facility: str, sha256: str) -> None:
    """A payload that may have been refused before stands now. ``sha256``: hex."""
    _TAKEN.put(connection, whose=facility, digest=sha256)


def add_refused(connection: Connection, facility: str, sha256: str, adapter: str, at: datetime, read: Read) -> None:
    """Of a payload that was refused whole; the same again changes nothing. ``sha256``: hex; ``at``: aware UTC."""
    if _REFUSED.value(connection, whose=facility, digest=sha256) is None:
        _insert(connection, facility, adapter, at, read, refused_sha256=sha256)


def replaced(connection: Connection, exchange_id: str) -> None:
    """Its record was translated again: what came of that counts instead."""
    _REPLACED.put(connection, exchange_id=exchange_id)


def _insert(
    connection: Connection,
    facility: str,
    adapter: str,
    at: datetime,
    read: Read,
    counted: int = 1,
    exchange_rid: int | None = None,
    refused_sha256: str | None = None,
) -> None:
    rid = _ADD.value(
        connection,
        exchange_rid=exchange_rid,
        refused_sha256=refused_sha256,
        facility=facility,
        adapter=adapter,
        received=micros(at),
        counted=counted,
        correct=int(read.correct),
        clean=None if read.clean is None else int(read.clean),
        results=read.results,
        complete=read.complete,
        reports=read.reports,
        studies=read.studies,
        papers=read.papers,
        lag=None if read.issued is None else max(0, int((at - read.issued).total_seconds())),
        told=read.told or None,
    )
    _ADD_CAUSE.many(connection, [_row(int(rid), one) for one in read.causes])


def _row(rid: int, one: Cause) -> dict[str, Any]:
    return {
        "record_rid": rid,
        "rule": one.rule,
        "number": one.number,
        "keeps_out": int(one.keeps_out),
        "place": _plain(one.place),
        "said": dumps({name: _told(value) for name, value in one.said.items()}).decode(),
    }


def _told(value: object) -> object:
    """Words, numbers, and words in both languages, as a sentence takes them."""
    if isinstance(value, dict):
        return {str(name): _plain(str(each)) for name, each in value.items()}
    return value if isinstance(value, int) else _plain(str(value))


def _plain(text: str) -> str:
    """What both databases can hold, of no more length than is read; no sign that a terminal would obey."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text[:_LONGEST])
