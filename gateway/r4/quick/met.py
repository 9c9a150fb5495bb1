"""Invariants that are surely met, by the conditions of the first look: the walk evaluates only the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.r4.fhirpath import FhirPathError, Node
from gateway.r4.fhirpath.nodes import NodeType
from gateway.r4.fhirpath.parser import parse
from gateway.r4.invariants import Invariant
from gateway.r4.quick.conditions import Place, holding
from gateway.r4.quick.links import full_urls_differ
from gateway.r4.quick.periods import in_order
from gateway.r4.quick.source import BY_HAND
from gateway.r4.schema import Type

# Of what is contained the schema knows no more than that it is a resource; whatever is unusual there raises.
_SAYS_NONE = "all({%s}.isdisjoint(one.get('meta', {}).keys()) for one in value.get('contained', ()))"
_BY_HAND = {
    **BY_HAND,
    "dom-4": _SAYS_NONE % "'versionId', '_versionId', 'lastUpdated', '_lastUpdated'",
    "dom-5": _SAYS_NONE % "'security'",
}
Test = Callable[[Any], Any]  # the value of an element → truth
_tests: dict[tuple[str, bool, NodeType], Test] = {}


def surely_met(rule: Invariant, node: Node) -> bool:
    """True only where ``rule`` is met by ``node``, in a resource whose own structure is right; no means nothing.

    What stands in it, contained or as an entry, may be as broken as it likes.
    """
    place = (rule.text, rule.empty_is_met, node.type)
    test = _tests.get(place)
    if test is None:
        test = _tests[place] = _test(rule, node.type)
    try:
        return bool(test(node.value))
    except (AttributeError, TypeError):
        return False  # bdl-7 looks into the resources of entries


def _test(rule: Invariant, kind: NodeType) -> Test:
    if not isinstance(kind, Type):
        return _unknown
    constants: dict[str, object] = {"full_urls_differ": full_urls_differ, "in_order": in_order}

    def bind(value: object) -> str:
        name = f"constant_{len(constants)}"
        constants[name] = value
        return name

    here = Place("value", kind)
    try:
        condition = _BY_HAND.get(rule.rule) or holding(
            parse(rule.text),
            here,
            here if kind.is_resource else None,
            bind,
            strict=not rule.empty_is_met,
            left_out=frozenset(),
        )
    except FhirPathError:
        return _unknown  # the walk says so
    if not condition:
        return _unknown
    # Our own text, from R4's definitions: nothing a sender wrote is in it.
    made: Test = eval(f"lambda value: {condition}", constants)  # noqa: S307 - see above
    return made


def _unknown(_value: Any) -> bool:
    return False
