"""Exchanges as stored, the payloads they came in, and what other gateways were answered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, select, update

from gateway.errors import Conflict, NotFound
from gateway.exchange import Exchange, ExchangeStatus
from gateway.store.packing import packed, unpacked, unpacked_or_as_found
from gateway.store.prepared import Prepared
from gateway.store.tables import exchange, inbound, payload
from gateway.store.times import micros, moment


@dataclass(frozen=True, slots=True)
class ExchangeLine:
    """An exchange without its bytes, for lists. ``rid`` grows with each exchange and pages them."""

    rid: int
    id: str
    facility: str
    status: ExchangeStatus
    position: int
    payload_sha256: str
    origin: str
    sensitive: bool
    message_id: str
    kid: str
    adapter: str
    created: datetime
    decided_by: str
    decided_reason: str


@dataclass(frozen=True, slots=True)
class PackedExchange:
    """The bytes of an exchange as its row holds them (``gateway.store.packing``), and its Bundle's SHA-256."""

    record: bytes
    bundle: bytes
    bundle_sha256: bytes
    outcome: bytes
    account: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A signed message as it is sent. ``whole``: its bytes are still those that were stored."""

    bundle: bytes
    message_id: str
    jws_sha256: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message from another gateway and the receipt it got. ``exchange_rid`` is None when refused."""

    message_id: str
    sender: str
    jws_sha256: str
    exchange_rid: int | None
    receipt: bytes
    received: datetime


_LINE = (
    exchange.c.rid,
    exchange.c.id,
    exchange.c.facility,
    exchange.c.status,
    exchange.c.position,
    payload.c.sha256.label("payload_sha256"),
    exchange.c.origin,
    exchange.c.sensitive,
    exchange.c.message_id,
    exchange.c.kid,
    exchange.c.adapter,
    exchange.c.created,
    exchange.c.decided_by,
    exchange.c.decided_reason,
)
_WHOLE = (
    *_LINE,
    exchange.c.jws_sha256,
    exchange.c.adapter_version,
    exchange.c.record,
    exchange.c.bundle,
    exchange.c.outcome,
    exchange.c.account,
)


_PACKED = ("record", "bundle", "outcome", "account")


