"""Order, equality and equivalence of two items.

None means that R4 gives no answer: another precision, another unit.
http://hl7.org/fhirpath/2018Sep/#equality and http://hl7.org/fhirpath/2018Sep/#comparison
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.nodes import Node, content, key
from gateway.r4.fhirpath.times import TEMPORAL, compare_times
from gateway.r4.fhirpath.values import Quantity, Temporal, as_quantity, in_one_unit, is_number

_MOST = 300  # items that are looked for among as many others


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 as ``left`` is before, equal to or after ``right``; None without an answer."""
    a, b = content(left), content(right)
    if _is_temporal(left) or _is_temporal(right):
        if not (isinstance(a, str) and isinstance(b, str)):
            raise FhirPathError("these two kinds have no order")
        return compare_times(a, b)
    if isinstance(a, str) and isinstance(b, str):
        return _sign(a, b)
    if is_number(a) and is_number(b):
        return _sign(a, b)
    if isinstance(a, dict | Quantity) and isinstance(b, dict | Quantity):
        return _quantities(a, b)
    raise FhirPathError("these two kinds have no order")


def equal(left: Any, right: Any) -> bool | None:
    """``left = right`` of two single items."""
    a, b = content(left), content(right)
    if isinstance(a, str) and isinstance(b, str):
        if a == b or not (_is_temporal(left) or _is_temporal(right)):
            return a == b
        order = compare_times(a, b)
        return None if order is None else order == 0
    if isinstance(a, dict | Quantity) and isinstance(b, dict | Quantity):
        if key(a) == key(b):
            return True
        if _is_quantity(left) and _is_quantity(right):
            order = _quantities(a, b)
            return None if order is None else order == 0
    return bool(key(a) == key(b))


def equivalent(left: Any, right: Any) -> bool:
    """``left ~ right`` of two single items. http://hl7.org/fhirpath/2018Sep/#equivalence"""
    a, b = content(left), content(right)
    if isinstance(a, str) and isinstance(b, str):
        if _is_temporal(left) or _is_temporal(right):
            return a == b or compare_times(a, b) == 0
        return " ".join(a.split()).casefold() == " ".join(b.split()).casefold()
    if is_number(a) and is_number(b):
        return _alike(Decimal(a), Decimal(b))
    if isinstance(a, Quantity) or isinstance(b, Quantity) or (_is_quantity(left) and _is_quantity(right)):
        found, other = as_quantity(a), as_quantity(b)
        both = in_one_unit(found, other) if found and other else None
        return both is not None and _alike(Decimal(both[0]), Decimal(both[1]))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equivalent(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return all_equivalent(a, b)
    return bool(key(a) == key(b))


def all_equivalent(left: list[Any], right: list[Any]) -> bool:
    """Each item of one has its like in the other, in whatever order."""
    if len(left) != len(right):
        return False
    if len(left) > _MOST:
        raise FhirPathError("too many items to compare without order")
    waiting = list(right)
    for item in left:
        at = next((at for at, other in enumerate(waiting) if equivalent(item, other)), None)
        if at is None:
            return False
        del waiting[at]
    return True


def _alike(a: Decimal, b: Decimal) -> bool:
    """Equal when rounded to the less precise of the two."""
    if a == b:
        return True
    exponent = max(_exponent(a), _exponent(b))
    return a.quantize(Decimal((0, (1,), exponent))) == b.quantize(Decimal((0, (1,), exponent)))


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _is_temporal(item: Any) -> bool:
    return isinstance(item, Temporal) or (isinstance(item, Node) and item.type.name in TEMPORAL)


def _is_quantity(item: Any) -> bool:
    return isinstance(item, Quantity) or (isinstance(item, Node) and "Quantity" in item.type.ancestors)


def _sign(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _quantities(a: Any, b: Any) -> int | None:
    left, right = as_quantity(a), as_quantity(b)
    both = in_one_unit(left, right) if left and right else None
    return _sign(*both) if both else None
