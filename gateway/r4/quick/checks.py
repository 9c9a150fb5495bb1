"""The generated checks: each type's is written and compiled when a value of the type is first met.

All live in one namespace, where a check finds those of other types by name; until a type is first
met, a function stands there in its place that makes it. Two threads that meet a type at once make
the same function twice, and either may stay.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, cast

from gateway.r4.canonical_content import canonical_holds
from gateway.r4.codings import coding_holds, known_codings
from gateway.r4.expressions import all_read
from gateway.r4.fhirpath import Environment, FhirPathError, Node
from gateway.r4.invariants import Invariant
from gateway.r4.quick import values
from gateway.r4.quick.contained import contained_holds
from gateway.r4.quick.links import ENTRY_DEPTH, Links, full_urls_differ
from gateway.r4.quick.periods import in_order
from gateway.r4.quick.source import Names, source_of, source_of_choice
from gateway.r4.quick.vital_signs import vital_sign_holds
from gateway.r4.schema import Primitive, Property, Type, is_resource_type, type_named

Check = Callable[[Any, Links, int], Any]  # the value, where references are gathered, how deep it stands → truth


def check_resource(value: Any, links: Links, depth: int) -> Any:
    """A resource inside another; a Bundle there is left to the walker."""
    name = value.get("resourceType") if value.__class__ is dict else None
    if name.__class__ is not str or name == "Bundle":
        return False
    begun = len(links)
    holds = check_of(name)(value, links, depth)
    if holds and depth == ENTRY_DEPTH:
        links.of_entries[id(value)] = slice(begun, len(links))
    return holds


def check_of(name: str) -> Check:
    """The check of the resource type ``name``; one that says no when R4 has none of that name."""
    made = _resources.get(name)
    if made is not None:
        return made
    return cast(Check, _namespace[_type_check(type_named(name))]) if is_resource_type(name) else _refuse


def _refuse(_value: Any, _links: Links, _depth: int) -> bool:
    return False


_numbers = count()
_resources: dict[str, Check] = {}
_namespace: dict[str, Any] = {
    **values.NAMES,
    "all_read": all_read,
    "canonical_holds": canonical_holds,
    "check_resource": check_resource,
    "contained_holds": contained_holds,
    "coding_holds": coding_holds,
    "known_codings": known_codings,
    "full_urls_differ": full_urls_differ,
    "in_order": in_order,
    "vital_sign_holds": vital_sign_holds,
}


def text_of(name: str) -> str:
    """The generated text of a type (``Observation``, ``Observation.component``), for a person to read."""
    outer, _, inner = name.partition(".")
    kind: Type | Primitive | None = type_named(outer)
    for element in filter(None, inner.split(".")):
        kind = kind.properties[element].type if isinstance(kind, Type) else None
    if not isinstance(kind, Type):
        raise KeyError(name)
    return source_of(kind, f"check_{name.replace('.', '_')}", _NAMES)


def _compiled(name: str, source: str) -> Check:
    # Our own text, from R4's definitions: nothing a sender wrote is in it.
    exec(compile(source, f"<{name}>", "exec"), _namespace)  # noqa: S102 - see above
    made: Check = _namespace[name]
    return made


def _type_check(kind: Type) -> str:
    name = f"check_{kind.name.replace('.', '_')}"
    if name not in _namespace:

        def first(value: Any, links: Links, depth: int) -> Any:
            made = _compiled(name, source_of(kind, name, _NAMES))
            if kind.is_resource:
                _resources[kind.name] = made
            return made(value, links, depth)

        _namespace.setdefault(name, first)
    return name


def _choice_check(here: Property) -> list[Check]:
    """One function in a list, so that the one made first can take the place of the one that makes it."""

    def first(value: Any, links: Links, depth: int) -> Any:
        name = f"choice_{next(_numbers)}"
        place[0] = _compiled(name, source_of_choice(here, name, _NAMES))
        return place[0](value, links, depth)

    place: list[Check] = [first]
    return place


def _constant(value: object) -> str:
    name = f"constant_{next(_numbers)}"
    _namespace[name] = value
    return name


def _test(kind: Primitive) -> tuple[str, str]:
    test, known = f"is_{kind.name}", f"known_{kind.name}"
    if test not in _namespace:
        _namespace[test], _namespace[known] = values.precise_test(kind)
    return test, known


def _bound(here: Property) -> str:
    if here.binding is None:
        raise ValueError(f"{here.key} is bound to no value set")
    return _constant(values.bound_test(here.binding))


def evaluated(rule: Invariant, kind: Type | Primitive) -> Callable[[Any], bool]:
    """A test of one value by the rule's own expression; False too where it cannot be decided."""

    def holds(value: Any) -> bool:
        node = Node(value, None, kind)
        try:
            return not rule.broken_by(rule.expression.on(Environment(node, node, node)))
        except FhirPathError:
            return False  # the walker says so

    return holds


_NAMES = Names(
    constant=_constant,
    test=_test,
    check=_type_check,
    choice=_choice_check,
    bound=_bound,
    invariant=lambda rule, kind: _constant(evaluated(rule, kind)),
)
