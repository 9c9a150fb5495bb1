"""Review tasks: what only a person can decide, such as whether two patients are one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, insert, or_, select, update

from gateway.errors import Conflict, NotFound
from gateway.jsontext import loads
from gateway.store import records
from gateway.store.tables import review_task
from gateway.store.times import micros, moment, optional_moment


@dataclass(frozen=True, slots=True)
class ReviewTask:
    """A task as stored. ``status`` is a word of FHIR Task.status. ``rule``: why it was made.

    ``detail``: resource ids and rules, never a patient's value. Times are aware UTC.
    """

    id: str
    kind: str
    status: Literal["requested", "completed"]
    rule: str
    detail: dict[str, Any]
    created: datetime
    decided: datetime | None = None
    decided_by: str = ""
    decided_reason: str = ""


def add_review(connection: Connection, *, kind: str, rule: str, detail: Mapping[str, Any], now: datetime) -> str:
    """Ask for a decision; returns the task's id. The same question still open is not asked twice."""
    text = records.text(detail)
    table = review_task
    same = select(table.c.id).where(
        table.c.kind == kind, table.c.rule == rule, table.c.detail == text, table.c.status == "requested"
    )
    asked: str | None = connection.execute(same).scalar()
    if asked is not None:
        return asked
    made = str(uuid.uuid4())
    row = {"id": made, "kind": kind, "status": "requested", "rule": rule, "detail": text, "created": micros(now)}
    connection.execute(insert(table).values(row))
    return made


def list_reviews(connection: Connection, status: str = "") -> list[ReviewTask]:
    """In the order they were made."""
    query = select(review_task).order_by(review_task.c.rid)
    if status:
        query = query.where(review_task.c.status == status)
    return _tasks(connection, query)


def _tasks(connection: Connection, query: Select[Any]) -> list[ReviewTask]:
    found = []
    for row in connection.execute(query).mappings():
        fields = {name: row[name] for name in row if name != "rid"}
        times = {"created": moment(row["created"]), "decided": optional_moment(row["decided"])}
        found.append(ReviewTask(**(fields | times | {"detail": loads(row["detail"])})))
    return found


def about(connection: Connection, kind: str, names: Iterable[str]) -> list[ReviewTask]:
    """Tasks of a kind, decided ones too, whose detail names one of ``names``."""
    named = or_(*(review_task.c.detail.contains(f'"{name}"', autoescape=True) for name in names))
    query = select(review_task).where(review_task.c.kind == kind, named).order_by(review_task.c.rid)
    return _tasks(connection, query)


def decide_review(connection: Connection, task_id: str, *, who: str, why: str, now: datetime) -> None:
    """A person decided. NotFound, or Conflict when it was decided before."""
    table = review_task
    decided = update(table).where(table.c.id == task_id, table.c.status == "requested")
    values = {"status": "completed", "decided": micros(now), "decided_by": who, "decided_reason": why}
    if connection.execute(decided.values(values)).rowcount == 0:
        if connection.execute(select(table.c.id).where(table.c.id == task_id)).first() is None:
            raise NotFound("review-unknown")
        raise Conflict("review-decided")
