"""Everything a person was tested for: code, time and row of each result, without a body."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, bindparam, exists, select

from gateway.store.prepared import Prepared
from gateway.store.tables import index_result, resource

# (system, code, minus the time in microseconds since 1970-01-01 UTC, person, row)
EveryResult = tuple[str, str, int, int, int]

_EVERY = Prepared(
    select(
        index_result.c.system,
        index_result.c.code,
        index_result.c.time,
        index_result.c.person,
        index_result.c.resource_rid,
    )
    .join_from(
        index_result,
        resource,
        and_(resource.c.person == index_result.c.person, resource.c.rid == index_result.c.resource_rid),
    )
    .where(
        index_result.c.person == bindparam("whose"),
        index_result.c.type == bindparam("kind"),
        resource.c.sensitive.is_(False),
    )
)


_UNCODED = Prepared(
    select(resource.c.person, resource.c.rid).where(
        resource.c.person == bindparam("whose"),
        resource.c.type == bindparam("kind"),
        resource.c.sensitive.is_(False),
        ~exists().where(index_result.c.person == resource.c.person, index_result.c.resource_rid == resource.c.rid),
    )
)


def uncoded(connection: Connection, people: Iterable[int], kind: str) -> int:
    """How many results no code finds: named in words alone."""
    return len(_UNCODED.each(connection, [{"whose": person, "kind": kind} for person in sorted(set(people))]))


def every_result(connection: Connection, people: Iterable[int], kind: str) -> list[EveryResult]:
    """Each result once for each code it bears, in no order. ``kind``: ``Observation`` or ``DiagnosticReport``."""
    asked = [{"whose": person, "kind": kind} for person in sorted(set(people))]
    return [(system, code, -time, person, rid) for system, code, time, person, rid in _EVERY.each(connection, asked)]
