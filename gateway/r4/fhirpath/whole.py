"""Functions of the input as a whole: existence, counting, one or some of its items, what is below them.

http://hl7.org/fhirpath/2018Sep/#existence, #subsetting and #tree-navigation
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import Expression, from_collect, from_truth, integer_of
from gateway.r4.fhirpath.families import Arguments, Make, Table, test, value
from gateway.r4.fhirpath.nodes import Collection, Environment, Node, content, descendants, key
from gateway.r4.fhirpath.operators import union


def _is_distinct(items: Collection) -> bool:
    return len({key(item) for item in items}) == len(items)


def _single(items: Collection) -> Collection:
    if len(items) > 1:
        raise FhirPathError("one item was expected")
    return items


def _booleans(items: Collection) -> list[bool]:
    found = [content(item) for item in items]
    if not all(isinstance(each, bool) for each in found):
        raise FhirPathError("booleans were expected")
    return found


def _not(source: Expression, _arguments: Arguments) -> Expression:
    truth = source.truth

    def negated(environment: Environment, this: Collection) -> bool | None:
        answer = truth(environment, this)
        return None if answer is None else not answer

    return from_truth(negated)


def _cut(part: Callable[[Collection, int], Collection]) -> dict[int, Make]:
    def make(source: Expression, arguments: Arguments) -> Expression:
        return from_collect(
            lambda environment, this: part(
                source.collect(environment, this), integer_of(arguments[0].collect(environment, this))
            )
        )

    return {1: make}


def _children(source: Expression, _arguments: Arguments) -> Expression:
    def collect(environment: Environment, this: Collection) -> Collection:
        found: list[Any] = []
        for node in source.collect(environment, this):
            if isinstance(node, Node):
                found.extend(node.type.children(node, None))
        environment.spend(len(found))
        return found

    return from_collect(collect)


def _descendants(source: Expression, _arguments: Arguments) -> Expression:
    collect = source.collect
    return from_collect(lambda environment, this: descendants(environment, collect(environment, this)))


WHOLE: Table = {
    "exists": test(bool),
    "empty": test(lambda items: not items),
    "isDistinct": test(_is_distinct),
    "allTrue": test(lambda items: all(_booleans(items))),
    "anyTrue": test(lambda items: any(_booleans(items))),
    "allFalse": test(lambda items: not any(_booleans(items))),
    "anyFalse": test(lambda items: not all(_booleans(items))),
    "not": {0: _not},
    "count": value(lambda items: [len(items)]),
    "single": value(_single),
    "first": value(lambda items: items[:1]),
    "last": value(lambda items: items[-1:]),
    "tail": value(lambda items: items[1:]),
    "skip": _cut(lambda items, number: items[max(number, 0) :]),
    "take": _cut(lambda items, number: items[: max(number, 0)]),
    "distinct": value(lambda items: union(items, [])),
    "children": {0: _children},
    "descendants": {0: _descendants},
}
