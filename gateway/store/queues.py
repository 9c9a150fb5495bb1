"""What waits in the database, and for how long: asked at each scrape of the metrics, so never by a whole table.

Only what is not settled is counted, by recipient and status through ``ix_delivery_recipient`` and
by status through ``ix_exchange_status``: the millions that are done cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, func, select, text

from gateway.store.tables import delivery, exchange, recipient, review_task
from gateway.store.times import micros

OPEN_DELIVERIES = ("ready", "in-progress", "on-hold", "failed")
OPEN_EXCHANGES = ("held", "failed")
RECENTLY = timedelta(hours=24)  # how long a delivery that was given up is told of


@dataclass(frozen=True, slots=True)
class Waiting:
    """One recipient's deliveries of one status. Ages in seconds; 0 where nothing waits."""

    recipient: str
    status: str
    number: int
    oldest: float  # since the oldest of them was enqueued
    overdue: float  # since the one that is due longest was due


@dataclass(frozen=True, slots=True)
class Queues:
    """All that waits. Every registered recipient has a line for each open status."""

    deliveries: list[Waiting]
    given_up: dict[str, int]  # recipient → deliveries that failed for good within RECENTLY
    exchanges: dict[str, int]  # of OPEN_EXCHANGES
    held_oldest: float
    reviews: int  # tasks that ask a person
    review_oldest: float
    database_bytes: int


def queues(connection: Connection, now: datetime) -> Queues:
    """The state of every queue, in a handful of looks at indexes."""
    at = micros(now)
    names = connection.execute(select(recipient.c.name).order_by(recipient.c.name)).scalars().all()
    reviews = connection.execute(
        select(func.count(), func.min(review_task.c.created)).where(review_task.c.status == "requested")
    ).one()
    held = select(func.min(exchange.c.rid)).where(exchange.c.status == "held")
    return Queues(
        deliveries=[line for name in names for line in _waiting(connection, name, at)],
        given_up={name: _given_up(connection, name, micros(now - RECENTLY)) for name in names},
        exchanges={status: _exchanges(connection, status) for status in OPEN_EXCHANGES},
        held_oldest=_age(_created(connection, exchange, connection.execute(held).scalar()), at),
        reviews=int(reviews[0]),
        review_oldest=_age(reviews[1], at),
        database_bytes=_bytes(connection),
    )


def _waiting(connection: Connection, name: str, at: int) -> list[Waiting]:
    query = (
        select(
            delivery.c.status, func.count().label("number"), func.min(delivery.c.due).label("due"),
            func.min(delivery.c.rid).label("first"),
        )
        .where(delivery.c.recipient == name, delivery.c.status.in_(OPEN_DELIVERIES))
        .group_by(delivery.c.status)
    )  # fmt: skip
    found = {row.status: row for row in connection.execute(query)}
    lines = []
    for status in OPEN_DELIVERIES:
        row = found.get(status)
        if row is None:
            lines.append(Waiting(name, status, 0, 0.0, 0.0))
        else:
            oldest = _age(_created(connection, delivery, row.first), at)
            lines.append(Waiting(name, status, int(row.number), oldest, _age(row.due, at)))
    return lines


def _given_up(connection: Connection, name: str, since: int) -> int:
    """``due`` of a failed delivery is that of its last attempt: in the index, as the settled time is not."""
    failed = (delivery.c.recipient == name, delivery.c.status == "failed", delivery.c.due >= since)
    return int(connection.execute(select(func.count()).where(*failed)).scalar_one())


def _exchanges(connection: Connection, status: str) -> int:
    return int(connection.execute(select(func.count()).where(exchange.c.status == status)).scalar_one())


def _created(connection: Connection, table: Table, rid: int | None) -> int | None:
    if rid is None:
        return None
    found: int | None = connection.execute(select(table.c.created).where(table.c.rid == rid)).scalar()
    return found


def _age(since: int | None, at: int) -> float:
    return 0.0 if since is None else max(0.0, (at - since) / 1_000_000)


def _bytes(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    return pages * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
