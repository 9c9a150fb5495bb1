"""Alerts that a result was changed after it was reused: raised in the transaction that changed it, told once.

corrected   another version of what was relied on stands
withdrawn   the result was entered in error, or cancelled
identity    its patient, or the patient as the reusing facility knows them, is another person now
signer      the key that signed it was revoked
not-reuse   it was no reuse any more when its acceptance came
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from gateway.errors import Conflict, NotFound
from gateway.jsontext import loads
from gateway.store import versions
from gateway.store.reuse_tables import reuse, reuse_alert, reuse_source
from gateway.store.reuses import Named
from gateway.store.tables import exchange, resource
from gateway.store.times import micros, moment, optional_moment
from gateway.store.versions import Standing

Cause = Literal["corrected", "withdrawn", "identity", "signer", "not-reuse"]
_WITHDRAWN = frozenset({"entered-in-error", "cancelled"})


@dataclass(frozen=True, slots=True)
class Changed:
    """What an alert is about: ``before`` the version that was relied on, ``after`` the one that stands now.

    ``reuse_rid``: None where the acceptance was refused, and nothing recorded.
    """

    facility: str
    cause: Cause
    order: Named
    result: str
    before: int
    after: int
    reuse_rid: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A Patient's row, the person it was and the key it has now (as in ``gateway.store.tables``)."""

    patient: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as kept. ``provenance``: the id of the reuse's, "" where none was recorded. ``exchange``: the id of the
    one it was told in, "" until it is. Times are aware UTC."""

    id: str
    facility: str
    cause: Cause
    order: Named
    result: str
    before: int
    after: int
    raised: datetime
    provenance: str = ""
    exchange: str = ""
    acknowledged: datetime | None = None
    acknowledged_by: str = ""


# ---- raise ----------------------------------------------------------------------------

_REUSE = (
    reuse.c.rid,
    reuse.c.facility,
    reuse.c.order_system,
    reuse.c.order_value,
    reuse.c.result,
    reuse.c.result_version,
)


def raise_corrected(connection: Connection, resource_rids: Sequence[int], now: datetime) -> None:
    """Of every reuse that relied on one of these, which stand in another version now: one alert each."""
    query = select(*_REUSE).join(reuse_source, reuse_source.c.reuse_rid == reuse.c.rid)
    query = query.where(reuse_source.c.resource_rid.in_(resource_rids)).distinct().order_by(reuse.c.rid)
    for row in connection.execute(query).all():
        found = _standing(connection, row.result)
        withdrawn = found is not None and loads(found.body).get("status") in _WITHDRAWN
        _raise_on(connection, row, "withdrawn" if withdrawn else "corrected", found, now)


def raise_moved(connection: Connection, moved: Sequence[Moved], lost: Collection[int], now: datetime) -> None:
    """Of every reuse of a result whose Patient is another person now, of a person whom a Patient of the reusing
    facility was, and of a person who holds a number no more (``lost``): one alert each."""
    told: set[int] = set()
    for person in sorted({*lost, *(one.before for one in moved)}):
        for row in connection.execute(select(*_REUSE).where(reuse.c.person == person).order_by(reuse.c.rid)).all():
            leaving = {one.patient: one for one in moved if one.before == person}
            (about,) = connection.execute(_SUBJECT, {"reuse": row.rid}).scalars().all()[:1] or (None,)
            if about in leaving:
                connection.execute(update(reuse).where(reuse.c.rid == row.rid).values(person=leaving[about].after))
            elif person not in lost and row.facility not in _facilities(connection, leaving):
                continue
            if row.rid not in told:
                told.add(row.rid)
                _raise_on(connection, row, "identity", _standing(connection, row.result), now)


_SUBJECT = (  # the Patient's row of what was relied on
    select(resource.c.subject)
    .join(reuse_source, reuse_source.c.resource_rid == resource.c.rid)
    .where(reuse_source.c.reuse_rid == bindparam("reuse"))
    .order_by(resource.c.rid)
)


def _facilities(connection: Connection, patients: Collection[int]) -> set[str]:
    query = select(resource.c.facility).where(resource.c.rid.in_(patients))
    return set(connection.execute(query).scalars())


def raise_revoked(connection: Connection, kids: Iterable[str], now: datetime) -> None:
    """Of every reuse of a result that one of these keys signed: one alert each, whenever the revocation is heard."""
    known = select(reuse_alert.c.reuse_rid).where(reuse_alert.c.cause == "signer", reuse_alert.c.reuse_rid.is_not(None))
    for kid in sorted({*kids} - {""}):
        query = select(*_REUSE).where(reuse.c.kid == kid, reuse.c.rid.not_in(known)).order_by(reuse.c.rid)
        for row in connection.execute(query).all():
            _raise_on(connection, row, "signer", _standing(connection, row.result), now)


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
    found = _standing(connection, result)
    return found.vid if found else None


def _raise_on(connection: Connection, row: Any, cause: Cause, found: Standing | None, now: datetime) -> None:
    after = found.vid if found else row.result_version
    order = (row.order_system, row.order_value)
    changed = Changed(row.facility, cause, order, row.result, row.result_version, after, row.rid)
    raise_alert(connection, changed, now)


def _standing(connection: Connection, result: str) -> Standing | None:
    kind, _, name = result.partition("/")
    return versions.current_of(connection, [(kind, name)]).get((kind, name))


# ---- tell -----------------------------------------------------------------------------


def untold(connection: Connection, limit: int, *, skip: int = 0) -> list[Alert]:
    """The oldest of those whose Communication is not signed yet, but for the first ``skip``."""
    return _select(connection, reuse_alert.c.exchange_rid.is_(None), limit=limit, skip=skip)


def told(connection: Connection, alert_id: str, exchange_rid: int) -> bool:
    """Its Communication travels in this exchange; False when another was first."""
    mine = update(reuse_alert).where(reuse_alert.c.id == alert_id, reuse_alert.c.exchange_rid.is_(None))
    return connection.execute(mine.values(exchange_rid=exchange_rid)).rowcount == 1


# ---- acknowledge ----------------------------------------------------------------------


def acknowledge(connection: Connection, alert_id: str, by: str, now: datetime) -> Alert:
    """Somebody has read it and sees to it. NotFound, or Conflict when somebody did before."""
    (found,) = _select(connection, reuse_alert.c.id == alert_id) or (None,)
    if found is None:
        raise NotFound("reuse-alert-unknown")
    if found.acknowledged is not None:
        raise Conflict("reuse-alert-acknowledged")
    values = {"acknowledged": micros(now), "acknowledged_by": by}
    connection.execute(update(reuse_alert).where(reuse_alert.c.id == alert_id).values(values))
    return _select(connection, reuse_alert.c.id == alert_id)[0]


# ---- read -----------------------------------------------------------------------------


def get(connection: Connection, alert_id: str) -> Alert | None:
    found = _select(connection, reuse_alert.c.id == alert_id)
    return found[0] if found else None


def listed(connection: Connection, *, facility: str = "", everything: bool = True) -> list[Alert]:
    """In the order they were raised; of one facility, or of all with ""; ``everything``: acknowledged ones too."""
    conditions = [reuse_alert.c.facility == facility] if facility else []
    return _select(connection, *conditions, *([] if everything else [reuse_alert.c.acknowledged.is_(None)]))


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """How many nobody has acknowledged, and since when the oldest of them waits."""
    query = select(func.count(), func.min(reuse_alert.c.raised)).where(reuse_alert.c.acknowledged.is_(None))
    number, oldest = connection.execute(query).one()
    return int(number), optional_moment(oldest)


def _select(connection: Connection, *conditions: Any, limit: int | None = None, skip: int = 0) -> list[Alert]:
    query = (
        select(reuse_alert, exchange.c.id.label("told"), reuse.c.id.label("provenance"))
        .outerjoin(exchange, exchange.c.rid == reuse_alert.c.exchange_rid)
        .outerjoin(reuse, reuse.c.rid == reuse_alert.c.reuse_rid)
    )
    query = query.where(*conditions).order_by(reuse_alert.c.rid).limit(limit).offset(skip)
    return [_alert(row) for row in connection.execute(query).mappings()]


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
        provenance=row["provenance"] or "",
        exchange=row["told"] or "",
        acknowledged=optional_moment(row["acknowledged"]),
        acknowledged_by=row["acknowledged_by"],
    )
