"""Statements of the hot path: compiled once for each database, run on the driver's own cursor.

An exchange takes some thirty statements. SQLAlchemy's way through each (cache key, context,
result) costs twenty to two hundred microseconds, many times what the database itself needs.
So these are written with Core over ``gateway.store.tables``, compiled when first used, and run
directly; what the driver raises still arrives as SQLAlchemy's error, for ``faults`` to translate.
On PostgreSQL what answers nothing waits for the next question (``gateway.store.turns``).
Values are given and got as the driver has them: a truth value of SQLite is 0 or 1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable, Table, exc, func, select
from sqlalchemy.dialects import registry

from gateway.store import arrays, listed, turns

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
        self._each: dict[frozenset[str], tuple[str, list[str], dict[str, Any]]] = {}
        self._joined: listed.Joined | None = None

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

    def put(self, connection: Connection, **values: Any) -> None:
        """Run it; it answers nothing. What it raises may come later, but before the work is done."""
        sql, ordered, fixed = self._form(connection)
        say(connection, sql, [ordered(fixed | values)])

    def many(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """As :meth:`put`, once for each of ``rows``."""
        if rows:
            sql, ordered, fixed = self._form(connection)
            say(connection, sql, [ordered(fixed | row) for row in rows])

    def each(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> list[Row]:
        """The answers to each of ``rows``, in their order, by one statement: a SELECT without LIMIT and ORDER BY."""
        if not rows:
            return []
        found: list[Row] = []
        with raised_as_ours(connection):
            if connection.dialect.name == "sqlite":
                if self._joined is None:
                    self._joined = listed.Joined(self._statement, tuple(rows[0]), _DIALECTS["sqlite"])
                for sql, values in self._joined.parts(rows):
                    found += driver(connection).execute(sql, values).fetchall()
                return found
            sql, names, fixed = self._each_form(frozenset(rows[0]))
            asked = [fixed[name] if name in fixed else arrays.written([row[name] for row in rows]) for name in names]
            found += ask(connection, sql, asked).fetchall()
            return found

    def _run(self, connection: Connection, values: dict[str, Any]) -> Any:
        sql, ordered, fixed = self._form(connection)
        return ask(connection, sql, ordered(fixed | values if fixed else values))

    def _each_form(self, given: frozenset[str]) -> tuple[str, list[str], dict[str, Any]]:
        if given not in self._each:
            dialect = _DIALECTS["postgresql"]
            compiled: Any = self._statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # as in _form
            names = list(compiled.positiontup)
            types = [compiled.binds[name].type.compile(dialect) for name in names]
            fixed = {name: compiled.params[name] for name in names if name not in given}
            self._each[given] = (*arrays.each_sql(compiled.string, names, types, given), fixed)
        return self._each[given]

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

_inserts: dict[str, str] = {}  # of PostgreSQL, by table


def add_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert ``rows``, each with a value for every column of ``table`` in its order; as :meth:`Prepared.put`."""
    made = list(rows)
    if not made:
        return
    if connection.dialect.name == "sqlite":
        for sql, values in listed.inserts(table, made):
            say(connection, sql, [values])
        return
    if table.name not in _inserts:
        _inserts[table.name] = arrays.insert_sql(table, _DIALECTS["postgresql"])
    say(connection, _inserts[table.name], [arrays.columns_of(made)])


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
    turn = turns.of(connection)
    stock: deque[int] = deque() if turn is None else turn.known.setdefault(f"{table.name} rids", deque())
    if len(stock) < count:
        drawn = count if turn is None else max(count, _DRAWN)
        with raised_as_ours(connection):
            stock.extend(rid for (rid,) in ask(connection, _NEXT.format(table.name), (drawn,)).fetchall())
    return [stock.popleft() for _ in range(count)]


# Within a turn more are drawn than one exchange needs; what is left is never used. Not kept for the next
# turn: rids grow in the order in which things were committed, and whoever reads on from one relies on it.
_DRAWN = 64
_NEXT = "SELECT nextval('{}_rid_seq') FROM generate_series(1, %s::integer)"


def row_of(table: Table) -> Callable[..., Row]:
    """Makes rows of ``table`` from values by name; NULL for one that is not named."""
    names = tuple(table.c.keys())

    def made(**values: Any) -> Row:
        return tuple(map(values.get, names))

    return made


# ---- the driver -----------------------------------------------------------------------


def say(connection: Connection, sql: str, rows: Sequence[Row | list[str]] = ((),)) -> None:
    """Run a statement of the driver's for each of ``rows``; on PostgreSQL, within a turn, with the next question."""
    turn = turns.of(connection)
    if turn is not None and connection.dialect.name == "postgresql":
        turn.say(sql, rows)
        return
    with raised_as_ours(connection):
        if len(rows) == 1:
            driver(connection).execute(sql, rows[0])
        else:
            driver(connection).cursor().executemany(sql, rows)


def ask(connection: Connection, sql: str, values: Sequence[Any]) -> Any:
    """The cursor of a statement's answer, after all that was said before it. Raises the driver's errors."""
    turn = turns.of(connection)
    if turn is None or turn.silent:
        return driver(connection).execute(sql, values)
    return turn.send(driver(connection), sql, values)


def send(connection: Connection) -> None:
    """Send what was said and waits."""
    turn = turns.of(connection)
    if turn is not None and not turn.silent:
        with raised_as_ours(connection):
            turn.send(driver(connection))


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
