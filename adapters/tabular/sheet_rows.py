"""Rows of a worksheet as text, in one form: the bytes of a record that was read from a workbook.

A workbook is a compressed package, in which no rows are a run of bytes. So a record's own are written out of it: the
header and its rows, each cell as the sheet's part holds it. The same rows are the same bytes, and the bytes read again
are the same rows: what a cell means is decided by who reads them, now or by a later mapping file. UTF-8, a line each::

    #sheet-rows 1
    {"dates":1900,"hidden":[4],"sheet":"KQ"}
    [1,"",[["s","MA_BN"],["s","KET_QUA"]]]
    [12,"h",[["s","BN1","","m"],["n","5.1","0.00","c"]]]
    #end

``dates``: the workbook's date system. ``hidden``: columns, from 1. Then the header, then the rows: number, marks (``h``
hidden, ``x`` in cells merged across columns), cells (sheet_cell): kind, characters, number format, marks (``c``
computed, ``m`` merged with one above). What is empty at an end is left out, and so is the format General. JSON as
RFC 8785 writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from adapters.tabular.sheet_cell import EPOCHS, GENERAL, KINDS, SheetCell
from adapters.tabular.sheet_marks import CELLS, COLUMNS, ROWS
from gateway.errors import PayloadError

MAGIC = b"#sheet-rows 1\n"
END = b"#end\n"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """``number``: from 1. ``across``: it stands in cells merged across columns."""

    number: int
    cells: Sequence[SheetCell]
    hidden: bool = False
    across: bool = False


class _About(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    dates: int
    hidden: list[int]
    sheet: str


_Line = tuple[int, str, list[list[str]]]
_LINE, _ABOUT = msgspec.json.Decoder(_Line), msgspec.json.Decoder(_About)


@dataclass(frozen=True, slots=True)
class SheetRows:
    """A text of this form, read: the header's row first."""

    sheet: str
    dates: int
    hidden: frozenset[int]
    rows: Sequence[SheetRow]


def is_sheet_rows(data: bytes) -> bool:
    """Of this version or another, which is refused."""
    return data.startswith(b"#sheet-rows ")


def about(sheet: str, dates: int, hidden: Sequence[int]) -> bytes:
    """The first two lines."""
    return MAGIC + msgspec.json.encode(_About(dates, sorted(hidden), sheet)) + b"\n"


def line(row: SheetRow) -> bytes:
    cells = [_trimmed([cell.kind, cell.said, _format(cell), _marks(cell)]) for cell in row.cells]
    while cells and not cells[-1]:
        cells.pop()
    marks = "h" * row.hidden + "x" * row.across
    return msgspec.json.encode((row.number, marks, cells)) + b"\n"


def size(cells: Sequence[SheetCell]) -> int:
    """About how many characters a row's line has: one text may stand in a million cells."""
    return sum(len(cell.said) + len(cell.shown) for cell in cells)


def _format(cell: SheetCell) -> str:
    return "" if cell.shown == GENERAL else cell.shown


def _marks(cell: SheetCell) -> str:
    return "c" * cell.computed + "m" * cell.merged


def _trimmed(parts: list[str]) -> list[str]:
    while parts and not parts[-1]:
        parts.pop()
    return parts


def read(data: bytes) -> SheetRows:
    """PayloadError where it is not of this form to its last byte."""
    first, *lines = data.split(b"\n")
    if first + b"\n" != MAGIC or len(lines) < 4 or lines[-2] + b"\n" != END or lines[-1]:
        raise PayloadError("table-rows-broken", "line 1" if first + b"\n" != MAGIC else f"line {len(lines)}")
    try:
        told = _ABOUT.decode(lines[0])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise PayloadError("table-rows-broken", "line 2") from None
    if told.dates not in EPOCHS:
        raise PayloadError("table-rows-broken", "line 2")
    return SheetRows(told.sheet, told.dates, frozenset(told.hidden), tuple(_rows(lines[1:-2])))


def _rows(lines: Sequence[bytes]) -> Iterator[SheetRow]:
    last = count = 0
    for number, text in enumerate(lines, 3):
        try:
            row = _row(_LINE.decode(text))
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
            raise PayloadError("table-rows-broken", f"line {number}") from None
        count += len(row.cells) + 1
        if count > CELLS:
            raise PayloadError("table-sheet-too-large", f"row {row.number}", cells=CELLS)
        if not last < row.number <= ROWS or len(row.cells) > COLUMNS:
            raise PayloadError("table-rows-broken", f"line {number}")
        last = row.number
        yield row


def _row(found: _Line) -> SheetRow:
    number, marks, cells = found
    if marks not in ("", "h", "x", "hx"):
        raise ValueError("no marks of a row")
    return SheetRow(number, [_cell(*cell) for cell in cells], "h" in marks, "x" in marks)


def _cell(kind: str = "", said: str = "", shown: str = "", marks: str = "", *more: str) -> SheetCell:
    if more or marks not in ("", "c", "m", "cm") or (kind and kind not in KINDS):
        raise ValueError("no cell")
    return SheetCell(kind, said, shown or GENERAL, "c" in marks, "m" in marks)
