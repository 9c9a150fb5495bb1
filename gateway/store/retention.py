"""What may be deleted, and when: little, and nothing a proof needs (docs/decisions/0010).

Expired access tokens and used assertions prove nothing. A record's bytes may go when a setting
says so and all of its deliveries are done, and with those of its last record a payload's; the signed
Bundle, which holds their digest, stays, and so do receipts, versions and the audit trail, for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, or_, select, update

from gateway.delivery import PENDING
from gateway.store import payloads, reviews, tokens
from gateway.store.contract import Store
from gateway.store.tables import access_token, client_assertion, delivery, exchange, resource, resource_version
from gateway.store.times import micros

AT_ONCE = 200  # exchanges in one transaction: who serves beside is not held up


def expired(connection: Connection, now: datetime) -> int:
    """How many access tokens and used assertions have run out."""
    at = micros(now)
    counted = (select(func.count()).select_from(table).where(table.c.expires <= at) for table in _TABLES)
    return sum(int(connection.execute(query).scalar_one()) for query in counted)


_TABLES = (access_token, client_assertion)


def forget_expired(store: Store, now: datetime) -> int:
    return store.write(lambda connection: tokens.purge_expired(connection, now))


# ---- record bytes ---------------------------------------------------------------------

_open = select(delivery.c.rid).where(
    delivery.c.exchange_rid == exchange.c.rid,
    or_(delivery.c.status.in_(PENDING), delivery.c.settled.is_(None), delivery.c.settled > bindparam("before")),
)
_DONE = (
    select(exchange.c.rid, exchange.c.id)
    .where(
        exchange.c.rid > bindparam("after"),
        exchange.c.status == "delivered",
        func.length(exchange.c.record) > 0,
        ~_open.exists(),
    )
    .order_by(exchange.c.rid)
    .limit(AT_ONCE)
)
_EMPTY = update(exchange).where(exchange.c.rid == bindparam("row")).values(record=b"")


def records_done(connection: Connection, now: datetime, days: int) -> int:
    """How many records have been delivered everywhere for ``days`` or longer, and wait for nobody's decision."""
    return sum(len(rids) for rids, _ in _batches(connection, micros(now - timedelta(days=days))))


def empty_records(store: Store, now: datetime, days: int) -> int:
    """Empty the bytes of those records; returns how many. What a person is still asked about keeps its bytes."""
    before, after, emptied = micros(now - timedelta(days=days)), 0, 0
    while True:

        def work(connection: Connection, after: int = after) -> tuple[int, int]:
            rids, last = next(_batches(connection, before, after), ((), 0))
            if rids:
                connection.execute(_EMPTY, [{"row": rid} for rid in rids])
                payloads.forget_bodies(connection, rids)
            return len(rids), last

        number, after = store.write(work)
        emptied += number
        if not after:
            return emptied


def _batches(connection: Connection, before: int, after: int = 0) -> Iterator[tuple[list[int], int]]:
    """Row ids of the exchanges whose record may go, and the last row looked at, batch by batch."""
    asked = _under_review(connection)
    while rows := connection.execute(_DONE, {"before": before, "after": after}).all():
        after = rows[-1].rid
        yield [row.rid for row in rows if row.rid not in asked], after


def _under_review(connection: Connection) -> set[int]:
    """Exchanges a person is asked about, by themselves or through a Patient they brought."""
    asked: set[int] = set()
    for task in reviews.list_reviews(connection, "requested"):
        by_id = select(exchange.c.rid).where(exchange.c.id == task.detail.get("exchange", ""))
        asked.update(connection.scalars(by_id))
        named = [task.detail.get("patient", ""), *task.detail.get("others", ())]
        brought = (
            select(resource_version.c.exchange_rid)
            .join(resource, resource.c.rid == resource_version.c.resource_rid)
            .where(resource.c.type == "Patient", resource.c.id.in_([name.removeprefix("Patient/") for name in named]))
        )
        asked.update(connection.scalars(brought))
    return asked
