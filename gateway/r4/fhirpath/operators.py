"""Operators: three-valued logic, equality, order, arithmetic. http://hl7.org/fhirpath/2018Sep/#operations"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.r4.fhirpath.comparison import compare
from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import Expression, Truth, from_collect, from_truth
from gateway.r4.fhirpath.nodes import Collection, Environment, content, key, keys


def operation(operator: str, left: Expression, right: Expression) -> Expression:
    """The expression ``left operator right``."""
    if operator in _LOGIC:
        return from_truth(_LOGIC[operator](left.truth, right.truth))
    if operator in _TESTS:
        test = _TESTS[operator]
        return from_truth(
            lambda environment, this: test(left.collect(environment, this), right.collect(environment, this))
        )
    if operator in _VALUES:
        value = _VALUES[operator]
        return from_collect(
            lambda environment, this: value(left.collect(environment, this), right.collect(environment, this))
        )
    raise FhirPathError(f"the operator {operator} is not built")


def _and(left: Truth, right: Truth) -> Truth:
    def truth(environment: Environment, this: Collection) -> bool | None:
        a = left(environment, this)
        if a is False:
            return False
        b = right(environment, this)
        return False if b is False else None if a is None or b is None else True

    return truth


def _or(left: Truth, right: Truth) -> Truth:
    def truth(environment: Environment, this: Collection) -> bool | None:
        a = left(environment, this)
        if a is True:
            return True
        b = right(environment, this)
        return True if b is True else None if a is None or b is None else False

    return truth


def _xor(left: Truth, right: Truth) -> Truth:
    def truth(environment: Environment, this: Collection) -> bool | None:
        a, b = left(environment, this), right(environment, this)
        return None if a is None or b is None else a is not b

    return truth


def _implies(left: Truth, right: Truth) -> Truth:
    def truth(environment: Environment, this: Collection) -> bool | None:
        a = left(environment, this)
        if a is False:
            return True
        b = right(environment, this)
        return True if b is True else None if a is None or b is None else False

    return truth


def _equal(left: Collection, right: Collection) -> bool | None:
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    return all(key(a) == key(b) for a, b in zip(left, right, strict=True))


def _unequal(left: Collection, right: Collection) -> bool | None:
    answer = _equal(left, right)
    return None if answer is None else not answer


def _ordered(accepts: Callable[[int], bool]) -> Callable[[Collection, Collection], bool | None]:
    def test(left: Collection, right: Collection) -> bool | None:
        if not left or not right:
            return None
        order = compare(_one(left), _one(right))
        return None if order is None else accepts(order)

    return test


def _in(left: Collection, right: Collection) -> bool | None:
    """Several items on the left are an error in the text of 1.0; R4's tim-9 asks about every one of them."""
    if not left:
        return None
    held = keys(right)
    return all(key(item) in held for item in left)


def _one(items: Collection) -> Any:
    if len(items) != 1:
        raise FhirPathError("one item was expected")
    return items[0]


def union(left: Collection, right: Collection) -> Collection:
    """The items of both, each once, in order."""
    return list({key(item): item for item in reversed([*left, *right])}.values())[::-1]


def _joined(left: Collection, right: Collection) -> Collection:
    """``&``: an empty side is an empty string."""
    return [
        "".join(
            str(content(_one(items))) if items and content(_one(items)) is not None else "" for items in (left, right)
        )
    ]


def _arithmetic(calculate: Callable[[Any, Any], Any]) -> Callable[[Collection, Collection], Collection]:
    def value(left: Collection, right: Collection) -> Collection:
        if not left or not right:
            return []
        a, b = content(_one(left)), content(_one(right))
        numbers = all(isinstance(each, int | Decimal) and not isinstance(each, bool) for each in (a, b))
        if not numbers and not (isinstance(a, str) and isinstance(b, str)):
            raise FhirPathError("these two kinds cannot be calculated with")
        return [calculate(a, b)]

    return value


def _difference(a: Any, b: Any) -> Any:
    if isinstance(a, str):
        raise FhirPathError("text cannot be subtracted")
    return a - b


_LOGIC: dict[str, Callable[[Truth, Truth], Truth]] = {"and": _and, "or": _or, "xor": _xor, "implies": _implies}
_TESTS: dict[str, Callable[[Collection, Collection], bool | None]] = {
    "=": _equal,
    "!=": _unequal,
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
    "in": _in,
    "contains": lambda left, right: _in(right, left),
}
_VALUES: dict[str, Callable[[Collection, Collection], Collection]] = {
    "|": union,
    "&": _joined,
    "+": _arithmetic(lambda a, b: a + b),
    "-": _arithmetic(_difference),
}
