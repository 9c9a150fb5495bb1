"""Functions of numbers. http://hl7.org/fhirpath/2018Sep/#math-1

In 28 digits; what has no answer (the root of a negative number) is empty, what is too large a FhirPathError.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from gateway.r4.fhirpath.arithmetic import EXACT, bounded
from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import Expression, from_collect, integer_of, one
from gateway.r4.fhirpath.families import Arguments, Make, Table, of_item
from gateway.r4.fhirpath.nodes import Collection, Environment, content
from gateway.r4.fhirpath.values import Quantity, is_number, magnitude


def _number(item: Any) -> int | Decimal:
    value = content(item)
    if not is_number(value):
        raise FhirPathError("a number was expected")
    found: int | Decimal = bounded(value)
    return found


def _decimal(item: Any) -> Decimal:
    """Within the digits calculated with, so that what is made of it cannot be long either."""
    return EXACT.plus(Decimal(_number(item)))


def _absolute(item: Any) -> Any:
    value = content(item)
    return Quantity(magnitude(value.value), value.unit) if isinstance(value, Quantity) else magnitude(_number(item))


def _whole(rounding: str) -> dict[int, Make]:
    return of_item(lambda item: int(_decimal(item).to_integral_value(rounding)))


def _power(item: Any, exponent: Any) -> Any:
    value, by = _decimal(item), _decimal(exponent)
    if value < 0 and by != by.to_integral_value():
        return None
    if value == 0 and by <= 0:
        return 1 if by == 0 else None
    made = EXACT.power(value, by)
    integers = isinstance(content(item), int) and isinstance(content(exponent), int)
    return bounded(int(made) if integers and by >= 0 else made)


def _logarithm(item: Any, base: Any) -> Any:
    value, by = _decimal(item), _decimal(base)
    return EXACT.divide(EXACT.ln(value), EXACT.ln(by)) if value > 0 and by > 0 and by != 1 else None


def _with_number(calculate: Callable[[Any, Any], Any]) -> dict[int, Make]:
    def make(source: Expression, arguments: Arguments) -> Expression:
        def collect(environment: Environment, this: Collection) -> Collection:
            items, given = source.collect(environment, this), arguments[0].collect(environment, this)
            made = calculate(one(items), one(given)) if items and given else None
            return [] if made is None else [made]

        return from_collect(collect)

    return {1: make}


def _rounded(item: Any, precision: Any) -> Decimal:
    digits = integer_of([precision])
    if not 0 <= digits <= 28:
        raise FhirPathError("a precision that no number has")
    return _decimal(item).quantize(Decimal((0, (1,), -digits)), ROUND_HALF_UP, EXACT)


MATHEMATICS: Table = {
    "abs": of_item(_absolute),
    "ceiling": _whole(ROUND_CEILING),
    "floor": _whole(ROUND_FLOOR),
    "truncate": of_item(lambda item: int(_decimal(item))),
    "round": of_item(lambda item: int(_decimal(item).to_integral_value(ROUND_HALF_UP))) | _with_number(_rounded),
    "exp": of_item(lambda item: bounded(EXACT.exp(_decimal(item)))),
    "ln": of_item(lambda item: EXACT.ln(value) if (value := _decimal(item)) > 0 else None),
    "log": _with_number(_logarithm),
    "power": _with_number(_power),
    "sqrt": of_item(lambda item: EXACT.sqrt(value) if (value := _decimal(item)) >= 0 else None),
}
