"""The outbox: deliveries commit with the exchange that caused them, and are claimed from here.

Claims and settlements run in ``Store.write``; on SQLite its one writer keeps them apart, on
PostgreSQL rows another worker is claiming are skipped (FOR UPDATE SKIP LOCKED).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, union, update

from gateway.delivery import PENDING, Delivery, Event, Settlement, Status, after
from gateway.errors import NotFound
from gateway.exchange import ExchangeStatus
from gateway.store.prepared import Prepared
from gateway.store.tables import delivery, exchange, recipient, resource_version, restatement
from gateway.store.times import micros, moment, optional_moment

LONGEST_WAIT = timedelta(hours=24)  # between two attempts, as any setting allows
LONGEST_LEASE = timedelta(hours=1)  # of a claim
_COLUMNS = (*delivery.c, exchange.c.id.label("exchange_id"))


# Locked until the commit, so that of two that settle or enqueue for one exchange the second sees the first.
_LOCK = Prepared(select(exchange.c.rid).where(exchange.c.rid == bindparam("exchange")).with_for_update(key_share=True))
_SHOW = Prepared(update(exchange).where(exchange.c.rid == bindparam("exchange")), sets=("status",))
_KEPT_AGAIN = Prepared(
    update(exchange)
    .where(
        exchange.c.rid == bindparam("exchange"), or_(exchange.c.status == "delivered", exchange.c.status == "failed")
    )
    .values(status="kept")
)
_ENQUEUE = Prepared(
    insert(delivery).returning(delivery.c.rid),
    sets=("exchange_rid", "recipient", "basis", "reason", "status", "attempts", "due", "deadline", "created"),
)

# ---- enqueue --------------------------------------------------------------------------


def enqueue(
    connection: Connection,
    exchange_rid: int,
    recipient_name: str,
    *,
    basis: str,
    reason: str,
    now: datetime,
    deadline: datetime,
) -> int:
    """Put an exchange in the outbox, in the transaction that made it; returns the delivery's rid.

    An exchange that was delivered or had failed is ``kept`` again: something is on its way.
    """
    at = micros(now)
    _LOCK.put(connection, exchange=exchange_rid)
    _KEPT_AGAIN.put(connection, exchange=exchange_rid)
    rid = _ENQUEUE.value(
        connection,
        exchange_rid=exchange_rid,
        recipient=recipient_name,
        basis=basis,
        reason=reason,
        status="ready",
        attempts=0,
        due=at,
        deadline=micros(deadline),
        created=at,
    )
    return int(rid)


# ---- claim ----------------------------------------------------------------------------


_WAITS = (
    delivery.c.status == "ready",
    or_(delivery.c.due <= bindparam("now"), delivery.c.due > bindparam("latest")),
)
_HELD = (
    delivery.c.status == "in-progress",
    or_(delivery.c.claimed_until <= bindparam("now"), delivery.c.claimed_until > bindparam("longest")),
)
_ANYTHING = Prepared(
    select(or_(select(delivery.c.rid).where(*_WAITS).exists(), select(delivery.c.rid).where(*_HELD).exists()))
)


def anything_due(connection: Connection, now: datetime, longest_wait: timedelta = LONGEST_WAIT) -> bool:
    """False when a :func:`claim` at this time would find nothing: who only looks takes no turn from those who write."""
    latest, longest = micros(now + longest_wait), micros(now + LONGEST_LEASE)
    return bool(_ANYTHING.value(connection, now=micros(now), latest=latest, longest=longest))


_UNDER_WAY = Prepared(
    select(delivery.c.rid, delivery.c.recipient, delivery.c.claimed_until)
    .where(delivery.c.status == "in-progress")
    .order_by(delivery.c.rid)
)
_oldest = (
    select(
        recipient.c.name,
        select(func.min(delivery.c.due))
        .where(delivery.c.recipient == recipient.c.name, delivery.c.status == "ready")
        .scalar_subquery()
        .label("due"),
    )
).subquery()
# Who waits longest comes first; one look at the index for each, however long its queue.
_RECIPIENTS_DUE = Prepared(
    select(_oldest.c.name).where(_oldest.c.due <= bindparam("now")).order_by(_oldest.c.due, _oldest.c.name)
)
_READY = Prepared(
    select(delivery.c.rid)
    .where(delivery.c.recipient == bindparam("name"), delivery.c.status == "ready", delivery.c.due <= bindparam("now"))
    .order_by(delivery.c.due, delivery.c.rid)
    .limit(bindparam("most"))
)


_DUE_TOO_LATE = Prepared(
    update(delivery)
    .where(delivery.c.status == "ready", delivery.c.due > bindparam("latest"))
    .values(due=bindparam("now"))
)
_CLAIMED_TOO_LONG = Prepared(
    update(delivery)
    .where(delivery.c.status == "in-progress", delivery.c.claimed_until > bindparam("latest"))
    .values(claimed_until=bindparam("now"))
)


def claim(
    connection: Connection,
    worker: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    per_recipient_limit: int,
    longest_wait: timedelta = LONGEST_WAIT,
) -> list[Delivery]:
    """Take up to ``limit`` due deliveries for ``lease``; no two workers ever hold one.

    Recipients take turns, and none has more than ``per_recipient_limit`` under way at once
    over all workers (two claims in the same instant on PostgreSQL may overshoot it), so a
    slow one holds up only itself. For one recipient the order is that of ``due``, then of
    arrival. A delivery whose lease has expired is claimed again: its worker is gone.
    ``longest_wait``: nothing is due later than that but by a clock that was ahead; such a one,
    or such a claim, does not wait until that time comes.
    """
    at = micros(now)
    _DUE_TOO_LATE.put(connection, now=at, latest=micros(now + longest_wait))
    _CLAIMED_TOO_LONG.put(connection, now=at, latest=micros(now + LONGEST_LEASE))
    under_way = _UNDER_WAY.all(connection)
    busy = Counter(name for _, name, until in under_way if until > at)
    turns: dict[str, list[int]] = {}
    for rid, name, until in under_way:
        if until <= at:
            turns.setdefault(name, []).append(rid)
    most = min(limit, per_recipient_limit)
    for (name,) in _RECIPIENTS_DUE.all(connection, now=at):
        ready = _READY.all(connection, name=name, now=at, most=most)
        turns.setdefault(name, []).extend(rid for (rid,) in ready)
    rows = [rows[: max(0, per_recipient_limit - busy[name])] for name, rows in turns.items()]
    chosen = [rid for turn in zip_longest(*rows) for rid in turn if rid is not None][:limit]
    if not chosen:
        return []
    return _take(connection, chosen, worker, at, micros(now + lease))


# The conditions stand here once more: PostgreSQL checks them again on the row as it is
# when locked, so that what another worker took meanwhile is left alone.
_FREE = Prepared(
    select(*_COLUMNS)
    .join(exchange, exchange.c.rid == delivery.c.exchange_rid)
    .where(
        delivery.c.rid == bindparam("delivery"),
        or_(
            and_(delivery.c.status == "in-progress", delivery.c.claimed_until <= bindparam("lapsed")),
            and_(delivery.c.status == "ready", delivery.c.due <= bindparam("now")),
        ),
    )
    .with_for_update(of=delivery, skip_locked=True)
)
_TAKE = Prepared(
    update(delivery).where(delivery.c.rid == bindparam("delivery")),
    sets=("status", "attempts", "claimed_by", "claimed_until"),
)


def _take(connection: Connection, rids: Sequence[int], worker: str, at: int, until: int) -> list[Delivery]:
    names = [column.name for column in _COLUMNS]
    free = _FREE.each(connection, [{"delivery": rid, "lapsed": at, "now": at} for rid in rids])
    taken = []
    for row in free:
        stood = dict(zip(names, row, strict=True))
        taken.append(
            stood
            | {
                "status": after(stood["status"], "claim"),
                "attempts": stood["attempts"] + 1,
                "claimed_by": worker,
                "claimed_until": until,
            }
        )
    _TAKE.many(
        connection,
        [
            {"delivery": one["rid"]}
            | {name: one[name] for name in ("status", "attempts", "claimed_by", "claimed_until")}
            for one in taken
        ],
    )
    return [_delivery(one) for one in taken]


def expire_leases(connection: Connection, now: datetime) -> None:
    """Whoever held a claim is gone, as the only serving process of a database knows when it starts."""
    connection.execute(
        update(delivery)
        .where(delivery.c.status == "in-progress", delivery.c.claimed_until > micros(now))
        .values(claimed_until=micros(now))
    )


# ---- settle ---------------------------------------------------------------------------


_SETTLE = Prepared(
    update(delivery)
    .where(
        delivery.c.rid == bindparam("delivery"),
        delivery.c.status == bindparam("was"),
        delivery.c.claimed_by == bindparam("worker"),
        delivery.c.attempts == bindparam("attempt"),
    )
    .values(
        due=func.coalesce(bindparam("later", type_=delivery.c.due.type), delivery.c.due),
        receipt=func.coalesce(bindparam("signed", type_=delivery.c.receipt.type), delivery.c.receipt),
    ),
    sets=("status", "claimed_by", "claimed_until", "issue", "settled"),
)


def settle(connection: Connection, claimed: Delivery, settlement: Settlement, now: datetime) -> bool:
    """Write down what came of a claimed delivery, and what that makes of its exchange.

    False, and nothing written, when the claim is no longer this worker's: its lease expired
    and another has it. The recipient recognises the message if it comes twice.
    """
    status = after(claimed.status, settlement.event)
    written = _SETTLE.run(
        connection,
        delivery=claimed.rid,
        was=claimed.status,
        worker=claimed.claimed_by,
        attempt=claimed.attempts,
        status=status,
        claimed_by=None,
        claimed_until=None,
        issue=settlement.issue,
        settled=None if status in PENDING else micros(now),
        later=None if settlement.due is None else micros(settlement.due),
        signed=settlement.receipt,
    )
    if written == 0:
        return False
    if status not in PENDING:
        _show_progress(connection, claimed.exchange_rid)
    return True


def change(connection: Connection, rid: int, event: Event, now: datetime) -> Status:
    """What a person does to a delivery (hold, resume, cancel); Conflict where its status does not allow it."""
    query = select(delivery.c.status, delivery.c.exchange_rid).where(delivery.c.rid == rid).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("delivery-unknown")
    status = after(row.status, event)
    settled = None if status in PENDING else micros(now)
    connection.execute(update(delivery).where(delivery.c.rid == rid).values(status=status, settled=settled))
    _show_progress(connection, row.exchange_rid)
    return status


_STATUSES = Prepared(
    select(exchange.c.status, delivery.c.recipient, delivery.c.status)
    .join(exchange, exchange.c.rid == delivery.c.exchange_rid)
    .where(delivery.c.exchange_rid == bindparam("exchange"))
    .order_by(delivery.c.rid)
)


def _show_progress(connection: Connection, exchange_rid: int) -> None:
    """The exchange's status from its deliveries; for each recipient only the latest counts.

    Held and refused exchanges are a person's to change, not a delivery's. The exchange is
    locked first, so that of two deliveries settled at once the second sees the first.
    """
    _LOCK.put(connection, exchange=exchange_rid)
    found = _STATUSES.all(connection, exchange=exchange_rid)
    latest: dict[str, Status] = {name: status for _, name, status in found}  # a later one replaces its earlier
    status = exchange_status(latest.values())
    if found and found[0][0] in ("kept", "delivered", "failed") and found[0][0] != status:
        _SHOW.put(connection, exchange=exchange_rid, status=status)


def exchange_status(statuses: Iterable[Status]) -> ExchangeStatus:
    """``delivered`` when all that were not cancelled are completed, ``failed`` when none is pending and one failed."""
    counted = {status for status in statuses if status != "cancelled"}
    if not counted or counted & PENDING:
        return "kept"
    return "failed" if "failed" in counted else "delivered"


# ---- read -----------------------------------------------------------------------------


def for_exchange(connection: Connection, exchange_rid: int) -> list[Delivery]:
    """Every delivery of an exchange, in the order they were enqueued."""
    return _select(connection, delivery.c.exchange_rid == exchange_rid)


def recipients_of_earlier_versions(
    connection: Connection, resource_rids: Sequence[int], exchange_rid: int
) -> list[tuple[str, str]]:
    """(recipient, basis) of all who got, or may get, an earlier exchange that held one of the resources.

    Whether they still subscribe does not matter: who holds a result must hear of its
    correction. Only a cancelled delivery never left. ``exchange_rid`` is the correction's
    own, left out. Ask for results, not for Patients and Organizations: those are in every
    exchange. The basis is that of the latest delivery.
    """
    if not resource_rids:
        return []
    earlier = union(
        select(resource_version.c.exchange_rid).where(resource_version.c.resource_rid.in_(resource_rids)),
        select(restatement.c.exchange_rid).where(restatement.c.resource_rid.in_(resource_rids)),
    ).subquery()
    latest = select(func.max(delivery.c.rid)).where(
        delivery.c.exchange_rid.in_(select(earlier.c.exchange_rid)),
        delivery.c.exchange_rid != exchange_rid,
        delivery.c.status != "cancelled",
    )
    query = select(delivery.c.recipient, delivery.c.basis).where(
        delivery.c.rid.in_(latest.group_by(delivery.c.recipient))
    )
    return [(row.recipient, row.basis) for row in connection.execute(query.order_by(delivery.c.recipient))]


def queue_depth(connection: Connection) -> dict[tuple[str, Status], int]:
    """How many deliveries each recipient has in each status, for metrics."""
    query = select(delivery.c.recipient, delivery.c.status, func.count().label("number"))
    rows = connection.execute(query.group_by(delivery.c.recipient, delivery.c.status))
    return {(row.recipient, row.status): int(row.number) for row in rows}


def _select(connection: Connection, condition: Any) -> list[Delivery]:
    query = select(*_COLUMNS).join(exchange, exchange.c.rid == delivery.c.exchange_rid)
    return [
        _delivery(dict(row)) for row in connection.execute(query.where(condition).order_by(delivery.c.rid)).mappings()
    ]


def _delivery(row: Mapping[str, Any]) -> Delivery:
    times: dict[str, Any] = {name: moment(row[name]) for name in ("due", "deadline", "created")}
    times |= {name: optional_moment(row[name]) for name in ("claimed_until", "settled")}
    return Delivery(**(dict(row) | times))
