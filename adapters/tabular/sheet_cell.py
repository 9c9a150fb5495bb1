"""A cell as its workbook holds it, and the value that is.

Of ECMA-376 part 1, 18.3.1.4 and 18.18.11: what stands in the sheet's part, nothing rounded, nothing computed.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

GENERAL = "General"  # the number format that is none
EPOCHS = {1900: datetime(1899, 12, 30), 1904: datetime(1904, 1, 1)}  # noqa: DTZ001  # a sheet's times have no zone
KINDS = frozenset("nsbed")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,4})?\Z", re.ASCII)


class SheetCell(NamedTuple):
    """``kind``: ``n`` number, ``s`` text, ``b`` truth, ``e`` error, ``d`` ISO time, "" without a value.

    ``said``: its characters in the part, a shared text's own instead of its number. ``shown``: its number format.
    ``computed``: by a formula, of which this is the last value. ``merged``: it says what a cell above it says, which
    it is merged with.
    """

    kind: str = ""
    said: str = ""
    shown: str = GENERAL
    computed: bool = False
    merged: bool = False


NO_CELL = SheetCell()


def value_of(cell: SheetCell, dates: int) -> Any:
    """None, a text, a number, a truth, a date, a time or a span, as openpyxl gives them; an error is its text.

    ``dates``: the first year of the workbook's date system, 1900 or 1904. ValueError for what is none of its kind.
    """
    match cell.kind:
        case "":
            return None
        case "s" | "e":
            return cell.said
        case "b":
            return {"0": False, "false": False, "1": True, "true": True}[cell.said.strip()]
        case "d":
            from openpyxl.utils.datetime import from_ISO8601  # as in xlsx_form: only for a workbook

            return from_ISO8601(cell.said)
        case "n":
            return _number(cell, dates)
    raise ValueError("no kind of cell")


def is_error(cell: SheetCell, value: Any) -> bool:
    """An error, or a number that is shown as a date and is none."""
    return cell.kind == "e" or (cell.kind == "n" and value is None)


@lru_cache(maxsize=512)
def _shows(number_format: str) -> tuple[bool, bool]:
    """(a date or a time, a span of it)"""
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format  # as above

    return is_date_format(number_format), is_timedelta_format(number_format)


def _number(cell: SheetCell, dates: int) -> Any:
    """None where it is shown as a date, and no day has that number."""
    text = cell.said.strip()
    if not _NUMBER.match(text):
        raise ValueError("no number")
    number = int(text) if text.lstrip("+-").isdigit() else float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("no number")
    is_date, is_span = _shows(cell.shown)
    if not is_date:
        return number
    from openpyxl.utils.datetime import from_excel  # as above

    try:
        return from_excel(number, EPOCHS[dates], timedelta=is_span)
    except (OverflowError, ValueError):
        return None
