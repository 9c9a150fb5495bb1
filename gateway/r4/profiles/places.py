"""A value in a resource together with its FHIRPath, and the values below it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from gateway.r4.fhirpath import Node
from gateway.r4.schema import Primitive, Property, Type, type_named
from gateway.r4.structure import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """``path`` is the FHIRPath of ``node``; ``scope`` the resource it stands in, itself when it is one."""

    node: Node
    path: str
    scope: Scope


def below(parent: Place, name: str, scopes: dict[int, Scope]) -> list[Place]:
    """The values of the element ``name``, of a choice whatever its type; those of a wrong form are left out."""
    made, value = parent.node.type, parent.node.value
    if isinstance(made, Primitive):  # the id and extensions beside it
        made, value = type_named("Element"), parent.node.extra
    if not isinstance(made, Type) or not isinstance(value, dict):
        return []
    found: list[Place] = []
    for property_ in made.elements.get(name, ()):
        if property_.key in value or (property_.beside and property_.beside in value):
            found.extend(_places(property_, value, parent, scopes))
    return found


def _places(property_: Property, value: dict[str, Any], parent: Place, scopes: dict[int, Scope]) -> list[Place]:
    path, item = f"{parent.path}.{property_.step}", value.get(property_.key)
    extra = value.get(property_.beside) if property_.beside else None

    def place(node: Node, path: str) -> Place:
        inside = scopes.get(id(node.value)) if property_.type is None else None  # a resource is a scope of its own
        return Place(node, path, inside or parent.scope)

    if not property_.many:
        node = property_.node(item, extra)
        return [place(node, path)] if node is not None else []
    items, extras = (each if isinstance(each, list) else [] for each in (item, extra))
    nodes = [property_.node(one, beside) for one, beside in zip_longest(items, extras)]
    return [place(node, f"{path}[{at}]") for at, node in enumerate(nodes) if node is not None]
