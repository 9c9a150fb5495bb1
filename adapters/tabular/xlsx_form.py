"""XLSX: a workbook's sheets, opened by openpyxl in the way that holds no sheet whole; cells as they stand there.

Openpyxl takes a quarter of a second to load: who reads payloads loads this module only when one is a workbook.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from adapters.tabular import sheet_rows
from adapters.tabular.sheet_cell import NO_CELL, SheetCell
from adapters.tabular.sheet_cells import Shared, rows_of
from adapters.tabular.sheet_marks import CELLS, COLUMNS, Area, Marks, marks
from adapters.tabular.sheet_rows import SheetRow
from adapters.tabular.sheets import Sheet, sheet_of, sheet_of_record
from adapters.tabular.workbook import checked
from gateway.errors import PayloadError

warnings.filterwarnings("ignore", module="openpyxl")  # parts of a workbook that say nothing of its cells


def sheets(data: bytes, name: str = "") -> list[Sheet]:
    """The visible worksheets, or the one of that name. PayloadError: a workbook that is broken, too large, unsafe."""
    if sheet_rows.is_sheet_rows(data):
        made = sheet_of_record(data)
        return [made] if name in ("", made.name) else []
    package = checked(data)
    try:
        workbook = openpyxl.load_workbook(package, read_only=True, data_only=True, keep_links=False)
        if not workbook.worksheets:
            raise PayloadError("table-workbook-broken")
        wanted = [one for one in workbook.worksheets if (one.title == name if name else one.sheet_state == "visible")]
        return [_sheet(workbook, one) for one in wanted]
    except PayloadError:
        raise
    except Exception:  # a part that is missing, cut or not what it says: the library raises whatever it meets
        raise PayloadError("table-workbook-broken") from None


def _sheet(workbook: Any, sheet: Any) -> Sheet:
    with sheet._get_source() as part:
        said = marks(part)
    dates = 1904 if workbook.epoch == CALENDAR_MAC_1904 else 1900
    with sheet._get_source() as part:
        rows = _spread(rows_of(part, Shared.of(workbook, sheet._shared_strings)), said)
        return sheet_of(sheet.title, dates, said.hidden(), rows)


def _spread(rows: Iterator[tuple[int, list[SheetCell]]], said: Marks) -> Iterator[SheetRow]:
    """Cells merged downwards say one value, of every row they stand beside, rows that are not in the part too."""
    by_top: dict[int, list[Area]] = {}
    for area in said.merged:
        by_top.setdefault(area.top, []).append(area)
    active: list[tuple[Area, SheetCell]] = []
    count = across = 0  # the last row of those merged across columns
    for number, cells in _every(rows, said):
        active = [(area, cell) for area, cell in active if area.bottom >= number]
        width = max([len(cells), *(area.left for area, _ in active)])  # what it is widened to counts
        count += width + len(active) + 1
        if count > CELLS or width > COLUMNS:
            raise PayloadError("table-sheet-too-large", f"row {number}", cells=CELLS)
        for area, cell in active:
            cells.extend([NO_CELL] * (area.left - len(cells)))
            cells[area.left - 1] = cell
        begun = by_top.get(number, ())
        active += [(area, _below(cells, area.left)) for area in begun if area.left == area.right]
        across = max([across, *(area.bottom for area in begun if area.left < area.right)])
        if cells:
            yield SheetRow(number, cells, number in said.rows, number <= across)


def _every(rows: Iterator[tuple[int, list[SheetCell]]], said: Marks) -> Iterator[tuple[int, list[SheetCell]]]:
    """Those between two that are there, too."""
    last = 0
    for number, cells in rows:
        yield from ((missing, []) for missing in range(last + 1, number))
        yield number, cells
        last = number


def _below(cells: Sequence[SheetCell], column: int) -> SheetCell:
    cell = cells[column - 1] if column <= len(cells) else NO_CELL
    return cell._replace(merged=True) if cell.kind or cell.computed else NO_CELL
