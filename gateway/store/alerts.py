"""Alerts that a result was changed after it was reused: raised in the transaction that changed it, told once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, RowMapping, insert, select

from gateway.store import versions
from gateway.store.reuse_tables import reuse_alert
from gateway.store.reuses import Named
from gateway.store.tables import exchange
from gateway.store.times import micros, moment, optional_moment

Cause = Literal["corrected", "withdrawn", "identity", "signer", "not-reuse"]


@dataclass(frozen=True, slots=True)
class Changed:
    """What an alert is about: ``before`` the version that was relied on, ``after`` the one that stands now."""

    facility: str
    cause: Cause
    order: Named
    result: str
    before: int
    after: int
    reuse_rid: int | None = None


def raise_alert(connection: Connection, changed: Changed, now: datetime) -> str:
    """Keep it to be told; returns its id."""
    name = str(uuid.uuid4())
    row = {
        "id": name,
        "facility": changed.facility,
        "cause": changed.cause,
        "reuse_rid": changed.reuse_rid,
        "order_system": changed.order[0],
        "order_value": changed.order[1],
        "result": changed.result,
        "version_before": changed.before,
        "version_after": changed.after,
        "raised": micros(now),
    }
    connection.execute(insert(reuse_alert).values(row))
    return name


def version_of(connection: Connection, result: str) -> int | None:
    """The version of "Type/id" that stands; None where nothing does."""
    kind, _, name = result.partition("/")
    found = versions.current_of(connection, [(kind, name)]).get((kind, name))
    return found.vid if found else None


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as kept. ``exchange``: the id of the one it was told in, "" until it is. Times are aware UTC."""

    id: str
    facility: str
    cause: Cause
    order: Named
    result: str
    before: int
    after: int
    raised: datetime
    exchange: str = ""
    acknowledged: datetime | None = None
    acknowledged_by: str = ""


def listed(connection: Connection, *, facility: str = "", everything: bool = True) -> list[Alert]:
    """In the order they were raised; of one facility, or of all with ""; ``everything``: acknowledged ones too."""
    query = select(reuse_alert, exchange.c.id.label("told")).outerjoin(
        exchange, exchange.c.rid == reuse_alert.c.exchange_rid
    )
    if facility:
        query = query.where(reuse_alert.c.facility == facility)
    if not everything:
        query = query.where(reuse_alert.c.acknowledged.is_(None))
    return [_alert(row) for row in connection.execute(query.order_by(reuse_alert.c.rid)).mappings()]


def _alert(row: RowMapping) -> Alert:
    return Alert(
        id=row["id"],
        facility=row["facility"],
        cause=row["cause"],
        order=(row["order_system"], row["order_value"]),
        result=row["result"],
        before=row["version_before"],
        after=row["version_after"],
        raised=moment(row["raised"]),
        exchange=row["told"] or "",
        acknowledged=optional_moment(row["acknowledged"]),
        acknowledged_by=row["acknowledged_by"],
    )
