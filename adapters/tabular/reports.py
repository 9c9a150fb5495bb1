"""The rows of a table to records: those of one report that stand together.

Its report's rows apart in the file, other patients' between them, would either be two halves, of which the second
overwrites the first, or one run of bytes with other people's rows in it: such a report is refused, the others stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from adapters.tabular.sheet_rows import END
from adapters.tabular.sheets import WRITTEN
from adapters.tabular.table import Row, Table, is_header
from gateway.adapter import Record
from gateway.errors import PayloadError
from gateway.mapping.mapped.compiled import Compiled
from gateway.mapping.mapped.record import Fields, MappedRecord
from gateway.outcome import Issue

Key = tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Report:
    """A record's content. ``apart``: the number of a row that is of the same report and stands elsewhere, 0 if none.

    ``unnamed``: the number of a row behind it that says no report, or whose report a repeated header hides, 0 if none:
    it may be of this one. ``last``: it is the payload's last one.
    """

    mapping: Compiled
    table: Table
    rows: Sequence[Row]
    apart: int = 0
    unnamed: int = 0
    last: bool = False


class Order:
    """The runs of a table's rows, each of one report, told one after another: where each report stands."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.count = 0
        self._columns = columns
        self._named = 0  # the position of the last run that names its report
        self._first: dict[Key, int] = {}
        self._again: dict[Key, int] = {}
        self._unnamed: dict[int, int] = {}

    def told(self, key: Key, rows: Iterable[Row]) -> None:
        """A run. Rows below a header that stands there once more say no report: that of the header is none."""
        self.count += 1
        rows = iter(rows)
        first = next(rows)
        if is_header(first, self._columns):
            if hidden := next((row for row in rows if not is_header(row, self._columns)), None):
                self._unnamed.setdefault(self._named, hidden.number)
        elif not any(key):
            self._unnamed.setdefault(self._named, first.number)
        else:
            self._named = self.count
            if key in self._first:
                self._again.setdefault(key, first.number)
        self._first.setdefault(key, first.number)

    def report(self, mapping: Compiled, table: Table, key: Key, rows: Sequence[Row], position: int) -> Report:
        """The run at that position, from 1, when all are told."""
        first, again = self._first[key], self._again.get(key, 0)
        apart = first if again and first != rows[0].number else again
        return Report(mapping, table, rows, apart, self._unnamed.get(position, 0), position == self.count)


def key_of(mapping: Compiled, columns: Sequence[str]) -> Callable[[Row], Key]:
    """What tells a row's report, as the mapping file says."""
    places = [columns.index(name) for name in mapping.file.report]
    if len(places) == 1:
        (only,) = places
        return lambda row: (row.cells[only] if only < len(row.cells) else "",)

    def key(row: Row) -> Key:
        cells = row.cells
        return tuple([cells[at] if at < len(cells) else "" for at in places])

    return key


def facility_of(mapping: Compiled, columns: Sequence[str], row: Row) -> str:
    """The facility's code that a row says, "" where none is to be said."""
    sender = mapping.file.options.get("facility", "")
    place = columns.index(sender) if sender else len(row.cells)
    return row.cells[place] if place < len(row.cells) else ""


def reports(mapping: Compiled, table: Table, data: bytes) -> list[Record]:
    """The records of a table, in its order."""
    key = key_of(mapping, table.columns)
    runs = [(told, list(rows)) for told, rows in groupby(table.rows, key)]
    if len(runs) * len(table.head) > WRITTEN:  # the header stands in each
        raise PayloadError("table-workbook-too-many-reports", reports=len(runs))
    order = Order(table.columns)
    for told, rows in runs:
        order.told(told, rows)
    made = []
    for position, (told, rows) in enumerate(runs, 1):
        content = order.report(mapping, table, told, rows, position)
        facility = facility_of(mapping, table.columns, rows[0])
        if table.head:
            out = b"".join([table.head, *(row.line for row in rows), END])
            made.append(Record(out, facility, content, position, written_out=True))
        else:
            made.append(Record(data[rows[0].start : rows[-1].end], facility, content, position))
    return made


