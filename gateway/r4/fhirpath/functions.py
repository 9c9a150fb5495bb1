"""Functions. http://hl7.org/fhirpath/2018Sep/#functions and https://hl7.org/fhir/R4/fhirpath.html#functions

A function is one of four kinds, each with its table: a test or a value of the input alone,
a text function whose argument is a text, one whose argument is asked of every item, and the
few that need more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.expression import Collect, Expression, from_collect, from_truth
from gateway.r4.fhirpath.nodes import Collection, Environment, Node, content, descendants, key, keys
from gateway.r4.fhirpath.operators import union
from gateway.r4.narrative import broken_narrative

Arguments = tuple[Expression, ...]


def call(name: str, source: Expression, arguments: Arguments) -> Expression:
    """The expression ``source.name(arguments)``."""
    for table, arity in ((_TESTS, 0), (_VALUES, 0), (_PER_ITEM, 1), (_TEXT, None), (_SETS, 1), (_SPECIAL, None)):
        if name in table and arity in (None, len(arguments)):
            made: Expression = table[name](source, arguments)
            return made
    raise FhirPathError(f"the function {name} with {len(arguments)} arguments is not built")


def index(source: Expression, position: Expression) -> Expression:
    """``source[position]``, from 0; empty beyond the end."""

    def collect(environment: Environment, this: Collection) -> Collection:
        at = content(_one(position.collect(environment, this)))
        return source.collect(environment, this)[at : at + 1]

    return from_collect(collect)


def _one(items: Collection) -> Any:
    if len(items) != 1:
        raise FhirPathError("one item was expected")
    return items[0]


# The input alone -------------------------------------------------------------------------


def _test(ask: Callable[[Collection], bool | None]) -> Callable[[Expression, Arguments], Expression]:
    def make(source: Expression, _arguments: Arguments) -> Expression:
        collect = source.collect
        return from_truth(lambda environment, this: ask(collect(environment, this)))

    return make


def _value(give: Callable[[Collection], Collection]) -> Callable[[Expression, Arguments], Expression]:
    def make(source: Expression, _arguments: Arguments) -> Expression:
        collect = source.collect
        return from_collect(lambda environment, this: give(collect(environment, this)))

    return make


def _has_value(items: Collection) -> bool:
    if len(items) != 1:
        return False
    item = items[0]
    return not isinstance(item, Node) or (item.is_primitive and item.value is not None)


def _is_distinct(items: Collection) -> bool:
    return len({key(item) for item in items}) == len(items)


def _children(items: Collection) -> Collection:
    return [child for node in items if isinstance(node, Node) for child in node.type.children(node, None)]


def _to_integer(items: Collection) -> Collection:
    if not items:
        return []
    value = content(_one(items))
    if isinstance(value, bool):
        return [int(value)]
    if isinstance(value, int):
        return [value]
    return [int(value)] if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value, re.ASCII) else []


def _to_string(items: Collection) -> Collection:
    if not items:
        return []
    value = content(_one(items))
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [] if isinstance(value, dict) or value is None else [str(value)]


def _length(items: Collection) -> Collection:
    return [len(_text(items))] if items else []


def _html_checks(items: Collection) -> bool | None:
    return broken_narrative(_text(items)) is None if items else None


def _not(source: Expression, _arguments: Arguments) -> Expression:
    truth = source.truth

    def negated(environment: Environment, this: Collection) -> bool | None:
        answer = truth(environment, this)
        return None if answer is None else not answer

    return from_truth(negated)


# The argument asked of every item ----------------------------------------------------------


def _where(source: Expression, arguments: Arguments) -> Expression:
    collect, criteria = source.collect, arguments[0].truth
    return from_collect(
        lambda environment, this: [item for item in collect(environment, this) if criteria(environment, [item]) is True]
    )


def _select(source: Expression, arguments: Arguments) -> Expression:
    collect, projection = source.collect, arguments[0].collect
    return from_collect(
        lambda environment, this: [
            each for item in collect(environment, this) for each in projection(environment, [item])
        ]
    )


def _all(source: Expression, arguments: Arguments) -> Expression:
    collect, criteria = source.collect, arguments[0].truth
    return from_truth(
        lambda environment, this: all(criteria(environment, [item]) is True for item in collect(environment, this))
    )


def _exists_where(source: Expression, arguments: Arguments) -> Expression:
    collect, criteria = source.collect, arguments[0].truth
    return from_truth(
        lambda environment, this: any(criteria(environment, [item]) is True for item in collect(environment, this))
    )


def _repeat(source: Expression, arguments: Arguments) -> Expression:
    collect, projection = source.collect, arguments[0].collect

    def repeated(environment: Environment, this: Collection) -> Collection:
        found: dict[Any, Any] = {}
        waiting = list(collect(environment, this))
        while waiting:
            for item in projection(environment, [waiting.pop()]):
                if key(item) not in found:
                    found[key(item)] = item
                    waiting.append(item)
        return list(found.values())

    return from_collect(repeated)


# The argument a text -----------------------------------------------------------------------


def _text(items: Collection) -> str:
    value = content(_one(items))
    if not isinstance(value, str):
        raise FhirPathError("a text was expected")
    return value


def _text_test(ask: Callable[[str, str], bool]) -> Callable[[Expression, Arguments], Expression]:
    def make(source: Expression, arguments: Arguments) -> Expression:
        collect, argument = source.collect, arguments[0].collect

        def truth(environment: Environment, this: Collection) -> bool | None:
            items, given = collect(environment, this), argument(environment, this)
            return ask(_text(items), _text(given)) if items and content(items[0]) is not None and given else None

        return from_truth(truth)

    return make


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _substring(source: Expression, arguments: Arguments) -> Expression:
    def collect(environment: Environment, this: Collection) -> Collection:
        items = source.collect(environment, this)
        if not items or content(items[0]) is None:
            return []
        text, start = _text(items), content(_one(arguments[0].collect(environment, this)))
        if not 0 <= start < len(text):
            return []
        if len(arguments) == 1:
            return [text[start:]]
        return [text[start : start + content(_one(arguments[1].collect(environment, this)))]]

    return from_collect(collect)


def _replace_matches(source: Expression, arguments: Arguments) -> Expression:
    def collect(environment: Environment, this: Collection) -> Collection:
        items = source.collect(environment, this)
        if not items:
            return []
        pattern, replacement = (_text(argument.collect(environment, this)) for argument in arguments)
        return [_pattern(pattern).sub(lambda _match: replacement, _text(items))]

    return from_collect(collect)


# Two collections ---------------------------------------------------------------------------


def _set(give: Callable[[Collection, Collection], Collection]) -> Callable[[Expression, Arguments], Expression]:
    def make(source: Expression, arguments: Arguments) -> Expression:
        collect, other = source.collect, arguments[0].collect
        return from_collect(lambda environment, this: give(collect(environment, this), other(environment, this)))

    return make


def _intersect(left: Collection, right: Collection) -> Collection:
    shared = keys(right) if left else frozenset()
    return union([item for item in left if key(item) in shared], [])


# The rest ----------------------------------------------------------------------------------


def _trace(source: Expression, _arguments: Arguments) -> Expression:
    """Says nothing: a trace would carry values into a log."""
    return source


def _iif(source: Expression, arguments: Arguments) -> Expression:
    """The criterion is asked of the input as a whole, which may be empty."""
    collect = source.collect

    def chosen(environment: Environment, this: Collection) -> Collection:
        items = collect(environment, this)
        if arguments[0].truth(environment, items) is True:
            return arguments[1].collect(environment, items)
        return arguments[2].collect(environment, items) if len(arguments) > 2 else []

    return from_collect(chosen)


def _resolve(source: Expression, _arguments: Arguments) -> Expression:
    collect: Collect = source.collect

    def resolved(environment: Environment, this: Collection) -> Collection:
        found: Collection = []
        for item in collect(environment, this):
            value = content(item)
            reference = value.get("reference") if isinstance(value, dict) else value
            node = environment.resolve(reference) if isinstance(reference, str) else None
            if node is not None:
                found.append(node)
        return found

    return from_collect(resolved)


_Make = Callable[[Expression, Arguments], Expression]
_TESTS: dict[str, _Make] = {
    "exists": _test(bool),
    "empty": _test(lambda items: not items),
    "hasValue": _test(_has_value),
    "isDistinct": _test(_is_distinct),
    "htmlChecks": _test(_html_checks),
    "allTrue": _test(lambda items: all(content(item) is True for item in items)),
    "allFalse": _test(lambda items: all(content(item) is False for item in items)),
    "not": _not,
}
_VALUES: dict[str, _Make] = {
    "count": _value(lambda items: [len(items)]),
    "first": _value(lambda items: items[:1]),
    "last": _value(lambda items: items[-1:]),
    "tail": _value(lambda items: items[1:]),
    "distinct": _value(lambda items: union(items, [])),
    "children": _value(_children),
    "descendants": _value(descendants),
    "toInteger": _value(_to_integer),
    "toString": _value(_to_string),
    "length": _value(_length),
    "resolve": _resolve,
}
_PER_ITEM: dict[str, _Make] = {
    "where": _where,
    "select": _select,
    "all": _all,
    "exists": _exists_where,
    "repeat": _repeat,
}
_TEXT: dict[str, _Make] = {
    "startsWith": _text_test(str.startswith),
    "endsWith": _text_test(str.endswith),
    "contains": _text_test(lambda text, part: part in text),
    "matches": _text_test(lambda text, pattern: _pattern(pattern).search(text) is not None),
    "substring": _substring,
    "replaceMatches": _replace_matches,
}
_SETS: dict[str, _Make] = {
    "combine": _set(lambda left, right: [*left, *right]),
    "union": _set(union),
    "intersect": _set(_intersect),
}
_SPECIAL: dict[str, _Make] = {"trace": _trace, "iif": _iif}
