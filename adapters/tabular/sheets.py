"""Worksheets as rows of texts, from a workbook or from the bytes of one of its records (sheet_rows): one reading.

What a sheet shows and a table cannot say is told or held: a formula (its last value is used), a hidden row or column,
an error, a format that shows more than the cell's digits. Cells merged downwards show one value beside every row, which
the mapping file must say it is of (fill_down); of cells merged across columns nobody can say whose the value is: their
report is held.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.tabular import sheet_rows
from adapters.tabular.cell_text import cell_text, shows_other
from adapters.tabular.number_format import says_more
from adapters.tabular.sheet_cell import SheetCell, is_error, value_of
from adapters.tabular.sheet_rows import SheetRow
from adapters.tabular.table import HEADER_WITHIN, Row
from adapters.tabular.workbook import LARGEST, is_workbook
from gateway.errors import PayloadError

WRITTEN = 256 * 1024 * 1024  # bytes of all rows of a sheet, or of all records of a workbook, written out


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: its name, its first rows as texts and as lines, all rows with content.

    ``hidden``: its hidden columns, from 1; ``dates``: the first year of its date system.
    """

    name: str
    dates: int
    hidden: Collection[int]
    first: Sequence[Sequence[str]]
    lines: Sequence[bytes]
    rows: Sequence[Row]

    def head(self, at: int) -> bytes:
        """What a record's bytes begin with: what is said of the sheet, and the header at that place."""
        width = len(self.first[at])
        return sheet_rows.about(self.name, self.dates, [one for one in self.hidden if one <= width]) + self.lines[at]


def has_sheets(data: bytes) -> bool:
    """A workbook, or a record's rows written out of one; by their first bytes."""
    return is_workbook(data) or sheet_rows.is_sheet_rows(data)


def sheet_of(name: str, dates: int, hidden: Collection[int], rows: Iterable[SheetRow]) -> Sheet:
    """Of its rows with cells, in their order. ValueError, KeyError for a cell that is none of its kind."""
    made: list[Row] = []
    first: list[Sequence[str]] = []
    lines: list[bytes] = []
    written = 0
    for row in rows:
        while len(first) < min(row.number - 1, HEADER_WITHIN):
            first.append(())
            lines.append(b"")
        cells = [_cell(cell, dates) for cell in row.cells]
        written += sheet_rows.size(row.cells)
        if written > WRITTEN:
            raise PayloadError("table-workbook-too-large", largest=LARGEST // (1024 * 1024))
        line = sheet_rows.line(row)
        if len(first) < HEADER_WITHIN:
            first.append([cell.text for cell in cells])
            lines.append(line)
        if any(cell.text or cell.held for cell in cells):
            made.append(_row(row, cells, line))
    return Sheet(name, dates, hidden, first, lines, made)


def sheet_of_record(data: bytes) -> Sheet:
    """Of a record's bytes. PayloadError where they are not of their form."""
    found = sheet_rows.read(data)
    try:
        return sheet_of(found.sheet, found.dates, found.hidden, found.rows)
    except (ValueError, KeyError, OverflowError):
        raise PayloadError("table-rows-broken") from None


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    exact: bool = False
    told: str = ""
    held: str = ""


_EMPTY = _Cell("")


def _row(row: SheetRow, made: Sequence[_Cell], line: bytes) -> Row:
    held = [(at, cell.held) for at, cell in enumerate(made) if cell.held]
    held += [(-1, "table-hidden-row")] if row.hidden else []
    held += [(-1, "table-merged-across")] if row.across else []
    return Row(
        row.number,
        [cell.text for cell in made],
        exact=frozenset(at for at, cell in enumerate(made) if cell.exact),
        told=tuple((at, cell.told) for at, cell in enumerate(made) if cell.told),
        held=tuple(held),
        merged=frozenset(at for at, cell in enumerate(row.cells) if cell.merged),
        line=line,
    )


def _cell(cell: SheetCell, dates: int) -> _Cell:
    value = value_of(cell, dates)
    if is_error(cell, value):
        text = unicodedata.normalize("NFC", str(value or "#VALUE!").strip())
        return _Cell(text, told="table-formula" if cell.computed else "", held="table-cell-error")
    if value is None:
        return _Cell("", held="table-formula-without-value") if cell.computed else _EMPTY
    shown = cell.shown
    text, exact = cell_text(value, shown)
    text = unicodedata.normalize("NFC", text.strip())
    told = "table-formula" if cell.computed else "table-number-format" if shows_other(value, shown) else ""
    return _Cell(text, exact, told, _held(value, shown))


def _held(value: Any, shown: str) -> str:
    """Of text, and of a number in a format that is not known to show what cell_text makes of it."""
    more = (isinstance(value, str) or shows_other(value, shown)) and says_more(value, shown)
    return "table-format-says-more" if more else ""
