"""Many rows in one SQLite statement: each value travels as a parameter of its own.

The driver gives up the interpreter at every step of a statement and takes it back after it, and
where other threads compute, it waits for them each time: three hundred rows one by one are three
hundred waits. A statement's text depends on how many rows it takes, and the driver remembers a
hundred or so: so rows go in a multiple of STEP, then the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import BindParameter, Executable, Table, column, table
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import visitors

Row = tuple[Any, ...]

STEP = 16
LARGEST = 512  # rows of one statement: no more than 32,766 values (https://www.sqlite.org/limits.html)


def parts(count: int) -> Iterator[range]:
    """The rows 0 to ``count - 1``, statement by statement."""
    done = 0
    while done < count:
        left = count - done
        size = min(left - left % STEP or left, LARGEST)
        yield range(done, done + size)
        done += size


def inserts(into: Table, rows: Sequence[Row]) -> Iterator[tuple[str, list[Any]]]:
    """Statements that insert ``rows``, each with a value for every column of ``into`` in its order."""
    for part in parts(len(rows)):
        sql = _insert(into.name, tuple(into.c.keys()), len(part))
        yield sql, list(chain.from_iterable(rows[part.start : part.stop]))


@lru_cache(maxsize=1024)
def _insert(into: str, columns: tuple[str, ...], count: int) -> str:
    return f"INSERT INTO {into} ({', '.join(columns)}) VALUES {_marks(len(columns), count)}"  # noqa: S608  # our own names


def _marks(columns: int, count: int) -> str:
    return ", ".join([f"({', '.join('?' * columns)})"] * count)


class Joined:
    """A SELECT without LIMIT and ORDER BY, asked for many values of its parameters at once: joined with a table."""

    def __init__(self, statement: Executable, names: Sequence[str], dialect: Dialect) -> None:
        self._names = names
        asked = table("asked", column("nth"), *(column(name) for name in names))

        def replaced(element: Any, **_: Any) -> Any:
            return asked.c[element.key] if isinstance(element, BindParameter) and element.key in names else None

        given: Any = statement
        made = visitors.replacement_traverse(given, {}, replaced)
        compiled = made.order_by(asked.c.nth).compile(dialect=dialect)
        self._text = compiled.string
        self._fixed = [compiled.params[name] for name in compiled.positiontup]

    def parts(self, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
        """Statements and their values; ``rows`` have the same names."""
        for part in parts(len(rows)):
            values = [value for nth in part for value in (nth, *(rows[nth][name] for name in self._names))]
            yield self._sql(len(part)), values + self._fixed

    def _sql(self, count: int) -> str:
        columns = ", ".join(("nth", *self._names))
        return f"WITH asked({columns}) AS (VALUES {_marks(1 + len(self._names), count)}) {self._text}"
