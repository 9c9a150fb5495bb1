"""The first look at a period: where both ends are written alike, as nearly all are, their texts are in their order."""

from __future__ import annotations

from typing import Any

_DATE, _MOMENT = len("2026-11-22"), len("2026-11-22T07:30:00+07:00")
_ZONE = len("2026-11-22T07:30:00")  # where it begins


def in_order(period: dict[str, Any]) -> bool:
    """True when per-1 certainly holds: two dates, or two moments of one zone, of which the first is not the later.

    In the first and in the last year of the calendar a zone may lead out of it; those are left to the expression.
    """
    start, end = period.get("start", ""), period.get("end", "")
    return (
        len(start) == len(end)
        and len(start) in (_DATE, _MOMENT)
        and start[_ZONE:] == end[_ZONE:]
        and "0002" < start <= end < "9999"
    )
