"""Order between two items: numbers, strings, dates and times, quantities.

None means that R4 gives no answer: another precision, another unit.
http://hl7.org/fhirpath/2018Sep/#comparison
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.nodes import Node, content

_TEMPORAL = frozenset({"date", "dateTime", "instant", "time"})
_PARTS = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?\Z", re.ASCII
)


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 as ``left`` is before, equal to or after ``right``; None without an answer."""
    a, b = content(left), content(right)
    if _is_temporal(left) or _is_temporal(right):
        return _times(str(a), str(b))
    if isinstance(a, dict) and isinstance(b, dict):
        return _quantities(a, b)
    if isinstance(a, str) and isinstance(b, str):
        return _sign(a, b)
    if _is_number(a) and _is_number(b):
        try:
            return _sign(a, b)
        except InvalidOperation as fault:
            raise FhirPathError("not a number that has an order") from fault
    raise FhirPathError("these two kinds have no order")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_temporal(item: Any) -> bool:
    return isinstance(item, Node) and item.type.name in _TEMPORAL


def _sign(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _quantities(a: dict[str, Any], b: dict[str, Any]) -> int | None:
    """Only within one unit: converting is the unit table's, not an order's."""
    if any(a.get(name) != b.get(name) for name in ("system", "code", "unit")):
        return None
    if not (_is_number(a.get("value")) and _is_number(b.get("value"))):
        return None
    return _sign(a["value"], b["value"])


def _times(a: str, b: str) -> int | None:
    """By the parts both have; one zone missing, or one precision finer after equal parts, is None."""
    left, right = _PARTS.match(a), _PARTS.match(b)
    if left is None or right is None:
        return _sign(a, b) if left is right else None  # two times of day order as text
    if left[4] and right[4] and bool(left[8]) == bool(right[8]):
        return _instants(left, right)
    for index in range(1, 4):
        if left[index] is None or right[index] is None:
            return 0 if left[index] is right[index] else None
        if left[index] != right[index]:
            # a zone may move a time by a day against a date without one
            return _sign(left[index], right[index]) if index < 3 or not (left[4] or right[4]) else None
    return None if left[4] or right[4] else 0


def _instants(left: re.Match[str], right: re.Match[str]) -> int | None:
    try:
        return _sign(_instant(left), _instant(right))
    except (ValueError, OverflowError):
        return None  # an impossible date is the format's to refuse


def _instant(parts: re.Match[str]) -> tuple[datetime, Decimal]:
    zone = UTC
    if parts[8] and parts[8] != "Z":
        offset = timedelta(hours=int(parts[8][1:3]), minutes=int(parts[8][4:6]))
        zone = timezone(-offset if parts[8][0] == "-" else offset)
    year, month, day, hour, minute = (int(parts[index]) for index in range(1, 6))
    second = int(parts[6] or 0)
    moment = datetime(year, month, day, hour, minute, tzinfo=zone) + timedelta(seconds=second)  # 60 is legal
    return moment.astimezone(UTC), Decimal(parts[7] or 0)
