"""Durations as scheduling writes them: a number and a unit, or TQ's ``M30``. No unit is guessed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace

# ISO+ and ANS+ units, the letters of TQ.3 (HL7 v2.5 section 4.3.3), and how Vietnamese systems write them.
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds", "giây"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "phút"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "giờ"), 3600),
    **dict.fromkeys(("d", "day", "days", "ngày"), 86_400),
    **dict.fromkeys(("w", "wk", "week", "weeks", "tuần"), 604_800),
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,7}(?:\.[0-9]{1,3})?\Z", re.ASCII)
_COUNTED = re.compile(r"([SMHDW])([0-9]{1,7})\Z")


def seconds(amount: Value | None, unit: Value | None) -> int | None:
    """The duration in seconds, both values taken; None when there is none, or its unit is not known."""
    if amount is None or unit is None:
        return None
    factor = next((_SECONDS[text.lower()] for text in (unit.peek(1), unit.peek(2)) if text.lower() in _SECONDS), 0)
    if not factor or not _NUMBER.match(amount.peek()):
        return None
    made = Decimal(amount.peek()) * factor
    if made != int(made):
        return None
    amount.take()
    for component in (1, 2, 3):
        unit.take(component)
    return int(made)


def counted(value: Value, component: int) -> int | None:
    """TQ.3: a letter and a number, ``M30``."""
    matched = _COUNTED.match(value.peek(component).upper())
    if matched is None:
        return None
    value.take(component)
    return int(matched[2]) * _SECONDS[matched[1].lower()]


def later(moment: str, by: int, source: str) -> Piece:
    """A FHIR instant and so many seconds behind it (before it, if negative), with where the number came from."""
    try:
        made = datetime.fromisoformat(moment) + timedelta(seconds=by)
    except OverflowError:
        raise CannotPlace("time-impossible") from None
    return Piece.of(made.isoformat(), f"{source} (counted from the start)")
