"""What a sheet says of its cells beside their values: merged, hidden, computed.

Read from the sheet's own part (ECMA-376 part 1, 18.3.1): the library that reads the values, in the way that holds no
sheet whole, passes these over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO

from lxml import etree

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
    """``merged``: in the sheet's order. ``rows``, ``columns``: those hidden, from 1. ``computed``: (row, column).

    ``last``: the highest number of a row.
    """

    merged: list[Area] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    columns: list[tuple[int, int]] = field(default_factory=list)
    computed: set[tuple[int, int]] = field(default_factory=set)
    last: int = 0

    def hidden(self, column: int) -> bool:
        return any(first <= column <= last for first, last in self.columns)


def marks(part: IO[bytes]) -> Marks:
    """Of a sheet's part. lxml's XMLSyntaxError when it is no XML."""
    made = Marks()
    row = 0
    for event, element in etree.iterparse(
        BytesIO(part.read()), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
    ):
        name = etree.QName(element).localname
        if event == "start":
            if name == "row":
                row = int(element.get("r") or row + 1)
                made.last = max(made.last, row)
                if element.get("hidden") in ("1", "true"):
                    made.rows.add(row)
            continue
        if name == "col" and element.get("hidden") in ("1", "true"):
            made.columns.append((int(element.get("min", 0)), int(element.get("max", 0))))
        elif name == "mergeCell" and (area := _area(element.get("ref", ""))):
            made.merged.append(area)
        elif name == "f" and (cell := element.getparent()) is not None and (at := _area(cell.get("r", ""))):
            made.computed.add((at.top, at.left))
        elif name == "row":
            element.clear()
    return made


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
