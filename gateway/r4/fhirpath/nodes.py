"""What expressions walk over: a JSON value together with its FHIR type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol


class NodeType(Protocol):
    """A FHIR type as an expression sees it."""

    @property
    def name(self) -> str: ...

    @property
    def ancestors(self) -> frozenset[str]:
        """The type's own name and those of the types it specialises."""

    def children(self, node: Node, name: str | None) -> Sequence[Node]:
        """The children called ``name`` (a choice by its stem: ``value``), or all with None."""


class Node:
    """One element: its JSON value, its ``_`` sibling (id and extensions of a primitive), its type."""

    __slots__ = ("extra", "type", "value")

    def __init__(self, value: Any, extra: Any, node_type: NodeType) -> None:
        self.value = value
        self.extra = extra
        self.type = node_type

    @property
    def is_primitive(self) -> bool:
        return not isinstance(self.value, dict)


Collection = list[Any]  # of Node, or of plain str, bool, int, Decimal made by expressions


class Fixed(list[Any]):
    """A collection that stays the same while one resource is judged, so its keys are made once."""

    @cached_property
    def keys(self) -> frozenset[Any]:
        return frozenset(map(key, self))


@dataclass(slots=True)
class Environment:
    """What an expression may ask for besides its input."""

    resource: Node  # %resource
    root: Node  # %rootResource: the container where resource is contained
    context: Node  # %context: the element the invariant stands on
    resolve: Callable[[str], Node | None] = field(default=lambda _reference: None)
    extension: Node | None = None  # %extension: the one whose contextInvariant is asked of the context
    fixed: dict[object, Fixed] = field(default_factory=dict)  # by expression: what depends on the resource alone


def content(item: Any) -> Any:
    """The JSON value of a collection's item."""
    return item.value if isinstance(item, Node) else item


def descendants(nodes: Collection) -> Collection:
    """Every node below ``nodes``, without recursion: depth costs memory, not stack."""
    found: Collection = []
    waiting = [node for node in nodes if isinstance(node, Node)]
    while waiting:
        node = waiting.pop()
        below = node.type.children(node, None)
        found.extend(below)
        waiting.extend(below)
    return found


def keys(items: Collection) -> frozenset[Any]:
    """The keys of all items."""
    return items.keys if isinstance(items, Fixed) else frozenset(map(key, items))


def key(item: Any) -> Any:
    """A hashable form of an item: two items are equal (``=``) exactly when their keys are."""
    value = content(item)
    if isinstance(value, dict):
        return ("object", frozenset((name, key(each)) for name, each in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(key, value)))
    return (isinstance(value, bool), value)  # Python holds True equal to 1; FHIRPath does not
