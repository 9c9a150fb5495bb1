"""Payloads as they came, for whoever translates them again: kept whole where their records alone cannot be read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from gateway.store.mapping_tables import payload_body
from gateway.store.packing import packed, unpacked
from gateway.store.prepared import Prepared
from gateway.store.tables import exchange, payload
from gateway.store.times import micros

PAGE = 100

_KEEP = Prepared(insert(payload_body), sets=("payload_rid", "body"))


@dataclass(frozen=True, slots=True)
class Stored:
    """A payload that came: its row, its digest (hex), the media type it was given, who read it."""

    rid: int
    sha256: str
    content_type: str
    adapter: str


def keep_body(connection: Connection, payload_rid: int, data: bytes) -> None:
    """Keep a payload whole."""
    _KEEP.put(connection, payload_rid=payload_rid, body=packed(data))


_STORED = (payload.c.rid, payload.c.sha256, payload.c.content_type, payload.c.adapter)


def by_rids(connection: Connection, rids: Sequence[int], since: datetime | None = None) -> list[Stored]:
    """Those of these rows that came ``since``, in the order they came."""
    found: list[Stored] = []
    for first in range(0, len(rids), PAGE):
        query = select(*_STORED).where(payload.c.rid.in_(rids[first : first + PAGE])).order_by(payload.c.rid)
        if since is not None:
            query = query.where(payload.c.received >= micros(since))
        found += [Stored(*row) for row in connection.execute(query)]
    return found


def page(
    connection: Connection, facility: str, adapter: str, since: datetime | None, after: int = 0
) -> Sequence[Stored]:
    """At most PAGE of the payloads of a facility that an adapter read, in the order they came, behind row ``after``."""
    query = (
        select(*_STORED)
        .where(payload.c.facility == facility, payload.c.adapter == adapter, payload.c.rid > after)
        .order_by(payload.c.rid)
        .limit(PAGE)
    )
    if since is not None:
        query = query.where(payload.c.received >= micros(since))
    return [Stored(*row) for row in connection.execute(query)]


def whole(connection: Connection, one: Stored) -> bytes | None:
    """Its bytes: as kept, or those of its only record; None where they are gone (gateway db prune)."""
    kept = connection.execute(select(payload_body.c.body).where(payload_body.c.payload_rid == one.rid)).scalar()
    if kept is None:
        first = select(exchange.c.record).where(exchange.c.payload_rid == one.rid).order_by(exchange.c.rid).limit(1)
        kept = connection.execute(first).scalar()
    data = b"" if kept is None else unpacked(kept)
    return data if hashlib.sha256(data).hexdigest() == one.sha256 else None


def parts(connection: Connection, one: Stored) -> list[tuple[int, bytes]]:
    """The place and the bytes of each record that nothing took the place of, of a payload that is not kept whole;
    without those whose bytes are gone."""
    query = (
        select(exchange.c.position, exchange.c.record)
        .where(exchange.c.payload_rid == one.rid, exchange.c.sensitive.is_(False), func.length(exchange.c.record) > 0)
        .order_by(exchange.c.position, exchange.c.rid.desc())
    )
    found: dict[int, bytes] = {}
    for place, record in connection.execute(query):
        found.setdefault(place, record)
    return [(place, unpacked(record)) for place, record in found.items()]


def forget_bodies(connection: Connection, exchange_rids: Sequence[int]) -> None:
    """Of payloads that these exchanges came in and none of whose records has its bytes any more."""
    came = select(exchange.c.payload_rid).where(exchange.c.rid.in_(exchange_rids))
    left = select(exchange.c.payload_rid).where(exchange.c.payload_rid.in_(came), func.length(exchange.c.record) > 0)
    gone = delete(payload_body).where(payload_body.c.payload_rid.in_(came), payload_body.c.payload_rid.not_in(left))
    connection.execute(gone)