def _selected(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(exchange.outerjoin(payload))


# ---- payloads -------------------------------------------------------------------------


_CAME = Prepared(
    select(payload.c.rid).where(payload.c.facility == bindparam("sender"), payload.c.sha256 == bindparam("digest"))
)
_ADD_PAYLOAD = Prepared(
    insert(payload).returning(payload.c.rid), sets=("facility", "sha256", "content_type", "adapter", "received")
)


def payload_exchanges(connection: Connection, facility: str, sha256: str) -> list[ExchangeLine] | None:
    """What became of a payload, record by record; None when it never came. ``sha256`` is hex."""
    payload_rid = _CAME.value(connection, sender=facility, digest=sha256)
    if payload_rid is None:
        return None
    lines = _selected(*_LINE).where(exchange.c.payload_rid == payload_rid).order_by(exchange.c.position, exchange.c.rid)
    return [_line(row) for row in connection.execute(lines).mappings()]


def add_payload(
    connection: Connection, *, facility: str, sha256: str, content_type: str, adapter: str, received: datetime
) -> int:
    """Note that a payload came; returns its rid. A second one with the same digest is a Conflict."""
    if _CAME.value(connection, sender=facility, digest=sha256) is not None:
        raise Conflict("payload-exists")
    rid = _ADD_PAYLOAD.value(
        connection,
        facility=facility,
        sha256=sha256,
        content_type=content_type,
        adapter=adapter,
        received=micros(received),
    )
    return int(rid)


# ---- exchanges ------------------------------------------------------------------------


_ADD = Prepared(
    insert(exchange).returning(exchange.c.rid),
    sets=[column.name for column in exchange.c if column.name != "rid"],
)


def pack(made: Exchange) -> PackedExchange:
    """The dear part of :func:`add`: pure, so it can be done before the transaction, in any process."""
    return PackedExchange(
        record=packed(made.record),
        bundle=packed(made.bundle),
        bundle_sha256=hashlib.sha256(made.bundle).digest(),
        outcome=packed(made.outcome),
        account=packed(made.account),
    )


def add(
    connection: Connection, made: Exchange, payload_rid: int | None, packed_before: PackedExchange | None = None
) -> int:
    """Keep an exchange; returns its rid. ``payload_rid`` is None when it came from another gateway.

    ``packed_before``: what :func:`pack` made of it; the four fields of bytes in ``made`` are then not looked at.
    """
    kept = packed_before or pack(made)
    rid = _ADD.value(
        connection,
        id=made.id,
        payload_rid=payload_rid,
        position=made.position,
        facility=made.facility,
        origin=made.origin,
        status=made.status,
        sensitive=made.sensitive,
        message_id=made.message_id or None,
        jws_sha256=made.jws_sha256,
        kid=made.kid,
        adapter=made.adapter,
        adapter_version=made.adapter_version,
        record=kept.record,
        bundle=kept.bundle,
        bundle_sha256=kept.bundle_sha256,
        outcome=kept.outcome,
        account=kept.account,
        created=micros(made.created),
        decided_by=made.decided_by,
        decided_reason=made.decided_reason,
    )
    return int(rid)


def rid_of(connection: Connection, exchange_id: str) -> int | None:
    found: int | None = connection.execute(select(exchange.c.rid).where(exchange.c.id == exchange_id)).scalar()
    return found


def payload_rid_of(connection: Connection, exchange_id: str) -> int | None:
    """The payload an exchange's record came in; None when it came from another gateway."""
    found: int | None = connection.execute(select(exchange.c.payload_rid).where(exchange.c.id == exchange_id)).scalar()
    return found


def get(connection: Connection, exchange_id: str) -> Exchange | None:
    """The whole exchange by its id."""
    return _whole(connection, exchange.c.id == exchange_id)


def by_rid(connection: Connection, exchange_rid: int) -> Exchange | None:
    return _whole(connection, exchange.c.rid == exchange_rid)


def outgoing(connection: Connection, exchange_rid: int) -> Outgoing | None:
    """What a delivery sends; None when there is no such exchange."""
    row = _OUTGOING.first(connection, rid=exchange_rid)
    if row is None:
        return None
    kept, digest, message_id, jws_sha256 = row
    bundle = unpacked_or_as_found(kept)
    whole = hashlib.sha256(bundle).digest() == bytes(digest)
    return Outgoing(bundle, str(message_id or ""), str(jws_sha256), whole)


_OUTGOING = Prepared(
    select(exchange.c.bundle, exchange.c.bundle_sha256, exchange.c.message_id, exchange.c.jws_sha256).where(
        exchange.c.rid == bindparam("rid")
    )
)


def by_message_id(connection: Connection, message_id: str) -> Exchange | None:
    """The exchange whose signed message has this MessageHeader.id."""
    return _whole(connection, exchange.c.message_id == message_id)


def line(connection: Connection, exchange_id: str) -> ExchangeLine | None:
    """The exchange without its bytes."""
    row = connection.execute(_selected(*_LINE).where(exchange.c.id == exchange_id)).mappings().first()
    return None if row is None else _line(row)


def list_lines(
    connection: Connection, *, status: str = "", facility: str = "", before: int | None = None, limit: int = 100
) -> Sequence[ExchangeLine]:
    """Newest first, at most ``limit``; the next page is ``before`` the last rid of this one."""
    query = _selected(*_LINE).order_by(exchange.c.rid.desc()).limit(limit)
    if status:
        query = query.where(exchange.c.status == status)
    if facility:
        query = query.where(exchange.c.facility == facility)
    if before is not None:
        query = query.where(exchange.c.rid < before)
    return [_line(row) for row in connection.execute(query).mappings()]


def count_by_status(connection: Connection) -> dict[str, int]:
    """How many exchanges stand in each status, for metrics."""
    query = select(exchange.c.status, func.count().label("number")).group_by(exchange.c.status)
    return {row.status: int(row.number) for row in connection.execute(query)}


def decide(connection: Connection, exchange_id: str, status: Literal["kept", "refused"], *, who: str, why: str) -> None:
    """What a person decided about a held exchange; NotFound, or Conflict when it is not held (any more)."""
    decided = update(exchange).where(exchange.c.id == exchange_id, exchange.c.status == "held")
    changed = connection.execute(decided.values(status=status, decided_by=who, decided_reason=why)).rowcount
    if changed == 0:
        if rid_of(connection, exchange_id) is None:
            raise NotFound("exchange-unknown")
        raise Conflict("exchange-not-held")


def set_signed(
    connection: Connection, exchange_id: str, *, bundle: bytes, message_id: str, jws_sha256: str, kid: str
) -> None:
    """A released exchange's collection gives way to its signed message, once: Conflict when it is signed."""
    signed = update(exchange).where(exchange.c.id == exchange_id, exchange.c.message_id.is_(None))
    values = {
        "bundle": packed(bundle),
        "bundle_sha256": hashlib.sha256(bundle).digest(),
        "message_id": message_id,
        "jws_sha256": jws_sha256,
        "kid": kid,
    }
    if connection.execute(signed.values(values)).rowcount == 0:
        raise Conflict("exchange-signed")


def _whole(connection: Connection, condition: Any) -> Exchange | None:
    row = connection.execute(_selected(*_WHOLE).where(condition)).mappings().first()
    if row is None:
        return None
    fields = {name: row[name] for name in row if name != "rid"}
    return Exchange(**(fields | _converted(row) | {name: unpacked(row[name]) for name in _PACKED}))


def _line(row: RowMapping) -> ExchangeLine:
    return ExchangeLine(**(dict(row) | _converted(row)))


def _converted(row: RowMapping) -> dict[str, Any]:
    return {
        "created": moment(row["created"]),
        "payload_sha256": row["payload_sha256"] or "",
        "message_id": row["message_id"] or "",
    }


# ---- messages from other gateways -----------------------------------------------------


_SEEN = ("message_id", "sender", "jws_sha256", "exchange_rid", "receipt", "received")
_FIND_INBOUND = Prepared(
    select(*(inbound.c[name] for name in _SEEN)).where(
        inbound.c.message_id == bindparam("message"), inbound.c.sender == bindparam("sent_by")
    )
)
_ADD_INBOUND = Prepared(insert(inbound), sets=_SEEN)


def find_inbound(connection: Connection, message_id: str, sender: str) -> Inbound | None:
    """The receipt a message of ``sender`` (facility code) got when it first came."""
    row = _FIND_INBOUND.first(connection, message=message_id, sent_by=sender)
    if row is None:
        return None
    return Inbound(**dict(zip(_SEEN, row, strict=True)) | {"received": moment(row[-1])})


def add_inbound(connection: Connection, came: Inbound) -> None:
    """The receipt commits with the exchange it is about."""
    _ADD_INBOUND.run(
        connection,
        message_id=came.message_id,
        sender=came.sender,
        jws_sha256=came.jws_sha256,
        exchange_rid=came.exchange_rid,
        receipt=came.receipt,
        received=micros(came.received),
    )