def mapped_record(report: Report) -> MappedRecord:
    """What the rows say. PayloadError for a row with more or fewer cells than columns, whose values may be shifted, and
    for the header once more, as on each page of what was printed: its names are no patient's."""
    if report.apart:
        raise PayloadError("table-report-apart", _at(report.rows[0]), row=report.apart)
    columns = report.table.columns
    width = len(columns)
    items = []
    told: list[Issue] = []
    holds: list[Issue] = []
    filled = False
    for row in report.rows:
        cells = row.cells
        if len(cells) != width and (len(cells) < width or any(cells[width:])):
            raise PayloadError("table-row-ragged", _at(row), cells=len(cells), columns=width)
        if is_header(row, columns):  # whose are the rows below it?
            raise PayloadError("table-header-again", _at(row))
        said = dict(zip(columns, cells, strict=False))
        before = f"row {row.number}, column "
        if row.exact or row.filled:
            exact = frozenset(columns[at] for at in row.exact)
            places = {columns[at]: f"row {row.filled_from}, column {columns[at]}" for at in row.filled}
            items.append(Fields(said, before, exact, places=places))
            filled = filled or bool(row.filled)
        else:
            items.append(Fields(said, before))
        if row.told or row.held:
            told += [Issue("warning", "value", rule, _place(row, columns, at)) for at, rule in row.told]
            holds += [Issue("warning", "value", rule, _place(row, columns, at)) for at, rule in row.held]
    merged = any(row.merged for row in report.rows)
    if report.unnamed:
        holds.append(Issue("warning", "structure", "table-rows-unnamed", f"row {report.unnamed}"))
    if report.last and report.table.cut:
        holds.append(Issue("warning", "structure", "table-open-end", _at(report.rows[-1])))
    if merged:
        told.insert(0, Issue("information", "informational", "table-merged-down"))
    if filled:
        told.insert(0, Issue("information", "informational", "table-filled-down"))
    if merged:
        holds += _merged(report)
    strange = tuple(_strange(report, items))
    return MappedRecord(items, items, strange, (*report.table.read, *told, *holds), holds, report.table.charset)


def _merged(report: Report) -> Iterator[Issue]:
    """Whose the value is that stands beside several rows, the mapping file says, or a person."""
    file, columns = report.mapping.file, report.table.columns
    placed = (file.fields - set(file.unplaced)) | {*file.report, *file.item}
    unsaid = placed.difference(file.options.get("fill_down", ()))
    for row in report.rows:
        for at in sorted(row.merged):
            if at < len(columns) and columns[at] in unsaid:
                yield Issue("warning", "structure", "table-merged-undeclared", _place(row, columns, at))


def _place(row: Row, columns: Sequence[str], at: int) -> str:
    """A cell's place by its column's name, or its number where it has none; the row's where ``at`` is none (-1)."""
    if at < 0:
        return _at(row)
    return f"{_at(row)}, column {(columns[at] if at < len(columns) else '') or at + 1}"


def _at(row: Row) -> str:
    return f"row {row.number}"


def _strange(report: Report, items: Sequence[Fields]) -> Iterator[tuple[str, str]]:
    """Columns with content that the mapping file does not speak of; one without a name is told by its place."""
    for place, name in strange_columns(report.table.columns, report.mapping.known):
        if name:
            if said := next((item for item in items if item.values.get(name)), None):
                yield name, said.path(name)
        elif any(row.cells[place] for row in report.rows):
            yield f"{place + 1}", f"{_at(report.rows[0])}, column {place + 1}"


@lru_cache(maxsize=64)
def strange_columns(columns: tuple[str, ...], known: frozenset[str]) -> tuple[tuple[int, str], ...]:
    """(place, name) of those that are not known."""
    return tuple((place, name) for place, name in enumerate(columns) if name not in known)
