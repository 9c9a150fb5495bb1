"""XLSX: a workbook's sheets to rows. Values as openpyxl reads them, in the way that holds no sheet whole.

What a sheet shows and a table cannot say is told or held: a formula (its last value is used), a hidden row or column,
an error, a format that shows more than the cell's digits. Cells merged downwards show one value of every row they stand
beside; of cells merged across columns nobody can say whose the value is: their report is held.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl

from adapters.tabular.cell_text import cell_text, shows_other
from adapters.tabular.number_format import says_more
from adapters.tabular.sheet_marks import CELLS, Area, Marks, marks
from adapters.tabular.table import HEADER_WITHIN, Row
from adapters.tabular.workbook import checked
from gateway.errors import PayloadError

warnings.filterwarnings("ignore", module="openpyxl")  # parts of a workbook that say nothing of its cells


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    exact: bool = False
    told: str = ""
    held: str = ""


_EMPTY = _Cell("")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: its name, its first rows as texts, all rows with content, and the marks of its cells."""

    name: str
    first: Sequence[Sequence[str]]
    rows: Sequence[Row]
    marks: Marks


def sheets(data: bytes, name: str = "") -> list[Sheet]:
    """The visible worksheets, or the one of that name. PayloadError: a workbook that is broken, too large, unsafe."""
    package = checked(data)
    try:
        workbook = openpyxl.load_workbook(package, read_only=True, data_only=True, keep_links=False)
        if not workbook.worksheets:
            raise PayloadError("table-workbook-broken")
        found = []
        for sheet in workbook.worksheets:
            if sheet.title == name if name else sheet.sheet_state == "visible":
                with sheet._get_source() as part:
                    said = marks(part)
                found.append(_sheet(sheet, said))
    except PayloadError:
        raise
    except Exception:  # a part that is missing, cut or not what it says: the library raises whatever it meets
        raise PayloadError("table-workbook-broken") from None
    return found


def _sheet(sheet: Any, said: Marks) -> Sheet:
    sheet.reset_dimensions()  # what a sheet says of its size is believed by nobody
    by_top: dict[int, list[Area]] = {}
    for area in said.merged:
        by_top.setdefault(area.top, []).append(area)
    rows: list[Row] = []
    first: list[Sequence[str]] = []
    active: list[tuple[Area, _Cell]] = []
    count = across = 0  # the last row of those merged across columns
    for number, cells in enumerate(sheet.iter_rows(), 1):
        active = [(area, cell) for area, cell in active if area.bottom >= number]
        count += len(cells) + len(active) + 1
        if count > CELLS:
            raise PayloadError("table-sheet-too-large", f"row {number}", cells=CELLS)
        if not cells and not active:
            if len(first) < HEADER_WITHIN:
                first.append(())
            continue
        made = [_cell(cell, (number, at) in said.computed) for at, cell in enumerate(cells, 1)]
        _spread(made, active)
        active += [(area, _at(made, area.left)) for area in by_top.get(number, ()) if area.left == area.right]
        across = max([across, *(area.bottom for area in by_top.get(number, ()) if area.left < area.right)])
        if len(first) < HEADER_WITHIN:
            first.append([cell.text for cell in made])
        if any(cell.text or cell.held for cell in made):
            rows.append(_row(number, made, hidden=number in said.rows, across=number <= across))
    return Sheet(sheet.title, first, rows, said)


def _spread(made: list[_Cell], active: Sequence[tuple[Area, _Cell]]) -> None:
    """Cells merged downwards show one value, of every row they stand beside."""
    for area, cell in active:
        made.extend([_EMPTY] * (area.left - len(made)))
        made[area.left - 1] = cell


def _at(made: Sequence[_Cell], column: int) -> _Cell:
    return made[column - 1] if column <= len(made) else _EMPTY


def _row(number: int, made: Sequence[_Cell], *, hidden: bool, across: bool) -> Row:
    held = [(at, cell.held) for at, cell in enumerate(made) if cell.held]
    held += [(-1, "table-hidden-row")] if hidden else []
    held += [(-1, "table-merged-across")] if across else []
    return Row(
        number,
        [cell.text for cell in made],
        exact=frozenset(at for at, cell in enumerate(made) if cell.exact),
        told=tuple((at, cell.told) for at, cell in enumerate(made) if cell.told),
        held=tuple(held),
    )


def _cell(cell: Any, computed: bool) -> _Cell:
    value = cell.value
    if value is None:
        return _Cell("", held="table-formula-without-value") if computed else _EMPTY
    shown = cell.number_format
    text, exact = cell_text(value, shown)
    text = unicodedata.normalize("NFC", text.strip())
    told = "table-formula" if computed else "table-number-format" if shows_other(value, shown) else ""
    return _Cell(text, exact, told, "table-cell-error" if cell.data_type == "e" else _held(value, shown))


def _held(value: Any, shown: str) -> str:
    """Of text, and of a number in a format that is not known to show what cell_text makes of it."""
    more = (isinstance(value, str) or shows_other(value, shown)) and says_more(value, shown)
    return "table-format-says-more" if more else ""
