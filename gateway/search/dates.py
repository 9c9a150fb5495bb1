"""A FHIR date as the interval it covers, in microseconds since 1970-01-01 UTC, both ends included.

https://hl7.org/fhir/R4/search.html#date: ``2026`` is the whole year, ``…T10:00`` the whole
minute, ``…:05.12`` ten milliseconds. A time without a zone, and every date, is read in the
server's zone, which is Viet Nam's: +07:00, on the stored side and on the asked side alike.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Literal

Prefix = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
PREFIXES: tuple[Prefix, ...] = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")

# An open end of a Period. Far outside year 1 to 9999, well inside 64 bits.
BEGINNING = -(2**62)
END = 2**62

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_EPOCH = date(1970, 1, 1).toordinal()
_SERVER_ZONE = 7 * _HOUR

# A query's ``+07:00`` arrives as `` 07:00`` when the client forgot to escape the plus.
_FORM = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+ -][0-9]{2}:[0-9]{2})?)?)?)?\Z"
)


@lru_cache(maxsize=4096)  # the times of one report are few, and said in every result
def interval(text: str) -> tuple[int, int] | None:
    """The (low, high) a date, dateTime or instant covers; None when it is none."""
    found = _FORM.match(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.group(1, 2, 3))
    hour, minute, second, fraction, zone = found.group(4, 5, 6, 7, 8)
    try:
        first = date(year or 0, 1 if month is None else month, 1 if day is None else day)
        start = (first.toordinal() - _EPOCH) * _DAY - _offset(zone)
    except ValueError:
        return None
    if hour is None:
        return start, start + _days(first, month, day) * _DAY - 1
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 60:
        return None
    start += int(hour) * _HOUR + int(minute) * _MINUTE
    if second is None:
        return start, start + _MINUTE - 1
    start += min(int(second), 59) * _SECOND  # a leap second shares the one before it
    if fraction is None:
        return start, start + _SECOND - 1
    digits = fraction[:6]
    width = int(10 ** (6 - len(digits)))
    start += int(digits) * width
    return start, start + width - 1


def _days(first: date, month: int | None, day: int | None) -> int:
    if day is not None:
        return 1
    return 365 + calendar.isleap(first.year) if month is None else calendar.monthrange(first.year, month)[1]


def _offset(zone: str | None) -> int:
    if zone is None:
        return _SERVER_ZONE
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError
    size = hours * _HOUR + minutes * _MINUTE
    return -size if zone[0] == "-" else size


def intervals(value: Any) -> Iterator[tuple[int, int]]:
    """The intervals of an element's value: date, dateTime, instant, Period, or a Timing's events and bounds."""
    if isinstance(value, str):
        found = interval(value)
        if found:
            yield found
    elif isinstance(value, dict):
        if "start" in value or "end" in value:
            yield from _period(value)
        for event in value.get("event", ()):
            yield from intervals(event)
        yield from intervals(value.get("repeat", {}).get("boundsPeriod"))


def _period(period: dict[str, Any]) -> Iterator[tuple[int, int]]:
    start = interval(period["start"]) if "start" in period else None
    end = interval(period["end"]) if "end" in period else None
    if start or end:
        yield (start[0] if start else BEGINNING, end[1] if end else END)
