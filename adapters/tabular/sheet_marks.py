"""What a sheet says of its cells beside their values: merged, hidden; and that they stand in their order.

Read from the sheet's own part (ECMA-376 part 1, 18.3.1) before its cells are: what is merged stands behind them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from lxml import etree

from gateway.errors import PayloadError

CELLS = 4_000_000  # of a sheet, those without content between two with it counted too; and of its part's elements
ROWS, COLUMNS = 1_048_576, 16_384  # Excel's own limits
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"  # of a sheet's elements: part 1, annex A
_DATA, _ROW = (f"{{{NAMESPACE}}}{name}" for name in ("sheetData", "row"))
_REF = re.compile(r"([A-Z]{1,3})([0-9]{1,7})(?::([A-Z]{1,3})([0-9]{1,7}))?\Z")


@dataclass(frozen=True, slots=True)
class Area:
    """Merged cells: rows and columns, both ends included, from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Marks:
    """``merged``: in the sheet's order. ``rows``, ``columns``: those hidden, from 1. ``last``: the highest number of a
    row, ``width`` of a column.
    """

    merged: list[Area] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    columns: list[tuple[int, int]] = field(default_factory=list)
    last: int = 0
    width: int = 0

    def hidden(self) -> frozenset[int]:
        """Columns that are hidden, from 1."""
        found: set[int] = set()
        told = 0
        for first, last in sorted(self.columns):
            found.update(range(max(first, told + 1), min(last, self.width) + 1))
            told = max(told, last)
        return frozenset(found)


def marks(part: IO[bytes]) -> Marks:
    """Of a sheet's part. lxml's XMLSyntaxError when it is no XML. PayloadError: too large, or with a row or a cell that
    stands behind a later one, twice, or in another row: who reads the values would pass it over.
    """
    made = Marks()
    count = column = 0
    for event, element in etree.iterparse(
        BytesIO(part.read()), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
    ):
        above = element.getparent()
        if event == "end":
            element.clear()
            while above is not None and element.getprevious() is not None:  # what was read is kept by nobody
                del above[0]
            continue
        count += 1
        if count > CELLS:
            raise PayloadError("table-sheet-too-large", f"row {made.last}", cells=CELLS)
        if element.tag == _ROW:
            if not _is(above, _DATA):
                raise PayloadError("table-workbook-broken", f"row {made.last}")
            _row(made, element)
            column = 0
        elif _is(above, _ROW):
            column = column_of(element, made.last, column)
            if column > COLUMNS:
                raise PayloadError("table-sheet-too-large", f"row {made.last}", cells=CELLS)
            made.width = max(made.width, column)
        else:
            _aside(made, element)
    return made


def _is(element: etree._Element | None, tag: str) -> bool:
    return element is not None and element.tag == tag


def _row(made: Marks, element: etree._Element) -> None:
    number = int(element.get("r") or made.last + 1)
    if number > ROWS:
        raise PayloadError("table-sheet-too-large", f"row {number}", cells=CELLS)
    if number <= made.last:
        raise PayloadError("table-workbook-broken", f"row {number}")
    made.last = number
    if element.get("hidden") in ("1", "true"):
        made.rows.add(number)


def column_of(element: etree._Element, row: int, before: int) -> int:
    """Of a cell, which may leave its place out."""
    ref = element.get("r")
    if not ref:
        return before + 1
    at = _area(ref)
    if at is None or at.top != row or at.left <= before:
        raise PayloadError("table-workbook-broken", f"row {row}")
    return at.left


def _aside(made: Marks, element: etree._Element) -> None:
    """What is said of cells beside them."""
    name = etree.QName(element).localname
    if name == "col" and element.get("hidden") in ("1", "true"):
        made.columns.append((int(element.get("min", 0)), int(element.get("max", 0))))
    elif name == "mergeCell" and (area := _area(element.get("ref", ""))):
        made.merged.append(area)


def _area(ref: str) -> Area | None:
    matched = _REF.match(ref)
    if matched is None:
        return None
    left, top, right, bottom = matched.groups()
    return Area(int(top), _number(left), int(bottom or top), _number(right or left))


def _number(letters: str) -> int:
    """``AA`` is 27."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found
