"""Walks a resource along its type and says where it departs from R4.

https://hl7.org/fhir/R4/json.html and the StructureDefinitions: unknown properties, cardinality,
choice types, JSON kinds, formats, required codes. On its way it notes what later steps judge:
the invariants that stand on each element, and the references.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gateway.jsontext import MAX_DEPTH
from gateway.outcome import Issue
from gateway.r4.bindings import broken_binding
from gateway.r4.expressions import HELD
from gateway.r4.fhirpath import Node
from gateway.r4.invariants import Invariant
from gateway.r4.most import MOST
from gateway.r4.schema import Primitive, Property, Type, is_resource_type, type_named

_CODE = {  # issue type by rule; the others are structure
    "r4-required": "required",
    "ele-1": "invariant",
    "txt-1": "invariant",
    "txt-2": "invariant",
}


@dataclass(slots=True, eq=False)
class Scope:
    """A resource met on the walk, and the one that contains it (itself when none does)."""

    node: Node
    path: str
    parent: Scope | None = None
    is_contained: bool = False
    element_ids: set[str] | None = None  # of those met; few resources have any

    @property
    def root(self) -> Scope:
        return self.parent.root if self.is_contained and self.parent else self


@dataclass(slots=True)
class FoundReference:
    """A Reference or a ``#`` link met on the walk."""

    value: dict[str, Any]
    path: str
    targets: frozenset[str]
    scope: Scope


Settled = Set[str]  # the paths of resources in which nothing is wrong, their references included


@dataclass(slots=True)
class Extended:
    """An element met on the walk that has extensions: ``holder`` is where they stand, beside a primitive's value."""

    node: Node
    here: Property | None  # None: a resource
    holder: dict[str, Any]
    path: str
    scope: Scope


class Enough(Exception):
    """More refuses than is said of one resource: whatever else stands there, it is neither visited nor noted."""


@dataclass(slots=True)
class Walk:
    """What the walk found."""

    issues: list[Issue] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    # By element: an element of a definition has 25, and there may be many of those.
    ruled: list[tuple[Sequence[Invariant], Node, str, Scope]] = field(default_factory=list)
    references: list[FoundReference] = field(default_factory=list)
    codings: list[tuple[dict[str, Any], str]] = field(default_factory=list)  # Codings and Quantities, and where
    extended: list[Extended] = field(default_factory=list)
    links: list[tuple[str, Scope]] = field(default_factory=list)  # uri, url and canonical values that start with #
    expressions: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)  # type, value, path: may hold one
    settled: Settled = frozenset()
    within: Scope | None = None  # where the walk is
    broken: set[Scope] = field(default_factory=set)  # whose own structure is not right; of what stands in it, its own
    noted: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})  # issues that refuse, and others

    @property
    def rules(self) -> Iterator[tuple[Invariant, Node, str, Scope]]:
        """Every invariant to be judged, and the element it stands on."""
        return ((rule, node, path, scope) for rules, node, path, scope in self.ruled for rule in rules)

    @property
    def is_cut_short(self) -> bool:
        return self.noted[True] > MOST

    def refuse(self, rule: str, path: str, **parameters: object) -> None:
        if self.within is not None:
            self.broken.add(self.within)
        self.note(Issue("error", _CODE.get(rule, "structure"), rule, path, parameters))

    def note(self, issue: Issue) -> None:
        """Keeps one more than is said, by which it is known that there are more. Enough: of those that refuse."""
        self.noted[issue.refuses] += 1
        if self.noted[issue.refuses] <= MOST + 1:
            self.issues.append(issue)
        if self.is_cut_short:
            raise Enough


def walk(resource: object, settled: Settled | None = None) -> Walk:
    """Walks one resource; a Bundle's entries and contained resources with it, but for those that are settled.

    It ends (``is_cut_short``) where more is refused than is said of one resource.
    """
    found = Walk(settled=settled or frozenset())
    with suppress(Enough):
        _resource(found, resource, "", None, is_contained=False, depth=0)
    return found


def _resource(found: Walk, value: object, path: str, parent: Scope | None, *, is_contained: bool, depth: int) -> None:
    if not isinstance(value, dict):
        found.refuse("r4-json-object", path)
        return
    name = value.get("resourceType")
    if not is_resource_type(name):
        found.refuse("r4-resource-type", path)
        return
    made = type_named(str(name))
    scope = Scope(Node(value, None, made), path or str(name), parent, is_contained)
    found.scopes.append(scope)
    found.within = scope
    if scope.path not in found.settled:
        _object(found, made, scope.node, scope.path, scope, depth)
        if "extension" in value or "modifierExtension" in value:
            found.extended.append(Extended(scope.node, None, value, scope.path, scope))
    found.within = parent


