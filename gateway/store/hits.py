"""The resources a search found, and those its matches refer to, as served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Connection, select

from gateway.search.found import Hit
from gateway.search.query import SearchQuery
from gateway.store import resources
from gateway.store.index import number
from gateway.store.tables import index_reference, resource

T = TypeVar("T")

_AT_ONCE = 500  # rows asked for in one statement


def hits(conn: Connection, rids: Sequence[int]) -> tuple[Hit, ...]:
    """The current versions of these rows, in this order."""
    found = resources.current_many(conn, rids, sensitive=True)  # what is sensitive was left out by the search
    return tuple(Hit(version.resource_rid, version.resource()) for version in found)


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
