"""Exchanges as ``db check`` reads them back, and what in one contradicts itself."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from gateway.delivery import Status
from gateway.errors import StoreUnavailable
from gateway.exchange import ExchangeStatus
from gateway.outcome import Issue
from gateway.store.deliveries import exchange_status
from gateway.store.packing import unpacked, unpacked_or_as_found
from gateway.store.tables import delivery, exchange, inbound


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery: to whom, what became of it, and the receipt it got."""

    recipient: str
    status: Status
    receipt: bytes | None


@dataclass(frozen=True, slots=True)
class Stored:
    """One exchange with all that hangs on it. ``record``: b"" where it came from another gateway.

    ``readable``: the bytes beside the Bundle can be had back; what cannot stands here as it was found.
    ``deliveries`` in the order they were enqueued. ``given``: the receipt its sender got.
    ``answered``: base64url SHA-256 of the JWS that receipt was for.
    """

    id: str
    status: ExchangeStatus
    signed: bool
    jws_sha256: str
    record: bytes
    bundle: bytes
    bundle_sha256: bytes
    readable: bool
    deliveries: tuple[Sent, ...]
    given: bytes | None
    answered: str

    @property
    def unchanged(self) -> bool:
        """The Bundle is the one that was stored."""
        return hashlib.sha256(self.bundle).digest() == self.bundle_sha256


_COLUMNS = (
    exchange.c.rid, exchange.c.id, exchange.c.status, exchange.c.message_id, exchange.c.jws_sha256, exchange.c.record,
    exchange.c.bundle, exchange.c.bundle_sha256, exchange.c.outcome, exchange.c.account, inbound.c.receipt,
    inbound.c.jws_sha256.label("answered"),
)  # fmt: skip


def stored(connection: Connection, after: int, end: int) -> Iterator[Stored]:
    """Exchanges with a row id over ``after``, up to ``end``, in order."""
    sent: dict[int, list[Sent]] = defaultdict(list)
    went = select(delivery.c.exchange_rid, delivery.c.recipient, delivery.c.status, delivery.c.receipt)
    went = went.where(delivery.c.exchange_rid > after, delivery.c.exchange_rid <= end).order_by(delivery.c.rid)
    for exchange_rid, recipient, status, receipt in connection.execute(went):
        sent[exchange_rid].append(Sent(recipient, status, receipt))
    query = select(*_COLUMNS).outerjoin(inbound, inbound.c.exchange_rid == exchange.c.rid)
    query = query.where(exchange.c.rid > after, exchange.c.rid <= end).order_by(exchange.c.rid)
    for row in connection.execute(query).all():
        yield Stored(
            row.id, row.status, row.message_id is not None, row.jws_sha256, unpacked_or_as_found(row.record),
            unpacked_or_as_found(row.bundle), row.bundle_sha256, _readable(row.record, row.outcome, row.account),
            tuple(sent[row.rid]), row.receipt, row.answered or "",
        )  # fmt: skip


def _readable(*kept: bytes) -> bool:
    try:
        for one in kept:
            unpacked(one)
    except StoreUnavailable:
        return False
    return True


def contradictions(one: Stored) -> Iterator[Issue]:
    """A Bundle that is not its digest's, bytes that do not come back, a status its deliveries do not make,
    an answer to another message."""
    if not one.unchanged:
        yield Issue("error", "incomplete", "check-bundle-changed", one.id)
    if not one.readable:
        yield Issue("error", "incomplete", "check-bytes-broken", one.id)
    latest = {sent.recipient: sent.status for sent in one.deliveries}
    fits = not latest if one.status in ("held", "refused") else one.status == exchange_status(latest.values())
    if not fits:
        yield Issue("error", "incomplete", "check-outbox-contradicts", one.id)
    if any(sent.status == "completed" and sent.receipt is None for sent in one.deliveries):
        yield Issue("error", "incomplete", "check-receipt-missing", one.id)
    if one.given is not None and one.answered != one.jws_sha256:
        yield Issue("error", "incomplete", "check-receipt-differs", one.id)
