"""TQ1 and TQ (ORC-7, OBR-27): when, how often and how long, to Timing (https://hl7.org/fhir/R4/datatypes.html#Timing)."""

from __future__ import annotations

import re
from decimal import Decimal

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.jsontext import Number
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.units import UCUM
from gateway.mapping.values import number
from gateway.mapping.vocabulary import vocabulary

REPEAT_PATTERN = "http://terminology.hl7.org/CodeSystem/v2-0335"
# Units of time as senders write them, to those of Timing (https://hl7.org/fhir/R4/valueset-units-of-time.html).
_UNITS = {
    **dict.fromkeys(("s", "S", "sec", "second", "seconds", "giây"), "s"),
    **dict.fromkeys(("min", "M", "minute", "minutes", "phút"), "min"),
    **dict.fromkeys(("h", "H", "hr", "hour", "hours", "giờ"), "h"),
    **dict.fromkeys(("d", "D", "day", "days", "ngày"), "d"),
    **dict.fromkeys(("wk", "W", "week", "weeks", "tuần"), "wk"),
    **dict.fromkeys(("mo", "L", "month", "months", "tháng"), "mo"),
    **dict.fromkeys(("a", "yr", "year", "years", "năm"), "a"),
}
_MINUTES = {"min": 1, "h": 60, "d": 1440, "wk": 10080}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # 1 is Monday (HL7 v2.8.2 section 2A.3.64)
_SHORT = re.compile(r"([SMHDWL])([1-9][0-9]*)\Z")  # TQ-3: M30, D7; X7 counts times


def time_unit(text: str) -> str:
    """The unit of time, or "" for a text that is none; M is minutes, L months (HL7 v2.5.1 section 4.3.3)."""
    return _UNITS.get(text) or _UNITS.get(text.lower(), "")


def duration(value: Value, scope: Scope) -> tuple[Number, str]:
    """CQ as (number, unit of time), taken. CannotPlace where either is not one."""
    amount = number(value.peek(), decimal_comma=scope.profile.decimal_comma)
    unit = next((made for sub in (1, 2) if (made := time_unit(value.peek(2, sub)))), "")
    if amount is None or not unit or str(amount).startswith("-"):
        raise CannotPlace("hl7v2-duration-malformed", clinical=True)
    value.take()
    value.take_all(2)
    return amount, unit


def bounds_duration(value: Value, scope: Scope) -> Piece:
    """CQ as a Duration in UCUM."""
    amount, unit = duration(value, scope)
    return Piece({"value": amount, "unit": unit, "system": UCUM, "code": unit}, {"": value.path})


def minutes(value: Value, scope: Scope) -> Piece:
    """CQ as whole minutes (Timing.repeat.offset)."""
    amount, unit = duration(value, scope)
    made = Decimal(str(amount)) * _MINUTES.get(unit, 0)
    if not made or made != int(made):
        raise CannotPlace("hl7v2-duration-malformed", clinical=True)
    return Piece.of(int(made), value.path)


def pattern_code(value: Value) -> Piece | None:
    """RPT.1 as Timing.code: a FHIR abbreviation where it has the same meaning, else the code of table 0335."""
    code = value.peek(1)
    if not code:
        return None
    if (target := vocabulary("hl7v2-repeat-pattern").translate(code)) is not None:
        coding = target.as_fhir()
    else:
        coding = {"system": REPEAT_PATTERN, "code": code}
    made = Composite()
    value.take_all(1)
    made.add("coding", coding, value.at(1))
    return made.piece()


def place_pattern(value: Value, repeat: Composite, scope: Scope) -> None:
    """RPT beside its code, to Timing.repeat: day of the week, period, event and offset."""
    if value.peek(2) == "DW" and value.peek(3):
        value.take(2)
        first = _day(value, 3)
        last = _day(value, 4) if value.peek(4) else first
        days = [(first + one) % 7 for one in range((last - first) % 7 + 1)]  # each of the range; HL7's map has its ends
        repeat.put("dayOfWeek", [_DAYS[one] for one in days], value.at(3))
    if value.peek(5):
        amount, unit = number(value.peek(5), decimal_comma=scope.profile.decimal_comma), time_unit(value.peek(6))
        if amount is None or not unit:
            raise CannotPlace("hl7v2-duration-malformed", clinical=True)
        value.take(5)
        value.take_all(6)
        repeat.put("period", amount, value.at(5))
        repeat.put("periodUnit", unit, value.at(6))
    event = vocabulary("hl7v2-event-period").translate(value.peek(8))
    if event is not None:
        value.take(8)
        repeat.put("when", [event.code], value.at(8))
        if value.peek(9) and not event.code.startswith("C"):  # tim-9
            amount = number(value.peek(9), decimal_comma=scope.profile.decimal_comma)
            whole = Decimal(str(amount)) * _MINUTES.get(time_unit(value.peek(10)), 0) if amount is not None else 0
            if not whole or whole != int(whole) or whole < 0:
                raise CannotPlace("hl7v2-duration-malformed", clinical=True)
            value.take(9)
            value.take_all(10)
            repeat.put("offset", int(whole), value.at(9))


def _day(value: Value, component: int) -> int:
    """0 is Monday."""
    text = value.peek(component)
    if text not in ("1", "2", "3", "4", "5", "6", "7"):
        raise CannotPlace("hl7v2-value-malformed", clinical=True)
    return int(value.take(component)) - 1


def short_duration(text: str) -> tuple[str, str] | None:
    """TQ-3 (``D7``) as (number, unit of time); None for another form, such as INDEF or X3."""
    matched = _SHORT.match(text.upper())
    return (matched[2], time_unit(matched[1])) if matched else None


def whole_number(value: Value) -> Piece:
    """NM as a positiveInt."""
    text = value.peek()
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 100000):
        raise CannotPlace("hl7v2-value-malformed", clinical=True)
    value.take()
    return Piece.of(int(text), value.path)
