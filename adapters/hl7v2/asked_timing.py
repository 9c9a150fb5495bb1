"""When and how much an order asks for: TQ1, else ORC-7 or OBR-27 (TQ)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes import timing
from adapters.hl7v2.datatypes.amounts import amount
from adapters.hl7v2.datatypes.codes import code
from adapters.hl7v2.datatypes.moments import clock, date_time, reversed_period
from adapters.hl7v2.groups import Order
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace

_STEPS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days", "wk": "weeks"}
# TQ's components, to TQ1's fields; 2 and 3 have a form of their own.
_COMPONENTS = {1: 2, 4: 7, 5: 8, 6: 9, 7: 10, 8: 11, 11: 13, 12: 14}

Said = Callable[[int], Sequence[Value]]  # a field of TQ1 → its repetitions


@dataclass(slots=True)
class Asked:
    """What one TQ1 or TQ says; each None where it does not."""

    timing: Piece | None
    quantity: Piece | None
    priority: Piece | None
    condition: Piece | None  # a text
    instruction: Piece | None  # a text


def asked_of(order: Order, scope: Scope) -> list[Asked]:
    """One for each TQ1; where there is none, one for each repetition of ORC-7, else of OBR-27."""
    if order.timings:
        return [_read(one.said, scope) for one in order.timings]
    return [_of_value(one, scope) for one in _values(order)]


def asked_once(order: Order, scope: Scope) -> Asked | None:
    """The first, for what has one timing only; the others are held."""
    if order.timings:
        for one in order.timings[1:]:
            for number in one.filled():
                _refuse(one.said(number) if number > 1 else (), scope)
        return _read(order.timings[0].said, scope)
    values = _values(order)
    _refuse(values[1:], scope)
    return _of_value(values[0], scope) if values else None


def _values(order: Order) -> Sequence[Value]:
    for segment, field in ((order.orc, 7), (order.obr, 27)):
        if segment is not None and (said := segment.said(field)):
            return said
    return ()


def _of_value(value: Value, scope: Scope) -> Asked:
    """TQ read as the TQ1 it became in 2.5 (HL7 v2.5.1 section 4.3)."""
    parts = {field: value.part(component) for component, field in _COMPONENTS.items()}
    fields = {field: [part] for field, part in parts.items() if part.raw}
    pattern, length = value.part(2), value.part(3)
    fields[3] = [pattern.part(1)] if pattern.peek(1) else []
    fields[4] = [pattern.worded(one.strip()) for one in pattern.peek(2).split(",") if one.strip()]
    if (short := timing.short_duration(length.peek())) is not None:
        fields[6] = [length.worded(*short)]
    made = _read(lambda field: fields.get(field, ()), scope)
    for component, field in _COMPONENTS.items():
        value.take_part(component, parts[field])
    for component, read, sub in ((2, fields[3], 1), (2, fields[4], 2), (3, fields.get(6, ()), 1)):
        if any(one.touched for one in read):
            value.take(component, sub)
    return made


def _read(said: Said, scope: Scope) -> Asked:
    made, repeat = Composite(), Composite()
    for value in said(3)[:1]:
        made.put_piece("code", timing.pattern_code(value))
        _tried([value], scope, lambda value: timing.place_pattern(value, repeat, scope))
    _place_times(said, repeat, scope)
    _place_bounds(said, repeat, scope)
    _tried(said(13)[:1], scope, lambda value: _place_duration(value, repeat, scope))
    _tried(said(14)[:1], scope, lambda value: repeat.put_piece("count", timing.whole_number(value)))
    _refuse((*said(3)[1:], *said(5)[1:], *said(9)[1:]), scope)
    made.put_piece("repeat", repeat.piece())
    return Asked(
        made.piece(),
        _tried(said(2)[:1], scope, lambda value: amount(value, scope)),
        _tried(said(9)[:1], scope, lambda value: code(value, scope, "hl7v2-priority")),
        _tried(said(10)[:1], scope, _text),
        _tried(said(11)[:1], scope, _text),
    )


def _place_times(said: Said, repeat: Composite, scope: Scope) -> None:
    """Times of the day, and the time before or after an event, which Timing keeps apart (tim-9, tim-10)."""
    if "when" not in repeat.value:
        _tried(said(4), scope, lambda value: repeat.add_piece("timeOfDay", clock(value)))
        _refuse(said(5)[:1], scope)
        return
    _refuse(said(4), scope)
    if "offset" in repeat.value or str(repeat.value["when"][0]).startswith("C"):
        _refuse(said(5)[:1], scope)
    else:
        _tried(said(5)[:1], scope, lambda value: repeat.put_piece("offset", timing.minutes(value, scope)))


def _place_bounds(said: Said, repeat: Composite, scope: Scope) -> None:
    """From start to end; the one that is not said follows from the other and the length."""
    start = _tried(said(7)[:1], scope, lambda value: date_time(value, scope))
    end = _tried(said(8)[:1], scope, lambda value: date_time(value, scope))
    length = said(6)[:1]
    if start is None and end is None:
        made = _tried(length, scope, lambda value: timing.bounds_duration(value, scope))
        repeat.put_piece("boundsDuration", made)
        return
    if start is None or end is None:
        known, sign = (start, 1) if start is not None else (end, -1)
        other = _tried(length, scope, lambda value: _shifted(known, value, sign, scope))
        start, end = (start, other) if sign > 0 else (other, end)
    else:
        _refuse(length, scope)
    bounds = Composite()
    bounds.put_piece("start", start)
    bounds.put_piece("end", end)
    if reversed_period(bounds.value):
        for value in said(8)[:1]:
            scope.ledger.refuse_field(value.path, CannotPlace("hl7v2-period-reversed", clinical=True))
        del bounds.value["end"]
        bounds.sources.pop("end", None)
    repeat.put_piece("boundsPeriod", bounds.piece())


def _shifted(known: Piece | None, value: Value, sign: int, scope: Scope) -> Piece | None:
    """A moment so much later or earlier; only a whole moment can be counted from, and only in weeks or less."""
    number, unit = timing.duration(value, scope)
    if known is None or "T" not in known.value or unit not in _STEPS:
        raise CannotPlace("hl7v2-duration-malformed", clinical=True)
    try:
        moment = datetime.fromisoformat(known.value) + sign * timedelta(**{_STEPS[unit]: float(number)})
    except OverflowError:
        raise CannotPlace("hl7v2-duration-malformed", clinical=True) from None
    return Piece.of(moment.isoformat(), f"{value.path} (counted)")


def _place_duration(value: Value, repeat: Composite, scope: Scope) -> None:
    number, unit = timing.duration(value, scope)
    repeat.put("duration", number, value.path)
    repeat.put("durationUnit", unit, value.path)


def _text(value: Value) -> Piece | None:
    text = value.whole().strip()
    return Piece.of(text, value.path) if text else None


def _tried(values: Iterable[Value], scope: Scope, convert: Callable[[Value], Piece | None]) -> Piece | None:
    """The last conversion's piece; a value that cannot be placed is listed with an issue, and held."""
    made = None
    for value in values:
        try:
            made = convert(value)
        except CannotPlace as why:
            why.clinical = True  # an order done at another time, or as often again
            scope.ledger.refuse_field(value.path, why)
    return made


def _refuse(values: Iterable[Value], scope: Scope) -> None:
    """What one Timing cannot say beside the rest: held, since a dose or a sample would be at another time."""
    for value in values:
        scope.ledger.refuse_field(value.path, CannotPlace("hl7v2-timing-second", clinical=True))
