"""The course of one test over all facilities as a drawing: SVG, made here, without a script or a style of its own.

Each value stands with its own reference range behind it, since laboratories give different ones. A value that was
told as ``<`` or ``>`` is an arrow that points where the true value lies, and no line leads to or from it. What cannot
be compared (another unit, another specimen, no time) is not drawn and counted beside; the table next to the drawing
says the same in words, and more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import groupby

from gateway.reuse.comparability import same_code
from gateway.reuse.conversions import converted, measurable
from gateway.reuse.result import Code, Quantity, ReferenceRange, Taken
from gateway.reuse.rules import Conversion
from gateway.reuse.series import Point
from gateway.reuse.words import day_in_viet_nam

WIDTH, HEIGHT = 640, 244
LEFT, RIGHT, TOP, BOTTOM = 58, 58, 28, 34
_TICKS = 4
MARKS = 5  # shapes, by facility
_DIGITS = 100  # of what is reckoned here: values are within 30 powers of ten (gateway.reuse.conversions)


@dataclass(frozen=True, slots=True)
class Mark:
    """A value drawn. ``shape``: 0 to MARKS - 1, the facility's; ``arrow``: "up", "down" or ""; ``low``, ``high``: of
    its range on the drawing, None where that end is open."""

    x: float
    y: float
    shape: int
    arrow: str
    valid: bool
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    text: str
    other: str  # the same in the other unit, "" without one


@dataclass(frozen=True, slots=True)
class Chart:
    """``unit``, ``other``: of the left and the right edge. ``left_out``: values that are not drawn. ``courses``: runs
    of exact values, oldest first, each joined by a line.
    """

    marks: tuple[Mark, ...]
    courses: tuple[tuple[Mark, ...], ...]
    ticks: tuple[Tick, ...]
    days: tuple[tuple[float, str], ...]
    facilities: tuple[tuple[int, str], ...]
    unit: str
    other: str
    left_out: int


@dataclass(frozen=True, slots=True)
class _Value:
    at: datetime
    quantity: Quantity
    spans: tuple[ReferenceRange, ...]
    point: Point


def chart(points: Sequence[Point], rows: Sequence[Conversion], valid: frozenset[str], language: str) -> Chart | None:
    """None where fewer than two values compare. ``valid``: references of results whose signature holds."""
    values = list(_values(points))
    if len(values) < 2:  # one value has no course
        return None
    with localcontext(prec=_DIGITS):
        return _drawn(values, len(points) - len(values), rows, valid, language)


def _drawn(
    values: Sequence[_Value], left_out: int, rows: Sequence[Conversion], valid: frozenset[str], language: str
) -> Chart:
    unit = values[0].quantity.unit
    heights = [one.quantity.number for one in values]
    for one in values:
        heights += [end.number for span in one.spans for end in (span.low, span.high) if end is not None]
    low, high = min(heights), max(heights)
    step = _step(high - low or abs(high) or Decimal(1))
    first = (low // step) * step if low >= 0 or low % step == 0 else (low // step - 1) * step
    last = first
    levels = [first]
    while last < high or len(levels) < 2:
        last += step
        levels.append(last)
    names = list(dict.fromkeys(_named(one.point) for one in values))
    begin, end = values[0].at, values[-1].at

    def x(moment: datetime) -> float:
        whole = (end - begin).total_seconds()
        share = (moment - begin).total_seconds() / whole if whole else 0.5
        return round(LEFT + 10 + share * (WIDTH - LEFT - RIGHT - 20), 1)

    def y(number: Decimal) -> float:
        return round(HEIGHT - BOTTOM - float((number - first) / (last - first)) * (HEIGHT - TOP - BOTTOM), 1)

    other = next((_other(row, unit) for row in rows if unit in (row.unit, row.other)), "")
    ticks = tuple(Tick(y(level), _plain(level), _in_other(level, unit, other, rows)) for level in levels)
    marks = tuple(_mark(one, x, y, names, valid, language) for one in values)
    days = [(x(begin), _day(begin, language))]
    if x(end) - x(begin) > 1:
        days.append((x(end), _day(end, language)))
    return Chart(
        marks,
        tuple(_runs(marks)),
        ticks,
        tuple(days),
        tuple((at % MARKS, name) for at, name in enumerate(names)),
        unit,
        other,
        left_out,
    )


def _values(points: Sequence[Point]) -> Iterator[_Value]:
    """In the unit of the newest value and of its specimen, oldest first; what has another, or no time, is left out."""
    newest = next((p for p in reversed(points) if p.shown and p.shown[0].value.unit), None)
    unit, specimen = (newest.shown[0].value.unit, newest.prior.specimen) if newest else ("", frozenset[Code]())
    found = []
    for point in points:
        shown = next((one for one in point.shown if unit and one.value.unit == unit), None)
        taken = point.prior.taken
        if shown is None or taken is None or same_code(point.prior.specimen, specimen) is False:
            continue
        if measurable(shown.value.number):
            spans = tuple(span for span in shown.ranges if _measures(span, unit))
            found.append(_Value(_middle(taken), shown.value, spans, point))
    yield from sorted(found, key=lambda one: one.at)


def _measures(span: ReferenceRange, unit: str) -> bool:
    return all(end is None or (end.unit in ("", unit) and measurable(end.number)) for end in (span.low, span.high))


def _runs(marks: Iterable[Mark]) -> Iterator[tuple[Mark, ...]]:
    for exact, run in groupby(marks, key=lambda one: not one.arrow):
        if exact and len(joined := tuple(run)) > 1:
            yield joined


def _middle(taken: Taken) -> datetime:
    return taken.earliest + (taken.latest - taken.earliest) / 2


def _mark(
    one: _Value,
    x: Callable[[datetime], float],
    y: Callable[[Decimal], float],
    names: Sequence[str],
    valid: frozenset[str],
    language: str,
) -> Mark:
    span = one.spans[0] if one.spans else None
    quantity, name = one.quantity, _named(one.point)
    beyond = quantity.comparator or next(iter(one.point.prior.interpretation & {"<", ">"}), "")
    arrow = {"<": "down", "<=": "down", ">": "up", ">=": "up"}.get(beyond, "")
    words = (
        f"{_day(one.at, language)}: {quantity.comparator}{quantity.text} {quantity.unit_text or quantity.unit}, {name}"
    )
    return Mark(
        x(one.at),
        y(quantity.number),
        names.index(name) % MARKS,
        arrow,
        one.point.prior.reference in valid,
        y(span.low.number) if span and span.low else None,
        y(span.high.number) if span and span.high else None,
        words,
    )


def _named(point: Point) -> str:
    return point.prior.facility_name or point.prior.facility or "?"


def _step(span: Decimal) -> Decimal:
    """1, 2 or 5 times a power of ten, so that some four of them cover the span."""
    rough = span / _TICKS
    power = Decimal(1).scaleb(rough.adjusted())
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _other(row: Conversion, unit: str) -> str:
    return row.other if row.unit == unit else row.unit


def _in_other(level: Decimal, unit: str, other: str, rows: Sequence[Conversion]) -> str:
    """Of an edge, rounded to three figures: no value of a patient."""
    if not other:
        return ""
    exact = converted(Quantity(level + Decimal("0.0000"), "", unit=unit), other, rows)
    return "" if exact is None else _plain(Decimal(f"{exact.number:.3g}"))


def _day(moment: datetime, language: str) -> str:
    day = day_in_viet_nam(moment)
    return f"{day:%d/%m/%Y}" if language == "vi" else day.isoformat()
