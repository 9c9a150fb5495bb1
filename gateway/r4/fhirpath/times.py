"""Dates, dateTimes and times: order as far as both are known, and moving by a span of time.

http://hl7.org/fhirpath/2018Sep/#comparison and http://hl7.org/fhirpath/2018Sep/#datetime-arithmetic
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.values import Quantity, Temporal, magnitude

TEMPORAL = frozenset({"date", "dateTime", "instant", "time"})
_PARTS = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(?:(\d{2})(?::(\d{2})(?::(\d{2})(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?)?T?\Z",
    re.ASCII,
)
_CLOCK = re.compile(r"(\d{2})(?::(\d{2})(?::(\d{2})(\.\d+)?)?)?\Z", re.ASCII)
_MONTHS = {"a": 12, "mo": 1}
_MICROSECONDS = {"wk": 604_800_000_000, "d": 86_400_000_000, "h": 3_600_000_000, "min": 60_000_000, "s": 1_000_000}
_MICROSECONDS["ms"] = 1000
_DAY = _MICROSECONDS["d"]


def compare_times(a: str, b: str) -> int | None:
    """By the parts both have; one zone missing, or one precision finer after equal parts, is None."""
    left, right = _PARTS.match(a), _PARTS.match(b)
    if left is None or right is None:
        return _clocks(a, b)
    if left[5] and right[5] and bool(left[8]) == bool(right[8]):
        return _instants(left, right)
    for index in range(1, 6):
        if left[index] is None or right[index] is None:
            return 0 if left[index] is right[index] else None
        if left[index] != right[index]:
            # a zone may move a time by a day against a date without one
            return _sign(left[index], right[index]) if index < 3 or not (left[4] or right[4]) else None
    return None


def _clocks(a: str, b: str) -> int | None:
    """Two times of day."""
    left, right = _CLOCK.match(a), _CLOCK.match(b)
    if left is None or right is None:
        return None
    for index in range(1, 4):
        if left[index] is None or right[index] is None:
            return 0 if left[index] is right[index] else None
        if left[index] != right[index]:
            return _sign(left[index], right[index])
    return _sign(Decimal(left[4] or 0), Decimal(right[4] or 0))


def _instants(left: re.Match[str], right: re.Match[str]) -> int | None:
    a, b = _instant(left), _instant(right)
    if a is None or b is None:
        return None
    if (left[6] is None) is not (right[6] is None) and a[0].replace(second=0) == b[0].replace(second=0):
        return None
    return _sign(a, b)


def _instant(parts: re.Match[str]) -> tuple[datetime, Decimal] | None:
    """The moment in UTC and the fraction of its second; None of an impossible one, which the format refuses."""
    zone = UTC
    try:
        if parts[8] and parts[8] != "Z":
            offset = timedelta(hours=int(parts[8][1:3]), minutes=int(parts[8][4:6]))
            zone = timezone(-offset if parts[8][0] == "-" else offset)
        year, month, day, hour, minute = (int(parts[index]) for index in range(1, 6))
        moment = datetime(year, month, day, hour, minute, tzinfo=zone)
        moment += timedelta(seconds=int(parts[6] or 0))  # 60 is legal
        return moment.astimezone(UTC), Decimal(parts[7] or 0)
    except (ValueError, OverflowError):
        return None


def moved(text: str, kind: str, span: Quantity, direction: int) -> Temporal:
    """``text`` later (``direction`` 1) or earlier (-1) by ``span``, in the precision that it has."""
    if magnitude(span.value) >= 10**12 or (span.unit not in _MONTHS and span.unit not in _MICROSECONDS):
        raise FhirPathError("not a span of time")
    parts = _PARTS.match(f"2000-01-03T{text}" if kind == "time" else text)
    if parts is None or (kind == "time" and span.unit not in _MICROSECONDS):
        raise FhirPathError("not a date or time that can be moved by this span")
    try:
        if parts[3] is None:
            return Temporal(_moved_month(parts, span, direction), kind)
        made = _moved_day(parts, span, direction)
    except (ValueError, OverflowError):
        raise FhirPathError("a date out of all calendars") from None
    return Temporal(made[11:] if kind == "time" else made, kind)


def _moved_month(parts: re.Match[str], span: Quantity, direction: int) -> str:
    """A year or a month, by the span in its own precision: 30 days are a month, 365 a year."""
    amount = int(magnitude(span.value))
    days = amount * _MICROSECONDS.get(span.unit, 0) // _DAY
    months = amount * _MONTHS[span.unit] if span.unit in _MONTHS else days // 30 if parts[2] else days // 365 * 12
    if not parts[2]:
        months = months // 12 * 12
    year, month = _month_of(int(parts[1]), int(parts[2] or 1), months if span.value * direction > 0 else -months)
    return f"{year:04}-{month:02}" if parts[2] else f"{year:04}"


def _moved_day(parts: re.Match[str], span: Quantity, direction: int) -> str:
    if span.unit in _MONTHS:
        year, month = _month_of(int(parts[1]), int(parts[2]), int(span.value) * _MONTHS[span.unit] * direction)
        day = min(int(parts[3]), monthrange(year, month)[1])
        return f"{year:04}-{month:02}-{day:02}{parts.string[10:]}"
    amount = span.value if span.unit in ("s", "ms") else int(span.value)
    step = int(magnitude(amount) * _MICROSECONDS[span.unit])
    if not parts[4]:
        step = step // _DAY * _DAY
    year, month, day, hour, minute, second = (int(parts[index] or 0) for index in range(1, 7))
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    moment += timedelta(microseconds=int(Decimal(parts[7] or 0) * 1_000_000))
    moment += timedelta(microseconds=step if amount * direction > 0 else -step)
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02}" + (_written(moment, parts) if parts[4] else "")


def _month_of(year: int, month: int, months: int) -> tuple[int, int]:
    count = year * 12 + month - 1 + months
    if not 12 <= count < 120_000:
        raise ValueError(count)
    return count // 12, count % 12 + 1


def _written(moment: datetime, parts: re.Match[str]) -> str:
    """The time of day as precise as it was, with the zone that it had."""
    shown = ["T"]
    if parts[4]:
        shown.append(f"{moment.hour:02}")
    if parts[5]:
        shown.append(f":{moment.minute:02}")
    if parts[6]:
        shown.append(f":{moment.second:02}")
    if parts[7] or (parts[6] and moment.microsecond):
        shown.append(f".{moment.microsecond // 1000:03}")
    return "".join(shown) + (parts[8] or "")


def _sign(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)
