"""A workbook's cell as text: what the cell shows where that is certain, else the value it holds.

Excel holds 5.1 and shows 5.10 by the number format 0.00; rounding it to show less is not what the laboratory measured.
Dates are serial numbers, read by the workbook's own date system (1900 or 1904), and written in ISO form.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

_FIXED = re.compile(r"(?:#,##)?0(?:\.(0+))?(?:_-|_\))?(%?)\Z")
_ZEROS = re.compile(r"0{2,}\Z")  # a number of that many digits: 000451
_PLAIN_FORMATS = ("", "General", "@", "#")


def cell_text(value: Any, number_format: str) -> tuple[str, bool]:
    """(text, whether it is this reader's own writing: a number with a point, a time in ISO form)."""
    if value is None:
        return "", False
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), False
    if isinstance(value, int | float):
        return _number(value, number_format), True
    if isinstance(value, datetime):
        return _moment(value, number_format), True
    if isinstance(value, date):
        return value.isoformat(), True
    if isinstance(value, time):
        return value.isoformat("seconds"), True
    if isinstance(value, timedelta):
        hours, rest = divmod(int(value.total_seconds()), 3600)
        return f"{hours:02}:{rest // 60:02}:{rest % 60:02}", True
    return str(value), False


def shows_other(value: Any, number_format: str) -> bool:
    """True for a number whose format shows something that cannot be told from the value: words, colours, fractions."""
    if isinstance(value, bool) or not isinstance(value, int | float) or number_format in _PLAIN_FORMATS:
        return False
    return not (_FIXED.match(number_format) or _ZEROS.match(number_format))


def _number(value: float, number_format: str) -> str:
    """To 15 significant digits: Excel keeps and shows no more, what a float has behind them is its own."""
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if _ZEROS.match(number_format) and exact == int(exact) >= 0:
        return str(int(exact)).zfill(len(number_format))
    formed = _FIXED.match(number_format)
    percent = formed[2] if formed else ""
    exact = exact * 100 if percent else exact
    if formed:
        with suppress(InvalidOperation):  # more digits than a decimal has: nothing to pad
            shown = exact.quantize(Decimal(1).scaleb(-len(formed[1] or "")))
            if shown == exact:
                return format(shown, "f") + percent
    return format(exact.normalize(), "f") + percent


def _moment(value: datetime, number_format: str) -> str:
    """With its time where it has one, or its format shows one."""
    shown = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format.partition(";")[0]).lower()
    if value.time() == time() and not re.search("[hs]", shown):
        return value.date().isoformat()
    return value.isoformat(sep="T", timespec="seconds")
