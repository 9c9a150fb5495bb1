"""The resources a search found, and those its matches refer to, as served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Connection, and_, bindparam, select

from gateway.search.hit import Hit
from gateway.search.query import SearchQuery
from gateway.store.index import number
from gateway.store.resources import Version
from gateway.store.tables import exchange, index_reference, resource, resource_version
from gateway.store.times import moment

T = TypeVar("T")

_AT_ONCE = 500  # rows asked for in one statement

_patient = resource.alias()
_FOUND = (
    select(
        resource.c.rid.label("resource_rid"),
        resource.c.type,
        resource.c.id,
        resource_version.c.vid,
        resource_version.c.updated,
        resource.c.sensitive,
        exchange.c.id.label("exchange_id"),
        resource_version.c.body,
        _patient.c.id.label("patient"),
    )
    .join(
        resource_version,
        and_(resource_version.c.person == resource.c.person, resource_version.c.rid == resource.c.current),
    )
    .join(exchange, exchange.c.rid == resource_version.c.exchange_rid)
    .outerjoin(_patient, _patient.c.rid == resource.c.subject)
    .where(resource.c.rid.in_(bindparam("rids", expanding=True)))
)


def hits(conn: Connection, rids: Sequence[int]) -> tuple[Hit, ...]:
    """The current versions of these rows, in this order; what is sensitive was left out by the search."""
    found: dict[int, Hit] = {}
    for some in _portions(rids):
        for *version, patient in conn.execute(_FOUND, {"rids": some}):
            version[4] = moment(version[4])
            one = Version(*version)
            about = f"Patient/{patient}" if patient else ""
            found[one.resource_rid] = Hit(one.resource_rid, one.type, one.id, about, one.content())
    return tuple(found[rid] for rid in rids if rid in found)


def included(conn: Connection, query: SearchQuery, matches: Sequence[Hit]) -> tuple[Hit, ...]:
    """What the matches refer to by the query's ``_include``s: once each, no match again, nothing sensitive."""
    present = {hit.reference for hit in matches}
    wanted: dict[str, set[str]] = defaultdict(set)
    for include in query.includes:
        for some in _portions([hit.rid for hit in matches]):
            targets = conn.scalars(
                select(index_reference.c.target).where(
                    index_reference.c.resource_rid.in_(some), index_reference.c.param == number(include.parameter)
                )
            )
            for target in targets:
                resource_type, _, logical = target.partition("/")
                if resource_type in include.targets and target not in present:
                    wanted[resource_type].add(logical)
    rids: list[int] = []
    for resource_type, ids in sorted(wanted.items()):
        for some_ids in _portions(sorted(ids)):
            named = select(resource.c.rid).where(resource.c.type == resource_type, resource.c.id.in_(some_ids))
            if not query.include_sensitive:
                named = named.where(resource.c.sensitive.is_(False))
            rids += conn.scalars(named)
    return hits(conn, rids)


def _portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
