"""The rows of a sheet's part, cell by cell as they stand in it (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from lxml import etree
from openpyxl.cell.text import Text
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.xml.constants import SHEET_MAIN_NS

from adapters.tabular.sheet_cell import GENERAL, KINDS, NO_CELL, SheetCell
from adapters.tabular.sheet_marks import column_of

_ROW, _CELL, _VALUE, _FORMULA, _INLINE, _TEXT = (
    f"{{{SHEET_MAIN_NS}}}{name}" for name in ("row", "c", "v", "f", "is", "t")
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a workbook's cells refer to by numbers: ``texts``, and ``formats`` by their styles."""

    texts: Sequence[str]
    formats: Sequence[str]

    @classmethod
    def of(cls, workbook: Any, texts: Sequence[str]) -> Shared:
        """``workbook``: as openpyxl loads one."""
        return cls(texts, [_format(workbook, style.numFmtId) for style in workbook._cell_styles])


def _format(workbook: Any, number: int) -> str:
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, GENERAL))
    return str(workbook._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])


def rows_of(part: IO[bytes], shared: Shared) -> Iterator[tuple[int, list[SheetCell]]]:
    """(number, cells from the first column on) of each row, of a part that sheet_marks has read to its end.

    ValueError or IndexError for a cell that is none of its kind, or refers to what is not there.
    """
    last = 0
    for _, row in etree.iterparse(part, tag=_ROW, resolve_entities=False, no_network=True, huge_tree=False):
        last = int(row.get("r") or last + 1)
        cells: list[SheetCell] = []
        for element in row.iterchildren(_CELL):
            at = column_of(element, last, len(cells))
            cells.extend([NO_CELL] * (at - 1 - len(cells)))
            cells.append(_cell(element, shared))
        yield last, cells
        row.clear()
        while row.getprevious() is not None:  # what was read is kept by nobody
            del row.getparent()[0]


def _cell(element: etree._Element, shared: Shared) -> SheetCell:
    computed = element.find(_FORMULA) is not None
    kind, said = _said(element, shared)
    if not kind:
        return NO_CELL._replace(computed=True) if computed else NO_CELL
    return SheetCell(kind, said, shared.formats[_number(element.get("s", "0"))], computed)


def _number(said: str) -> int:
    """What a cell refers to, from 0 (xsd:unsignedInt). Below it, Python would count from the end: another cell's."""
    text = said.strip(" \t\r\n")
    if not (text.isascii() and text.isdigit()):
        raise ValueError("no number of anything")
    return int(text)


def _said(element: etree._Element, shared: Shared) -> tuple[str, str]:
    """(kind, characters); two empty ones where it has no value."""
    kind = element.get("t", "n")
    if kind == "inlineStr":
        inside = element.find(_INLINE)
        return ("s", _inline(inside)) if inside is not None else ("", "")
    said = element.findtext(_VALUE)
    if not said:
        return "", ""
    if kind == "s":
        return "s", shared.texts[_number(said)]
    if kind == "str":
        return "s", said
    if kind not in KINDS:
        raise ValueError("no kind of cell")
    return kind, said


def _inline(inside: etree._Element) -> str:
    """Text that stands in its cell, most of it in one piece."""
    if len(inside) == 1 and inside[0].tag == _TEXT:
        return inside[0].text or ""
    return str(Text.from_tree(inside).content)
