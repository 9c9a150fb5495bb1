"""A view in a hospital's own database, read and nothing else: what changed since a mark, and whole reports.

Every read is one transaction that may not write, with an end to each statement and each wait for a
lock. A driver's text, which may quote a row, goes no further than here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, column, exc, or_, select, table, text

from gateway.errors import SourceUnavailable
from gateway.store.faults import driver_code
from gateway.store.source_engines import begun, engine_of

Row = tuple[Any, ...]

# SQLSTATEs of PostgreSQL, names of SQLite, numbers of MySQL and MariaDB, SQL Server, Oracle → rule.
_RULES = {
    "57014": "source-slow", "55P03": "source-slow", "SQLITE_BUSY": "source-slow", "SQLITE_LOCKED": "source-slow",
    "SQLITE_INTERRUPT": "source-slow", "1205": "source-slow", "1969": "source-slow", "3024": "source-slow",
    "1222": "source-slow", "HYT00": "source-slow", "DPY-4024": "source-slow",
    "42501": "source-rights", "28P01": "source-rights", "28000": "source-rights", "1045": "source-rights",
    "1142": "source-rights", "1044": "source-rights", "SQLITE_AUTH": "source-rights",
    "42883": "source-mark-kind-there",
    "42P01": "source-no-view", "1146": "source-no-view", "3F000": "source-no-view", "42S02": "source-no-view",
    "ORA-00942": "source-no-view",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """What is read. ``columns``: of a payload, in its order. ``mark``: a column that grows with every change of a row.

    ``key``: columns that name one row. ``report``: columns that name one report, of one row or many.
    """

    name: str
    columns: tuple[str, ...]
    mark: str
    key: tuple[str, ...]
    report: tuple[str, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.columns, self.mark, *self.key, *self.report)))


@dataclass(frozen=True, slots=True)
class Changed:
    """One row that is new or changed."""

    mark: Any
    key: Row
    report: Row

    @property
    def of(self) -> tuple[str, Row]:
        """The report it belongs to; a row without one (NULL, or nothing but empty texts) is a report alone."""
        nameless = None in self.report or all(value == "" for value in self.report)
        return ("key", self.key) if nameless else ("report", self.report)


class Source:
    """One view. ``seconds``: how long a statement, or a wait for a lock, may take."""

    def __init__(self, url: str, view: View, *, seconds: int) -> None:
        """SettingsError where the URL is none, or its driver is not installed."""
        self._engine: Engine = engine_of(url, seconds)
        self._view = view
        self._seconds = seconds

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """One transaction, in which the view has all its columns; SourceUnavailable says what is not so."""
        try:
            with self._engine.connect() as connection, connection.begin():
                begun(connection, self._seconds)
                made = Reading(connection, self._view)
                made.refuse_missing()
                yield made
        except exc.SQLAlchemyError as raised:
            raise _translated(raised, self._view.name) from None

    def close(self) -> None:
        self._engine.dispose()


class Reading:
    """What is asked within one transaction."""

    def __init__(self, connection: Connection, view: View) -> None:
        self._connection = connection
        self._view = view
        schema, _, name = view.name.rpartition(".")
        self._table = table(name, *map(column, view.needed), schema=schema or None)

    def refuse_missing(self) -> None:
        """Asked of the view itself: SQLite takes the name of a missing column for a text."""
        found = list(self._connection.execute(select(text("*")).select_from(self._table).where(text("1 = 0"))).keys())
        missing = [name for name in self._view.needed if name not in found]
        if missing:
            spare = [name for name in found if name not in self._view.needed]
            near = difflib.get_close_matches(missing[0].lower(), [name.lower() for name in spare], n=1, cutoff=0.5)
            meant = next((name for name in spare if near and name.lower() == near[0]), "")
            rule = "source-column-renamed" if meant else "source-column-missing"
            raise SourceUnavailable(rule, column=missing[0], near=meant, found=", ".join(spare[:20]) or "-")

    def changed(self, low: Any, after: Changed | None, limit: int) -> list[Changed]:
        """Rows whose mark is ``low`` or more, in order of mark and key, those behind ``after``."""
        mark, keys = self._table.c[self._view.mark], [self._table.c[name] for name in self._view.key]
        asked = select(mark, *keys, *(self._table.c[name] for name in self._view.report)).where(
            mark >= self._bound(low)
        )
        if after is not None:
            asked = asked.where(_behind([mark, *keys], (after.mark, *after.key)))
        width = 1 + len(keys)
        rows = self._connection.execute(asked.order_by(mark, *keys).limit(limit)).all()
        return [Changed(row[0], tuple(row[1:width]), tuple(row[width:])) for row in rows]

    def report(self, of: tuple[str, Row], limit: int) -> list[Row]:
        """All rows of a report, in order of their keys; one more than ``limit`` where there are more."""
        names = self._view.report if of[0] == "report" else self._view.key
        where = [self._table.c[name] == value for name, value in zip(names, of[1], strict=True)]
        asked = select(*(self._table.c[name] for name in self._view.columns)).where(and_(*where))
        ordered = asked.order_by(*(self._table.c[name] for name in self._view.key)).limit(limit + 1)
        return [tuple(row) for row in self._connection.execute(ordered)]

    def without(self, names: Sequence[str], low: Any = None) -> bool:
        """True when a row has NULL in one of these columns, or nothing but empty texts in them, among those of mark
        ``low`` or more if it is given."""
        columns = [self._table.c[name] for name in names]
        one = self._connection.execute(select(*columns).limit(1)).first()
        empty = []
        if one is not None and all(isinstance(value, str) for value in one):  # only a text may be compared with one
            empty = [and_(*(named == "" for named in columns))]
        asked = select(text("1")).select_from(self._table).where(or_(*(named.is_(None) for named in columns), *empty))
        if low is not None:
            asked = asked.where(self._table.c[self._view.mark] >= self._bound(low))
        return self._connection.execute(asked.limit(1)).first() is not None

    def _bound(self, mark: Any) -> Any:
        """SQLite has no times, only texts of them."""
        if self._connection.dialect.name != "sqlite" or not isinstance(mark, date):
            return mark
        return mark.isoformat(" ") if isinstance(mark, datetime) else mark.isoformat()


def _behind(columns: Sequence[ColumnElement[Any]], values: Sequence[Any]) -> ColumnElement[bool]:
    """(a, b) > (x, y), for databases without row comparison too."""
    first, *rest = columns
    beyond = first > values[0]
    return or_(beyond, and_(first == values[0], _behind(rest, values[1:]))) if rest else beyond


def _translated(raised: exc.SQLAlchemyError, view: str) -> SourceUnavailable:
    if not isinstance(raised, exc.DBAPIError):
        return SourceUnavailable("source-failed", error=type(raised).__name__, code="-")
    code = _code(raised)
    for known, rule in _RULES.items():
        if code.startswith(known):
            return SourceUnavailable(rule, view=view)
    if "no such table" in str(raised.orig):  # SQLite has no code of its own for it
        return SourceUnavailable("source-no-view", view=view)
    away = (
        raised.connection_invalidated or code[:2] in ("08", "57") or code in ("SQLITE_CANTOPEN", "2003", "2013", "2006")
    )
    if away or (not code and isinstance(raised, exc.OperationalError)):
        return SourceUnavailable("source-away")
    return SourceUnavailable("source-failed", error=type(raised.orig).__name__, code=code or "-")


def _code(raised: exc.DBAPIError) -> str:
    """The database's own code of a fault, never its text."""
    first = raised.orig.args[0] if raised.orig is not None and raised.orig.args else ""
    if isinstance(first, int):  # PyMySQL: its number says more than the SQLSTATE beside it
        return str(first)
    if found := driver_code(raised):
        return found
    full = getattr(first, "full_code", "")  # python-oracledb
    return str(full or (first if isinstance(first, str) and len(first) == 5 and first.isalnum() else ""))  # pyodbc
