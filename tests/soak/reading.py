"""What two gateways have in their databases, read by the tables; and how far they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import func, select

from gateway.delivery import PENDING
from gateway.jsontext import loads
from gateway.store import Store
from gateway.store.packing import unpacked
from gateway.store.tables import delivery, exchange, payload
from gateway.store.times import moment
from gateway.trust import form
from gateway.trust.trustfile import TrustFile
from gateway.trust.verify import verify
from tests.soak.judge import Arrived, Kept


def kept(store: Store, trust: TrustFile) -> Iterator[Kept]:
    """Every exchange of the sending gateway; receipts are believed by ``trust``, the recipient's trust file.

    All is read before any of it is verified: on a busy machine that takes longer than a transaction may idle.
    """
    query = select(exchange, payload.c.sha256).outerjoin(payload, payload.c.rid == exchange.c.payload_rid)
    completed = select(delivery.c.exchange_rid, delivery.c.receipt).where(delivery.c.status == "completed")
    receipts: dict[int, list[bytes]] = {}
    with store.read() as connection:
        rows = connection.execute(query.order_by(exchange.c.rid)).all()
        for rid, receipt in connection.execute(completed):
            receipts.setdefault(rid, []).append(bytes(receipt))
    for row in rows:
        sent = unpacked(row.bundle)
        digest = hashlib.sha256(sent)
        yield Kept(
            id=row.id,
            payload_sha256=row.sha256 or "",
            message_id=row.message_id or "",
            status=row.status,
            bundle_sha256=digest.hexdigest(),
            whole=digest.digest() == bytes(row.bundle_sha256),
            proven=_proven(receipts.get(row.rid, []), sent, trust),
        )


def _proven(receipts: list[bytes], sent: bytes, trust: TrustFile) -> bool:
    if not receipts:
        return False
    message = form.read(loads(sent))
    for receipt in receipts:
        found = verify(receipt, trust=trust, now=datetime.now(UTC), expect_receipt_for=message.jws)
        response = found.message.header["response"] if found.message else {}
        if not found.valid or (response["code"], response["identifier"]) != ("ok", message.header["id"]):
            return False
    return True


def arrived(store: Store) -> Iterator[Arrived]:
    """Every exchange of the receiving gateway."""
    with store.read() as connection:
        rows = connection.execute(select(exchange).order_by(exchange.c.rid)).all()
    for row in rows:
        sent = unpacked(row.bundle)
        resources = [entry["resource"] for entry in loads(sent)["entry"]]
        yield Arrived(
            id=row.id,
            message_id=row.message_id or "",
            bundle_sha256=hashlib.sha256(sent).hexdigest(),
            reports=tuple(one["id"] for one in resources if one["resourceType"] == "DiagnosticReport"),
        )


def exchanges(store: Store) -> int:
    """How many exchanges it has."""
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(exchange)).scalar_one())


def pending(store: Store) -> int:
    """How many deliveries have come to no end."""
    with store.read() as connection:
        query = select(func.count()).select_from(delivery).where(delivery.c.status.in_(PENDING))
        return int(connection.execute(query).scalar_one())


def unsettled(store: Store) -> list[str]:
    """Each delivery that has come to no end: its status, since when it is due or claimed, its last failure."""
    query = select(delivery.c.status, delivery.c.attempts, delivery.c.due, delivery.c.claimed_until, delivery.c.issue)
    now = datetime.now(UTC)
    with store.read() as connection:
        return [
            f"{row.status}, {row.attempts} attempts, "
            f"{(moment(row.claimed_until or row.due) - now).total_seconds():+.0f} s, {row.issue or 'no failure'}"
            for row in connection.execute(query.where(delivery.c.status.in_(PENDING)).order_by(delivery.c.rid))
        ]


def undelivered(store: Store) -> dict[str, int]:
    """Exchanges in any other status than delivered, by status."""
    query = select(exchange.c.status, func.count()).where(exchange.c.status != "delivered")
    with store.read() as connection:
        return {str(status): int(number) for status, number in connection.execute(query.group_by(exchange.c.status))}


def failed(store: Store) -> dict[str, int]:
    """Deliveries that ended without success, by the rule of their last failure."""
    query = select(delivery.c.issue, func.count()).where(delivery.c.status == "failed").group_by(delivery.c.issue)
    with store.read() as connection:
        return {str(rule): int(number) for rule, number in connection.execute(query)}
