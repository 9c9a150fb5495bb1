"""Statements of the hot path: compiled once for each database, run on the driver's own cursor.

An exchange takes some thirty statements. SQLAlchemy's way through each (cache key, context,
result) costs twenty to two hundred microseconds, many times what the database itself needs.
So these are written with Core over ``gateway.store.tables``, compiled when first used, and run
directly; what the driver raises still arrives as SQLAlchemy's error, for ``faults`` to translate.
Values are given and got as the driver has them: a truth value of SQLite is 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable, Table, exc, func, select
from sqlalchemy.dialects import registry

Row = tuple[Any, ...]
_Values = Callable[[dict[str, Any]], Row]

_DIALECTS = {
    "sqlite": registry.load("sqlite.pysqlite")(paramstyle="qmark"),
    "postgresql": registry.load("postgresql.psycopg")(paramstyle="format"),
}


class Prepared:
    """One statement. Its parameters are its ``bindparam`` names, given by keyword each time it runs.

    ``sets``: the columns an INSERT or UPDATE gives a value, then parameters of their own names.
    """

    def __init__(self, statement: Executable, sets: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._sets = sets
        self._forms: dict[str, tuple[str, _Values, dict[str, Any]]] = {}

    def all(self, connection: Connection, **values: Any) -> list[Row]:
        """Every row of the answer."""
        with raised_as_ours(connection):
            found: list[Row] = self._run(connection, values).fetchall()
            return found

    def first(self, connection: Connection, **values: Any) -> Row | None:
        """The first row of the answer; None when there is none."""
        with raised_as_ours(connection):
            found: Row | None = self._run(connection, values).fetchone()
            return found

    def value(self, connection: Connection, **values: Any) -> Any:
        """The first column of the first row; None when there is no row."""
        found = self.first(connection, **values)
        return None if found is None else found[0]

    def run(self, connection: Connection, **values: Any) -> int:
        """How many rows it changed."""
        with raised_as_ours(connection):
            return int(self._run(connection, values).rowcount)

    def each(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> list[Row]:
        """The answers to each of ``rows``, one after another: on PostgreSQL in one journey there and back."""
        if not rows:
            return []
        sql, ordered, fixed = self._form(connection)
        asked = [ordered(fixed | row) for row in rows]
        found: list[Row] = []
        with raised_as_ours(connection):
            if connection.dialect.name == "sqlite":
                for one in asked:
                    found += driver(connection).execute(sql, one).fetchall()
                return found
            cursor = driver(connection).cursor()
            cursor.executemany(sql, asked, returning=True)
            while True:
                found += cursor.fetchall()
                if not cursor.nextset():
                    return found

    def many(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Run it once for each of ``rows``, which answer nothing."""
        if not rows:
            return
        sql, ordered, fixed = self._form(connection)
        with raised_as_ours(connection):
            driver(connection).cursor().executemany(sql, [ordered(fixed | row) for row in rows])

    def _run(self, connection: Connection, values: dict[str, Any]) -> Any:
        sql, ordered, fixed = self._form(connection)
        return driver(connection).execute(sql, ordered(fixed | values if fixed else values))

    def _form(self, connection: Connection) -> tuple[str, _Values, dict[str, Any]]:
        name = connection.dialect.name
        if name not in self._forms:
            compiled: Any = self._statement.compile(dialect=_DIALECTS[name], column_keys=self._sets)  # type: ignore[attr-defined]  # every Executable that is a clause has it
            names = list(compiled.positiontup or ())
            given = {*(self._sets or ()), *(key for key, value in compiled.params.items() if value is None)}
            fixed = {key: value for key, value in compiled.params.items() if key not in given}
            self._forms[name] = (compiled.string, _in_order(names), fixed)
        return self._forms[name]


def _in_order(names: Sequence[str]) -> _Values:
    """Named values in the order of a statement's marks."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        only = names[0]
        return lambda values: (values[only],)
    return itemgetter(*names)


# ---- many rows at once ----------------------------------------------------------------

_inserts: dict[tuple[str, str], str] = {}
_COPY_FROM = 8  # rows: below it one INSERT each is cheaper than a COPY


def add_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert ``rows``, each with a value for every column of ``table`` in its order; COPY on PostgreSQL."""
    made = list(rows)
    if not made:
        return
    with raised_as_ours(connection):
        cursor = driver(connection).cursor()
        if connection.dialect.name == "postgresql" and len(made) >= _COPY_FROM:
            with cursor.copy(f"COPY {table.name} ({', '.join(table.c.keys())}) FROM STDIN") as copy:
                for row in made:
                    copy.write_row(row)
        else:
            cursor.executemany(_insert(connection, table), made)


def _insert(connection: Connection, table: Table) -> str:
    key = (connection.dialect.name, table.name)
    if key not in _inserts:
        mark = "?" if key[0] == "sqlite" else "%s"
        marks = ", ".join(mark for _ in table.c)
        _inserts[key] = f"INSERT INTO {table.name} ({', '.join(table.c.keys())}) VALUES ({marks})"  # noqa: S608  # our own names
    return _inserts[key]


_newest: dict[str, Prepared] = {}


def reserve(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Row ids for ``count`` new rows of ``table``, growing; nobody else gets them.

    On SQLite whoever writes is alone until the commit; on PostgreSQL they come from the
    table's sequence, and those of a work that failed are never used.
    """
    if count == 0:
        return ()
    if connection.dialect.name == "sqlite":
        if table.name not in _newest:
            _newest[table.name] = Prepared(select(func.max(table.c.rid)))
        last = _newest[table.name].value(connection) or 0
        return range(last + 1, last + 1 + count)
    with raised_as_ours(connection):
        drawn = driver(connection).execute(
            f"SELECT nextval('{table.name}_rid_seq') FROM generate_series(1, %s)",  # noqa: S608  # our own name
            (count,),
        )
        return [rid for (rid,) in drawn.fetchall()]


def row_of(table: Table) -> Callable[..., Row]:
    """Makes rows of ``table`` from values by name; NULL for one that is not named."""
    names = tuple(table.c.keys())

    def made(**values: Any) -> Row:
        return tuple(map(values.get, names))

    return made


# ---- the driver -----------------------------------------------------------------------


def driver(connection: Connection) -> Any:
    """The driver's connection, in the transaction SQLAlchemy's is in."""
    return connection.connection.driver_connection


@contextmanager
def raised_as_ours(connection: Connection) -> Iterator[None]:
    """A driver's error leaves as the SQLAlchemy error it would have been."""
    dialect = connection.dialect
    try:
        yield
    except dialect.loaded_dbapi.Error as raised:
        told = exc.DBAPIError.instance(None, None, raised, dialect.loaded_dbapi.Error, True, dialect=dialect)
        raise told from None
