"""Make index rows anew where they do not say what the current version says, beside a gateway that serves.

Needed once after a new version finds resources by more than before; `db check` names those it would change. Each step
compares in one short snapshot; only what differs is looked at again and written, in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from gateway.jsontext import loads
from gateway.store import index
from gateway.store.contract import Store
from gateway.store.tables import resource, resource_version

STEP = 500  # resources compared in one snapshot


@dataclass(frozen=True, slots=True)
class Differing:
    """A resource whose index rows are not those its current version makes."""

    rid: int
    name: str  # Type/id


@dataclass(frozen=True, slots=True)
class Reindexed:
    """One step: resource row ``done`` of ``total``, and what differed in it."""

    done: int
    total: int
    differed: tuple[Differing, ...]


def reindex(store: Store, *, dry_run: bool = False) -> Iterator[Reindexed]:
    """All resources that were there when it began; begun again after it was stopped, it finds less to do."""
    with store.read() as connection:
        total = int(connection.execute(select(func.max(resource.c.rid))).scalar() or 0)
    for after in range(0, total, STEP):
        end = min(after + STEP, total)
        with store.read() as connection:
            found = tuple(differing(connection, after, end))
        if found and not dry_run:
            rids = [one.rid for one in found]
            store.write(lambda connection, rids=rids: _mend(connection, rids))  # type: ignore[misc]
        yield Reindexed(end, total, found)


def differing(connection: Connection, after: int, end: int, every: int = 1) -> Iterator[Differing]:
    """Of one resource in ``every``, from behind row ``after`` up to ``end``."""
    patient = resource.alias()
    query = (
        select(resource.c.rid, resource.c.type, resource.c.id, resource.c.subject)
        .add_columns(resource_version.c.body, patient.c.person)
        .join(resource_version, resource_version.c.rid == resource.c.current)
        .outerjoin(patient, patient.c.rid == resource.c.subject)
        .where(resource.c.rid > after, resource.c.rid <= end, resource.c.rid % every == 0)
        .order_by(resource.c.rid)
    )
    for row in connection.execute(query).all():
        entry = index.Indexed(row.rid, index.rows(loads(row.body)), row.subject, person=row.person)
        made, stored = index.rows_of(connection, entry), index.stands(connection, row.rid)
        if list(map(set, made)) != list(map(set, stored)):
            yield Differing(row.rid, f"{row.type}/{row.id}")


def _mend(connection: Connection, rids: Sequence[int]) -> None:
    """Of what is current now, which may be another version than was compared."""
    query = (
        select(resource.c.rid, resource.c.subject, resource_version.c.body)
        .join(resource_version, resource_version.c.rid == resource.c.current)
        .where(resource.c.rid.in_(rids))
    )
    found = connection.execute(query).all()
    index.index_all(connection, [index.Indexed(one.rid, index.rows(loads(one.body)), one.subject) for one in found])