def _object(
    found: Walk, made: Type, node: Node, path: str, scope: Scope, depth: int, *, has_value: bool = False
) -> None:
    """One complex element: its properties, then what should be there and is not.

    ``has_value``: a primitive's value stands beside it, so it may hold an id alone.
    """
    value = node.value
    if depth > MAX_DEPTH:
        found.refuse("r4-too-deep", path, limit=MAX_DEPTH)
        return
    if made.invariants:
        found.ruled.append((made.invariants, node, path, scope))
    if made.name in HELD:
        found.expressions.append((made.name, value, path))
    chosen: dict[str, str] = {}
    for here in _properties(found, made, value, path):
        place = f"{path}.{here.step}"
        if chosen.setdefault(here.element, here.key) != here.key:
            found.refuse("r4-choice", path, element=here.element)
        item = value.get(here.key)
        beside = value.get(here.beside) if here.beside else None
        if item is None and (beside is None or here.key in value):
            found.refuse("r4-null", place)
        else:
            _property(found, here, item, beside, place, scope, depth)
    if not value or (not has_value and not made.is_resource and value.keys() == {"id"}):
        found.refuse("ele-1", path)
    # an ElementDefinition's id stands in snapshot and differential alike; in each of them once, by sdf-16 and sdf-17
    if not made.is_resource and made.name != "ElementDefinition" and isinstance(value.get("id"), str):
        if scope.element_ids is None:
            scope.element_ids = set()
        if value["id"] in scope.element_ids:
            found.refuse("r4-element-id-twice", f"{path}.id")
        scope.element_ids.add(value["id"])
    for element, least in made.required:
        count = _count(value, chosen.get(element))
        if count < least:
            found.refuse("r4-required", path, element=element, least=least)


def _properties(found: Walk, made: Type, value: dict[str, Any], path: str) -> Iterator[Property]:
    """The properties that ``value`` has, each once; those R4 does not know are refused."""
    for key in value:
        here = made.property_of(value, key)
        if here is not None:
            yield here
        elif not (key == "resourceType" and made.is_resource) and not _stands_beside(made, key):
            found.refuse("r4-unknown-property", path, name=_shown(key))


def _shown(key: str) -> str:
    """A property's name as it may be shown: a name, not a value somebody put in its place."""
    return key if key.replace("_", "").isascii() and key.replace("_", "").isalnum() and len(key) <= 64 else "?"


def _stands_beside(made: Type, key: str) -> bool:
    """True for the ``_key`` of a primitive property, seen together with its value."""
    here = made.properties.get(key[1:])
    return here is not None and here.beside == key


def _count(value: dict[str, Any], key: str | None) -> int:
    if key is None:
        return 0
    lengths = [len(item) if isinstance(item, list) else 1 for item in (value.get(key), value.get(f"_{key}")) if item]
    return max(lengths, default=1)


def _property(found: Walk, here: Property, value: Any, beside: Any, path: str, scope: Scope, depth: int) -> None:
    if not here.many:
        if isinstance(value, list):
            found.refuse("r4-not-a-list", path)
        else:
            _one(found, here, value, beside, path, scope, depth)
        return
    if not isinstance(value, list | None) or not isinstance(beside, list | None):
        found.refuse("r4-list", path)
        return
    if value == [] or beside == []:
        found.refuse("r4-empty-list", path)
        return
    if value is not None and beside is not None and len(value) != len(beside):
        found.refuse("r4-list-length", path)
        return
    for index, (item, extra) in enumerate(_pairs(value, beside)):
        if item is None and extra is None:
            found.refuse("r4-null", f"{path}[{index}]")
        else:
            _one(found, here, item, extra, f"{path}[{index}]", scope, depth)


def _pairs(value: list[Any] | None, beside: list[Any] | None) -> Iterator[tuple[Any, Any]]:
    length = len(value or beside or ())
    return zip(value or [None] * length, beside or [None] * length, strict=True)


def _one(found: Walk, here: Property, value: Any, beside: Any, path: str, scope: Scope, depth: int) -> None:
    """One value of a property, and what stands beside it when it is a primitive."""
    kind = here.type
    if kind is None:
        _resource(found, value, path, scope, is_contained=here.element == "contained", depth=depth + 1)
        return
    if isinstance(kind, Primitive):
        _primitive(found, kind, value, beside, path, scope, depth)
        if beside is None and not here.invariants and here.binding is None:
            return  # most that stands in a resource is no more than a value
    elif not isinstance(value, dict):
        found.refuse("r4-json-object", path)
        return
    node = Node(value, beside, kind)
    if isinstance(kind, Type):
        _object(found, kind, node, path, scope, depth + 1)
        if kind.name == "Reference":
            found.references.append(FoundReference(value, path, here.targets, scope))
        elif kind.is_coded:
            found.codings.append((value, path))
    holder = beside if isinstance(kind, Primitive) else value
    if isinstance(holder, dict) and ("extension" in holder or "modifierExtension" in holder):
        found.extended.append(Extended(node, here, holder, path, scope))
    if here.invariants:
        found.ruled.append((here.invariants, node, path, scope))
    if here.binding is not None and value is not None:
        said = broken_binding(here.binding, value)
        if said:
            found.note(Issue(said[0], "code-invalid", said[1], path, here.binding.told))


def _primitive(found: Walk, kind: Primitive, value: Any, beside: Any, path: str, scope: Scope, depth: int) -> None:
    if value is not None:
        broken = kind.broken(value)
        if broken:
            found.refuse(broken, path)
        elif isinstance(value, str) and value[0] == "#" and kind.name in ("uri", "url", "canonical"):
            found.links.append((value, scope))
    if beside is not None:
        if isinstance(beside, dict):
            element = type_named("Element")
            has_value = value is not None
            _object(found, element, Node(beside, None, element), path, scope, depth + 1, has_value=has_value)
        else:
            found.refuse("r4-json-object", path)
