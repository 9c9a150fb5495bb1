"""The rows of a table to records: those of one report that stand together.

Its report's rows apart in the file, other patients' between them, would either be two halves, of which the second
overwrites the first, or one run of bytes with other people's rows in it: such a report is refused, the others stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from adapters.tabular.table import Row, Table
from gateway.adapter import Record
from gateway.errors import PayloadError
from gateway.mapping.mapped.compiled import Compiled
from gateway.mapping.mapped.record import Fields, MappedRecord
from gateway.outcome import Issue

_KEPT = 256 * 1024 * 1024  # bytes of all records of one workbook
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class Report:
    """A record's content. ``apart``: the number of a row that is of the same report and stands elsewhere, 0 if none.

    ``last``: it is the payload's last one.
    """

    mapping: Compiled
    table: Table
    rows: Sequence[Row]
    apart: int = 0
    last: bool = False


def reports(mapping: Compiled, table: Table, data: bytes) -> list[Record]:
    """The records of a table, in its order."""
    places = [table.columns.index(name) for name in mapping.file.report]

    def key(row: Row) -> tuple[str, ...]:
        return tuple(row.cells[at] if at < len(row.cells) else "" for at in places)

    if table.rows[0].end == 0:
        _refuse_many(len({key(row) for row in table.rows}), data)
    runs = [(told, list(rows)) for told, rows in groupby(table.rows, key)]
    first: dict[tuple[str, ...], int] = {}
    again: dict[tuple[str, ...], int] = {}
    for told, rows in runs:
        if told in first:
            again.setdefault(told, rows[0].number)
        first.setdefault(told, rows[0].number)
    sender = mapping.file.options.get("facility", "")
    whose = table.columns.index(sender) if sender else -1
    made = []
    for position, (told, rows) in enumerate(runs, 1):
        other = again.get(told, 0)
        apart = first[told] if other and first[told] != rows[0].number else other
        content = Report(mapping, table, rows, apart, position == len(runs))
        facility = rows[0].cells[whose] if 0 <= whose < len(rows[0].cells) else ""
        made.append(Record(data[rows[0].start : rows[-1].end] or data, facility, content, position))
    return made


def _refuse_many(count: int, data: bytes) -> None:
    """Rows of a workbook are no run of its bytes: each record's bytes are the workbook's, and kept with each."""
    if count * len(data) > _KEPT:
        raise PayloadError("table-workbook-too-many-reports", reports=count)


def mapped_record(report: Report) -> MappedRecord:
    """What the rows say. PayloadError for a row with more or fewer cells than columns: its values may be shifted."""
    if report.apart:
        raise PayloadError("table-report-apart", _at(report.rows[0]), row=report.apart)
    columns = report.table.columns
    width = len(columns)
    items = []
    told: list[Issue] = []
    holds: list[Issue] = []
    for row in report.rows:
        if len(row.cells) != width and (len(row.cells) < width or any(row.cells[width:])):
            raise PayloadError("table-row-ragged", _at(row), cells=len(row.cells), columns=width)
        exact = frozenset(columns[at] for at in row.exact) if row.exact else _NONE
        items.append(Fields(dict(zip(columns, row.cells, strict=False)), f"row {row.number}, column ", exact))
        for found, into in ((row.told, told), (row.held, holds)):
            into.extend(Issue("warning", "value", rule, _place(row, columns, at)) for at, rule in found)
    if report.last and report.table.cut:
        holds.append(Issue("warning", "structure", "table-open-end", _at(report.rows[-1])))
    strange = tuple(_strange(report, items))
    return MappedRecord(items, items, strange, (*report.table.read, *told, *holds), holds, report.table.charset)


def _place(row: Row, columns: Sequence[str], at: int) -> str:
    """A cell's place by its column's name, or its number where it has none; the row's where ``at`` is none (-1)."""
    return _at(row) if at < 0 else f"{_at(row)}, column {columns[at] or at + 1}"


def _at(row: Row) -> str:
    return f"row {row.number}"


def _strange(report: Report, items: Sequence[Fields]) -> Iterator[tuple[str, str]]:
    """Columns with content that the mapping file does not speak of; one without a name is told by its place."""
    for place, name in strange_columns(report.table.columns, report.mapping.file.fields):
        if name:
            if said := next((item for item in items if item.values.get(name)), None):
                yield name, said.path(name)
        elif any(row.cells[place] for row in report.rows):
            yield f"{place + 1}", f"{_at(report.rows[0])}, column {place + 1}"


@lru_cache(maxsize=64)
def strange_columns(columns: tuple[str, ...], known: frozenset[str]) -> tuple[tuple[int, str], ...]:
    """(place, name) of those that are not known."""
    return tuple((place, name) for place, name in enumerate(columns) if name not in known)
