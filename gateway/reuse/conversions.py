"""A value in another unit of the same quantity, by a row of the lists and by nothing else.

The source's value is never replaced: what comes out stands beside it, marked as converted. It is rounded to the power
of ten at or below what the source's last digit is worth, so no digit of the source is lost and none finer is invented
beyond that place. A comparator is kept; where a row would reverse it (a negative factor), there is no conversion.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_FLOOR, Context, Decimal, DecimalException

from gateway.reuse.result import Quantity, ReferenceRange
from gateway.reuse.rules import Conversion

_EXACT = Context(prec=60)
_FARTHEST = 30  # powers of ten: beyond, a number is no measurement


def converted(value: Quantity, unit: str, rows: Iterable[Conversion]) -> Quantity | None:
    """``value`` in ``unit``, a UCUM code; None where no row leads there or the number cannot be carried over."""
    row = row_between(value.unit, unit, rows)
    if row is None or not measurable(value.number):
        return None
    try:
        factor, offset = Decimal(row.factor), Decimal(row.offset or "0")
        if not factor.is_finite() or not offset.is_finite() or not factor or (value.comparator and factor < 0):
            return None
        if row.unit == value.unit:
            exact = _EXACT.add(_EXACT.multiply(value.number, factor), offset)
            worth = _EXACT.multiply(_last_digit(value.number), abs(factor))
        else:
            exact = _EXACT.divide(_EXACT.subtract(value.number, offset), factor)
            worth = _EXACT.divide(_last_digit(value.number), abs(factor))
        if max(abs(exact.adjusted()), abs(worth.adjusted())) > _FARTHEST:
            return None
        step = Decimal(1).scaleb(int(_EXACT.log10(worth).to_integral_value(ROUND_FLOOR)))
        number = exact.quantize(step, context=_EXACT)
    except DecimalException:
        return None
    return Quantity(number, f"{number:f}", value.comparator, unit, unit)


def measurable(number: Decimal) -> bool:
    """A finite number of a size and precision that something measured can have."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and abs(exponent) <= _FARTHEST and abs(number.adjusted()) <= _FARTHEST


def row_between(unit: str, other: str, rows: Iterable[Conversion]) -> Conversion | None:
    """The row that leads from one unit to the other, read in either direction; units that are not known have none."""
    if not unit or not other or unit == other:
        return None
    return next((row for row in rows if {row.unit, row.other} == {unit, other}), None)


def converted_range(one: ReferenceRange, unit: str, rows: tuple[Conversion, ...]) -> ReferenceRange | None:
    """The range in ``unit``; None where an end of it cannot be carried over. A negative factor would swap the ends."""
    ends: dict[str, Quantity | None] = {"low": one.low, "high": one.high}
    for name, end in ends.items():
        if end is None:
            continue
        row = row_between(end.unit, unit, rows)
        ends[name] = end if end.unit == unit else converted(end, unit, rows)
        if ends[name] is None or (row is not None and row.factor.startswith("-")):
            return None
    return replace(one, low=ends["low"], high=ends["high"], text="")


def same_amount(one: Quantity, other: Quantity, rows: tuple[Conversion, ...]) -> bool:
    """The same value, told in the same unit or in one that a row leads to, as far as their digits go."""
    if one.comparator != other.comparator or not measurable(one.number) or not measurable(other.number):
        return False
    if one.unit == other.unit:
        return one.number == other.number and (one.unit != "" or one.unit_text == other.unit_text)
    for first, second in ((one, other), (other, one)):
        carried = converted(first, second.unit, rows)
        if carried is not None:
            wide = max(_last_digit(carried.number), _last_digit(second.number))
            return abs(_EXACT.subtract(carried.number, second.number)) <= wide
    return False


def _last_digit(number: Decimal) -> Decimal:
    """What one step of the last written digit is worth: 0.1 of 5.4."""
    exponent = number.as_tuple().exponent
    return Decimal((0, (1,), exponent if isinstance(exponent, int) else 0))
