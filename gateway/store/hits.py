"""The resources a search found, and those its matches refer to, as served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, and_, select

from gateway.bundle import Resource
from gateway.jsontext import loads
from gateway.search.found import Hit
from gateway.search.query import SearchQuery
from gateway.store.index import number
from gateway.store.tables import index_reference, resource, resource_version
from gateway.store.times import instant

T = TypeVar("T")

_AT_ONCE = 500  # rows asked for in one statement


def hits(conn: Connection, rids: Sequence[int]) -> tuple[Hit, ...]:
    """The current versions of these rows, in this order."""
    found = {hit.rid: hit for some in _portions(rids) for hit in _current(conn, resource.c.rid.in_(some))}
    return tuple(found[rid] for rid in rids)


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
    found: list[Hit] = []
    for resource_type, ids in sorted(wanted.items()):
        for some_ids in _portions(sorted(ids)):
            named = and_(resource.c.type == resource_type, resource.c.id.in_(some_ids))
            found += [hit for hit in _current(conn, named) if query.include_sensitive or not hit.sensitive]
    return tuple(found)


def _current(conn: Connection, condition: ColumnElement[bool]) -> Iterator[Hit]:
    rows = conn.execute(
        select(resource.c.rid, resource.c.facility, resource.c.sensitive, resource_version)
        .join(resource_version, resource_version.c.rid == resource.c.current)
        .where(condition)
        .order_by(resource.c.rid)
    )
    for rid, facility, sensitive, version_rid, _, vid, _, updated, exchange_rid, body in rows:
        yield Hit(rid, version_rid, exchange_rid, facility, sensitive, _with_meta(loads(body), vid, updated))


def _with_meta(served: Resource, vid: int, updated: int) -> Resource:
    served["meta"] = {"versionId": str(vid), "lastUpdated": instant(updated), **served.get("meta", {})}
    return served


def _portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
