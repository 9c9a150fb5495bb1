"""``+ - * / div mod`` and ``&``: numbers, texts, quantities, dates and times.

http://hl7.org/fhirpath/2018Sep/#math. Division by zero is empty; a result too large for any
measurement is a FhirPathError, so that no expression can grow numbers or texts without end.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import one
from gateway.r4.fhirpath.nodes import Collection, Node, content
from gateway.r4.fhirpath.times import TEMPORAL, moved
from gateway.r4.fhirpath.values import Quantity, Temporal, as_quantity, in_one_unit, is_number

LARGEST = 10**28
LONGEST = 1_000_000  # characters of a text that an expression makes
EXACT = Context(prec=28, Emin=-60, Emax=60, traps=[InvalidOperation, DivisionByZero, Overflow])


def bounded(value: Any) -> Any:
    """A number or text that an expression made, unless it is too large."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise FhirPathError("a text too long")
    elif not -LARGEST < value < LARGEST:
        raise FhirPathError("a number too large")
    return value


def calculated(operator: str) -> Callable[[Collection, Collection], Collection]:
    """The operator over two collections; an empty side gives nothing."""
    calculate = _OPERATORS[operator]

    def value(left: Collection, right: Collection) -> Collection:
        if not left or not right:
            return []
        found = calculate(one(left), one(right))
        return [] if found is None else [found]

    return value


def joined(left: Collection, right: Collection) -> Collection:
    """``&``: an empty side is an empty text."""
    texts = [content(one(items)) if items else "" for items in (left, right)]
    texts = ["" if text is None else text for text in texts]
    if not all(isinstance(text, str) for text in texts):
        raise FhirPathError("a text was expected")
    return [bounded("".join(texts))]


def _add(a: Any, b: Any) -> Any:
    return _moved(a, b, 1) or _sum(content(a), content(b), 1)


def _subtract(a: Any, b: Any) -> Any:
    if isinstance(content(a), str) and not _kind(a):
        raise FhirPathError("text cannot be subtracted")
    return _moved(a, b, -1) or _sum(content(a), content(b), -1)


def _sum(a: Any, b: Any, sign: int) -> Any:
    if isinstance(a, str) and isinstance(b, str) and sign == 1:
        return bounded(a + b)
    if is_number(a) and is_number(b):
        return _number(a, b, lambda x, y: x + sign * y)
    left, right = as_quantity(a), as_quantity(b)
    if left is None or right is None:
        raise FhirPathError("these two kinds cannot be calculated with")
    both = in_one_unit(left, right)
    if both is None:
        raise FhirPathError("two units that are not known to convert")
    total = _number(*both, lambda x, y: x + sign * y)
    ones = in_one_unit(Quantity(1, left.unit), Quantity(1, right.unit))
    if left.unit == right.unit or ones is None:
        return Quantity(total, left.unit)
    # both numbers were brought to another unit than either; the sum goes back to the finer of the two
    return Quantity(EXACT.divide(total, Decimal(min(ones))), left.unit if ones[0] < ones[1] else right.unit)


def _moved(a: Any, b: Any, direction: int) -> Temporal | None:
    kind = _kind(a)
    span = as_quantity(content(b)) if kind else None
    return moved(content(a), kind, span, direction) if span is not None else None


def _kind(item: Any) -> str:
    """date, dateTime or time; empty when it is none of them."""
    if isinstance(item, Temporal):
        return item.kind
    if isinstance(item, Node) and item.type.name in TEMPORAL and isinstance(item.value, str):
        return item.type.name.replace("instant", "dateTime")
    return ""


def _number(a: Any, b: Any, calculate: Callable[[Any, Any], Any]) -> Any:
    """Of integers exactly, of decimals to 28 digits; large operands are refused first."""
    if not (is_number(a) and is_number(b)):
        raise FhirPathError("these two kinds cannot be calculated with")
    bounded(a), bounded(b)
    return bounded(calculate(a, b))


def _multiply(a: Any, b: Any) -> Any:
    a, b = content(a), content(b)
    if isinstance(b, Quantity | dict) and is_number(a):
        a, b = b, a
    if isinstance(a, Quantity | dict) and is_number(b):
        found = as_quantity(a)
        return None if found is None else Quantity(_number(found.value, b, lambda x, y: x * y), found.unit)
    return _number(a, b, lambda x, y: x * y)


def _divide(a: Any, b: Any) -> Any:
    a, b = content(a), content(b)
    if isinstance(a, Quantity | dict) and is_number(b):
        found = as_quantity(a)
        value = _divided(found.value, b) if found else None
        return Quantity(value, found.unit) if found and value is not None else None
    return _divided(a, b)


def _divided(a: Any, b: Any) -> Decimal | None:
    if not (is_number(a) and is_number(b)):
        raise FhirPathError("these two kinds cannot be calculated with")
    if b == 0:
        return None
    return EXACT.divide(Decimal(bounded(a)), Decimal(bounded(b)))


def _div(a: Any, b: Any) -> Any:
    quotient = _divided(content(a), content(b))
    return None if quotient is None else _whole(content(a), content(b))


def _whole(a: Any, b: Any) -> int:
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) // abs(b) * (1 if (a < 0) is (b < 0) else -1)
    return int(EXACT.divide_int(Decimal(a), Decimal(b)))


def _mod(a: Any, b: Any) -> Any:
    a, b = content(a), content(b)
    if _divided(a, b) is None:
        return None
    if isinstance(a, int) and isinstance(b, int):
        return a - _whole(a, b) * b
    return EXACT.remainder(Decimal(a), Decimal(b))


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "div": _div,
    "mod": _mod,
}
