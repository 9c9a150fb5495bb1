"""R4's types in the form the check walks: for each JSON property, what may stand there.

Built from the generated definitions when a type is first needed, then kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from threading import RLock
from typing import Any

from gateway.r4.bindings import Binding, binding
from gateway.r4.code_systems import listed_codes
from gateway.r4.definition_files import definition_file
from gateway.r4.fhirpath import Node
from gateway.r4.invariants import Invariant, invariants
from gateway.r4.primitives import Format, broken_format

# What FHIRPath reads as a name between backticks alone: http://hl7.org/fhirpath/2018Sep/grammar.html
_RESERVED = frozenset({"and", "div", "false", "implies", "mod", "or", "true", "xor"})


@dataclass(slots=True, eq=False)
class Primitive:
    """A primitive type; as a node its children are the id and extensions beside its value."""

    name: str
    ancestors: frozenset[str]
    broken: Format

    def children(self, node: Node, name: str | None) -> Sequence[Node]:
        if not isinstance(node.extra, dict):
            return ()
        return type_named("Element").children(Node(node.extra, None, type_named("Element")), name)


@dataclass(slots=True, eq=False)
class Property:
    """What one JSON key of a type holds; a choice element has one Property a type."""

    key: str  # valueQuantity
    element: str  # value
    step: str  # the same in a FHIRPath: as value, yet `div`
    path: str  # Observation.value[x]
    many: bool
    type: Primitive | Type | None  # None is any resource
    targets: frozenset[str]  # resource types a Reference may point to; empty is any
    binding: Binding | None  # required or extensible
    invariants: tuple[Invariant, ...]
    beside: str | None  # _birthDate: where the id and extensions of a primitive stand

    @property
    def listed(self) -> dict[str, frozenset[str]] | None:
        """The codes that must be used, by system, where R4 requires them and all can be listed."""
        codes = self.binding.codes if self.binding and self.binding.is_required else None
        if codes is None or codes.unlisted:
            return None
        systems = {system: listed for system, each in codes.systems.items() if (listed := listed_codes(system, each))}
        return systems if len(systems) == len(codes.systems) else None

    def nodes(self, parent: dict[str, Any]) -> Sequence[Node]:
        """The property's content as nodes; what has the wrong form is left to the structure check."""
        value = parent.get(self.key)
        extra = parent.get(self.beside) if self.beside else None
        if value is None and extra is None:
            return ()
        if not self.many:
            node = self.node(value, extra)
            return (node,) if node else ()
        values = value if isinstance(value, list) else []
        extras = extra if isinstance(extra, list) else []
        pairs = zip_longest(values, extras)
        return [node for one, beside in pairs if (node := self.node(one, beside)) is not None]

    def node(self, value: Any, extra: Any) -> Node | None:
        if isinstance(self.type, Primitive):
            return Node(value, extra, self.type) if value is not None or extra is not None else None
        if not isinstance(value, dict):
            return None
        if self.type is None:
            return resource_node(value)
        return Node(value, None, self.type)


@dataclass(slots=True, eq=False)
class Type:
    """A resource, a datatype or a nested element (``Observation.component``)."""

    name: str
    ancestors: frozenset[str]
    is_resource: bool = False
    properties: dict[str, Property] = field(default_factory=dict)  # by JSON key
    elements: dict[str, tuple[Property, ...]] = field(default_factory=dict)  # by element name
    required: tuple[tuple[str, int], ...] = ()  # element, least count
    invariants: tuple[Invariant, ...] = ()
    is_coded: bool = field(init=False)  # a Coding or Quantity: holds a system and a code

    def __post_init__(self) -> None:
        self.is_coded = self.name == "Coding" or "Quantity" in self.ancestors

    def children(self, node: Node, name: str | None) -> Sequence[Node]:
        value = node.value
        if name is not None:
            choices = self.elements.get(name, ())
            if len(choices) <= 1:
                # valueInteger is not how FHIRPath asks for it, yet is asked: R4's own questionnaire-maxOccurs
                here = choices[0] if choices else self.properties.get(name)
                return here.nodes(value) if here else ()
        found: list[Node] = []
        for key in value:
            here = self.property_of(value, key)
            if here is not None and (name is None or here.element == name):
                found.extend(here.nodes(value))
        return found

    def property_of(self, value: dict[str, Any], key: str) -> Property | None:
        """The property of a JSON key; of ``_key`` too, where ``key`` does not stand in ``value`` itself."""
        here = self.properties.get(key)
        if here is None and key[:1] == "_" and key[1:] not in value:
            here = self.properties.get(key[1:])
            return here if here is not None and here.beside else None
        return here


