"""A search, page by page, on SQLite and PostgreSQL alike: https://hl7.org/fhir/R4/search.html

Only current versions are found, and nothing sensitive unless the query says so. Pages follow
each other by the last match's sort keys and row (no offset), and none looks past the rows that
existed when the first page was made: what arrives meanwhile shifts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, func, literal, or_, select

from gateway.search import cursor as cursors
from gateway.search.cursor import Cursor
from gateway.search.dates import BEGINNING, END
from gateway.search.found import Page
from gateway.search.query import SearchQuery, Sort
from gateway.store import results
from gateway.store.criteria import conditions
from gateway.store.hits import hits, included
from gateway.store.index import PARAMS, RESULT_TYPES, number
from gateway.store.results import COUNTED
from gateway.store.tables import index_date, resource, resource_version
from gateway.store.times import micros

DEFAULT_COUNT = 50  # matches on a page when the query does not say
MAX_COUNT = 500  # matches on a page at most


def search(conn: Connection, query: SearchQuery, *, now: datetime, limit: int = MAX_COUNT) -> Page:
    """One page of what matches. ``now`` (aware) is what ``ap`` dates are near to; ``limit`` caps the page.

    SearchRefused (400) when the cursor is not one of this search's.
    """
    cursor = cursors.read(query)
    size = min(DEFAULT_COUNT if query.count is None else query.count, limit)
    page = results.newest(conn, query, cursor, size)
    if page is not None:
        return replace(page, includes=included(conn, query, page.matches))
    newest = cursor.newest if cursor else conn.execute(select(func.max(resource.c.rid))).scalar() or 0
    where = [*conditions(conn, query, micros(now)), resource.c.rid <= newest]
    if size == 0:
        total = None if query.total == "none" else _counted(conn, _matches(query, where))
        return Page(query, (), (), total, None, 0)
    rows = conn.execute(_page(_matches(query, where, query.sort), query.sort, cursor).limit(size + 1)).all()
    following = None
    if len(rows) > size:
        last = rows[size - 1]
        following = cursors.write(Cursor(tuple(last[1:]), last[0], newest), query)
    found = hits(conn, [row[0] for row in rows[:size]])
    whole = cursor is None and following is None
    total = None if query.total == "none" else len(rows) if whole else _total(conn, query, _matches(query, where))
    return Page(query, found, included(conn, query, found), total, following, size)


def _matches(query: SearchQuery, where: Sequence[ColumnElement[bool]], sort: Sequence[Sort] = ()) -> Select[Any]:
    """The row and the sort keys of every match, in no order."""
    keys = [_key(item).label(f"key{place}") for place, item in enumerate(sort)]
    matches = select(resource.c.rid.label("rid"), *keys).where(*where)
    asked = [criterion.parameter for criterion in query.criteria] + [item.parameter for item in sort]
    if any(parameter.name == "_lastUpdated" for parameter in asked):
        return matches.join_from(resource, resource_version, resource_version.c.rid == resource.c.current)
    return matches.select_from(resource)


def _key(sort: Sort) -> ColumnElement[Any]:
    """What is sorted by; a resource without the date comes last either way."""
    parameter = sort.parameter
    if parameter.name == "_id":
        return resource.c.id
    if parameter.name == "_lastUpdated":
        return resource_version.c.updated
    params = [number(parameter)]
    if parameter.name == "date" and parameter.type in RESULT_TYPES:
        params.append(PARAMS[parameter.type]["date-or-issued"])
    outer = func.max if sort.descending else func.min
    dates = (
        select(outer(index_date.c.low))
        .where(index_date.c.resource_rid == resource.c.rid, index_date.c.param.in_(params))
        .scalar_subquery()
    )
    return func.coalesce(dates, literal(BEGINNING if sort.descending else END, BigInteger))


def _page(matches: Select[Any], sort: Sequence[Sort], cursor: Cursor | None) -> Select[Any]:
    """The matches in order, from the cursor on; rows of equal keys follow by their number."""
    listed = matches.subquery()
    columns = [listed.c[f"key{place}"] for place in range(len(sort))]
    order = [column.desc() if item.descending else column.asc() for column, item in zip(columns, sort, strict=True)]
    page = select(listed).order_by(*order, listed.c.rid)
    if cursor is None:
        return page
    after: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for column, item, value in zip(columns, sort, cursor.keys, strict=True):
        after.append(and_(*equal, column < value if item.descending else column > value))
        equal.append(column == value)
    after.append(and_(*equal, listed.c.rid > cursor.rid))
    return page.where(or_(*after))


def _total(conn: Connection, query: SearchQuery, matches: Select[Any]) -> int | None:
    if query.total:
        return _counted(conn, matches)
    counted = _counted(conn, matches.limit(COUNTED + 1))
    return counted if counted <= COUNTED else None


def _counted(conn: Connection, matches: Select[Any]) -> int:
    return int(conn.execute(select(func.count()).select_from(matches.subquery())).scalar_one())
