"""Many rows in one PostgreSQL statement: each column travels as one array.

Written as PostgreSQL reads them (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO):
the driver's own way through an array asks each element what it is, and costs ten times as much.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.engine import Dialect

_MARK = re.compile(r"%%|%s")


def insert_sql(table: Table, dialect: Dialect) -> str:
    """INSERT of many rows: one parameter a column of ``table``, in its order."""
    arrays = ", ".join(f"%s::{column.type.compile(dialect)}[]" for column in table.c)
    return f"INSERT INTO {table.name} ({', '.join(table.c.keys())}) SELECT * FROM unnest({arrays})"  # noqa: S608  # our own names


def each_sql(sql: str, names: Sequence[str], types: Sequence[str], given: Collection[str]) -> tuple[str, list[str]]:
    """A SELECT asked for each of many rows at once, and the names of its parameters in order.

    ``names`` and ``types``: of the marks of ``sql``, in their order. Those of ``given`` become arrays.
    """
    asked = {name: kind for name, kind in zip(names, types, strict=True) if name in given}
    place = {name: f"asked.p{number}" for number, name in enumerate(asked)}
    marks = iter(names)

    def put(found: re.Match[str]) -> str:
        return found[0] if found[0] == "%%" else place.get(next(marks), "%s")

    inner = _MARK.sub(put, sql)
    columns = ", ".join(f"p{number}" for number in range(len(asked)))
    arrays = ", ".join(f"%s::{kind}[]" for kind in asked.values())
    made = (
        f"SELECT found.* FROM (SELECT * FROM unnest({arrays}) WITH ORDINALITY AS given({columns}, nth)) AS asked"  # noqa: S608  # compiled
        f" CROSS JOIN LATERAL ({inner}) AS found ORDER BY asked.nth"
    )
    return made, [*asked, *(name for name in names if name not in given)]


def columns_of(rows: Iterable[Sequence[Any]]) -> list[str]:
    """The arrays of rows, column by column."""
    return [written(column) for column in zip(*rows, strict=True)]


def written(values: Sequence[Any]) -> str:
    """One array: of whole numbers, truth values, text or bytes, or NULL."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f'"\\\\x{bytes(value).hex()}"'