def is_resource_type(name: object) -> bool:
    """True for the name of a concrete R4 resource type."""
    definition = definition_file("types").get(name) if isinstance(name, str) else None
    return definition is not None and definition["kind"] == "resource" and not definition["abstract"]


def resource_node(resource: dict[str, Any]) -> Node | None:
    """The resource as a node of its own type; None when R4 has no such type."""
    name = resource.get("resourceType")
    return Node(resource, None, type_named(str(name))) if is_resource_type(name) else None


_types: dict[str, Type] = {}  # complete; read without the lock
_unfinished: dict[str, Type] = {}  # an Extension holds Extensions: a type is known before its elements are
_building = RLock()


def type_named(name: str) -> Type:
    """The resource type or datatype ``name``; KeyError when R4 has none."""
    made = _types.get(name)
    if made is not None:
        return made
    with _building:
        outermost = not _unfinished
        made = _types.get(name) or _unfinished.get(name)
        if made is None:
            definition = definition_file("types")[name]
            made = _unfinished[name] = Type(name, _ancestors(name), definition["kind"] == "resource")
            _Builder(name, definition["elements"]).fill(made, "")
        if outermost:
            _types.update(_unfinished)
            _unfinished.clear()
    return made


@cache
def primitive(name: str) -> Primitive:
    regex = definition_file("types")[name].get("regex")
    return Primitive(name, _ancestors(name), broken_format(name, re.compile(regex) if regex else None))


def _ancestors(name: str) -> frozenset[str]:
    found = {name}
    base = definition_file("types")[name]["base"]
    while base:
        found.add(base)
        base = definition_file("types")[base]["base"]
    return frozenset(found)


class _Builder:
    """Fills one definition's type and the elements nested in it."""

    def __init__(self, name: str, rows: list[list[Any]]) -> None:
        self._name = name
        self._rows = {row[0]: row for row in rows}
        self._below: dict[str, list[str]] = {}  # the elements of each element, by path
        for path in filter(None, self._rows):
            self._below.setdefault(path.rpartition(".")[0], []).append(path)
        self._nested: dict[str, Type] = {}

    def fill(self, made: Type, path: str) -> None:
        if not path:
            made.invariants = invariants(self._rows[""][4].get("c", []))
        required = []
        for row_path in self._below[path]:
            row, name = self._rows[row_path], row_path.rpartition(".")[2]
            element = name.removesuffix("[x]")
            choices = tuple(self._property(element, name.endswith("[x]"), row, text) for text in row[3] or [""])
            made.elements[element] = choices
            made.properties.update((choice.key, choice) for choice in choices)
            if row[1]:
                required.append((element, int(row[1])))
        made.required = tuple(required)

    def _property(self, element: str, is_choice: bool, row: list[Any], text: str) -> Property:
        code, _, targets = text.rstrip(")").partition("(")
        key = f"{element}{code[0].upper()}{code[1:]}" if is_choice else element
        made = self._type(code, row)
        return Property(
            key=key,
            element=element,
            step=f"`{element}`" if element in _RESERVED else element,
            path=f"{self._name}.{row[0]}",
            many=row[2] != "1",
            type=made,
            targets=frozenset(targets.split("|")) - {"Resource", ""} if code == "Reference" else frozenset(),
            binding=_binding(row[4]),
            invariants=invariants(self._rules(row)),
            beside=f"_{key}" if isinstance(made, Primitive) else None,
        )

    def _rules(self, row: list[Any]) -> list[str]:
        """Keys of an element's invariants; one that is defined as another (contentReference) has the other's too."""
        own: list[str] = row[4].get("c", [])
        if "r" not in row[4]:
            return own
        return list(dict.fromkeys([*own, *self._rows[row[4]["r"].partition(".")[2]][4].get("c", [])]))

    def _type(self, code: str, row: list[Any]) -> Primitive | Type | None:
        if "r" in row[4]:
            return self._nested_type(row[4]["r"].partition(".")[2], "BackboneElement")
        if code == "Resource":
            return None
        if row[0] in self._below:
            return self._nested_type(row[0], code)
        if definition_file("types")[code]["kind"] == "primitive-type":
            return primitive(code)
        return type_named(code)

    def _nested_type(self, path: str, code: str) -> Type:
        made = self._nested.get(path)
        if made is None:
            made = Type(f"{self._name}.{path}", _ancestors(code))
            self._nested[path] = made
            self.fill(made, path)
        return made


def _binding(rest: dict[str, Any]) -> Binding | None:
    url = rest.get("b") or rest.get("e")
    return binding(url, is_required="b" in rest) if url else None
