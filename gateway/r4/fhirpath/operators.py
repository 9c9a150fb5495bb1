"""Operators: three-valued logic, equality, order, membership. http://hl7.org/fhirpath/2018Sep/#operations"""

from __future__ import annotations

from collections.abc import Callable

from gateway.r4.fhirpath.arithmetic import calculated, joined
from gateway.r4.fhirpath.comparison import all_equivalent, compare, equal
from gateway.r4.fhirpath.errors import FhirPathError, Undecided
from gateway.r4.fhirpath.expression import Expression, Truth, from_collect, from_truth, one
from gateway.r4.fhirpath.nodes import Collection, Environment, key, keys


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
        try:
            a = left(environment, this)
        except Undecided:  # unless the right side alone settles the whole
            if right(environment, this) is False:
                return False
            raise
        if a is False:
            return False
        b = right(environment, this)
        return False if b is False else None if a is None or b is None else True

    return truth


def _or(left: Truth, right: Truth) -> Truth:
    def truth(environment: Environment, this: Collection) -> bool | None:
        try:
            a = left(environment, this)
        except Undecided:
            if right(environment, this) is True:
                return True
            raise
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
        try:
            a = left(environment, this)
        except Undecided:
            if right(environment, this) is True:
                return True
            raise
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
    if len(left) == 1:
        return equal(left[0], right[0])
    answers = {equal(a, b) for a, b in zip(left, right, strict=True)}
    return False if False in answers else None if None in answers else True


def _unequal(left: Collection, right: Collection) -> bool | None:
    answer = _equal(left, right)
    return None if answer is None else not answer


def _ordered(accepts: Callable[[int], bool]) -> Callable[[Collection, Collection], bool | None]:
    def test(left: Collection, right: Collection) -> bool | None:
        if not left or not right:
            return None
        order = compare(one(left), one(right))
        return None if order is None else accepts(order)

    return test


def _in(left: Collection, right: Collection) -> bool | None:
    """Several items on the left are an error in the text of 1.0; R4's tim-9 asks about every one of them."""
    if not left:
        return None
    held = keys(right)
    return all(key(item) in held for item in left)


def union(left: Collection, right: Collection) -> Collection:
    """The items of both, each once, in order."""
    found: dict[object, object] = {}
    for items in (left, right):
        for item in items:
            found.setdefault(key(item), item)
    return list(found.values())


_LOGIC: dict[str, Callable[[Truth, Truth], Truth]] = {"and": _and, "or": _or, "xor": _xor, "implies": _implies}
_TESTS: dict[str, Callable[[Collection, Collection], bool | None]] = {
    "=": _equal,
    "!=": _unequal,
    "~": all_equivalent,
    "!~": lambda left, right: not all_equivalent(left, right),
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
    "in": _in,
    "contains": lambda left, right: _in(right, left),
}
_VALUES: dict[str, Callable[[Collection, Collection], Collection]] = {
    "|": union,
    "&": joined,
    **{operator: calculated(operator) for operator in ("+", "-", "*", "/", "div", "mod")},
}
