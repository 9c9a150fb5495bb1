"""What a database means to do with the statements of a search: each one as the driver got it, explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection

from gateway.store.prepared import driver

# Whose rows grow with the years.
GROWING = ("resource", "resource_version", "exchange", "person_identifier", "index_")
_ASKS = ("SELECT", "WITH")  # of SQLite, one asked of many rows at once


@dataclass(frozen=True, slots=True)
class Step:
    """One table's part in a plan. ``how``: the database's words for it; ``whole``: it is read from end to end."""

    table: str
    how: str
    whole: bool

    @property
    def grows(self) -> bool:
        return self.table.startswith(GROWING)


@dataclass(frozen=True, slots=True)
class Plan:
    statement: str
    steps: tuple[Step, ...]
    text: str


@contextmanager
def listening(conn: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Every SELECT sent on this connection meanwhile, with its values."""
    sent: list[tuple[str, Any]] = []
    raw = driver(conn)
    if conn.dialect.name == "sqlite":  # the trace has the values in the text already
        raw.set_trace_callback(lambda text: sent.append((text, None)) if text.startswith(_ASKS) else None)
        try:
            yield sent
        finally:
            raw.set_trace_callback(None)
        return
    usual = raw.cursor_factory

    class Listening(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **rest: Any) -> Any:
            if str(query).startswith(_ASKS):
                sent.append((str(query), params))
            return super().execute(query, params, **rest)

    raw.cursor_factory = Listening
    try:
        yield sent
    finally:
        raw.cursor_factory = usual


def plans(conn: Connection, sent: Sequence[tuple[str, Any]]) -> list[Plan]:
    """The plan of each statement."""
    explain = _sqlite if conn.dialect.name == "sqlite" else _postgresql
    return [explain(conn, statement, values) for statement, values in sent]


def _sqlite(conn: Connection, statement: str, _values: Any) -> Plan:
    rows = [str(row[3]) for row in driver(conn).execute(f"EXPLAIN QUERY PLAN {statement}")]
    steps = [
        Step(row.split()[1], row, row.startswith("SCAN") and "USING" not in row)
        for row in rows
        if row.startswith(("SCAN", "SEARCH"))
    ]
    return Plan(statement, tuple(steps), "\n".join(rows))


def _postgresql(conn: Connection, statement: str, values: Any) -> Plan:
    (found,) = driver(conn).execute(f"EXPLAIN (FORMAT JSON) {statement}", values).fetchone()
    return Plan(statement, tuple(_nodes(found[0]["Plan"])), str(found))


def _nodes(node: dict[str, Any]) -> Iterator[Step]:
    if "Relation Name" in node:
        how = " ".join(str(node.get(key, "")) for key in ("Node Type", "Index Name", "Index Cond", "Filter"))
        yield Step(node["Relation Name"], how, node["Node Type"] == "Seq Scan")
    elif node["Node Type"] == "Bitmap Index Scan":
        yield Step(node["Index Name"], f"{node['Node Type']} {node.get('Index Cond', '')}", whole=False)
    for child in node.get("Plans", ()):
        yield from _nodes(child)
