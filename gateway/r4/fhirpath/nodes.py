"""What expressions walk over: a JSON value together with its FHIR type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol

from gateway.r4.fhirpath.errors import FhirPathError
from gateway.r4.fhirpath.values import Quantity

_STEPS = 20_000  # of an expression before it is asked how large the resource is


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

    __slots__ = ("extra", "key", "type", "value")

    def __init__(self, value: Any, extra: Any, node_type: NodeType) -> None:
        self.value = value
        self.extra = extra
        self.type = node_type
        self.key: Any = None  # what key() made of it, kept since a resource may be asked for again and again

    @property
    def is_primitive(self) -> bool:
        return not isinstance(self.value, dict)


Collection = list[Any]  # of Node, or of str, bool, int, Decimal, Temporal, Quantity made by expressions


class Fixed(list[Any]):
    """A collection that stays the same while one resource is judged, so its keys are made once."""

    @cached_property
    def keys(self) -> frozenset[Any]:
        return frozenset(map(key, self))


@dataclass(slots=True)
class Environment:
    """What an expression may ask for besides its input, and how much it may still do.

    ``resolve``, ``member_of`` and ``conforms_to`` answer None where they cannot tell.
    """

    resource: Node  # %resource
    root: Node  # %rootResource: the container where resource is contained
    context: Node  # %context: the element the invariant stands on
    resolve: Callable[[str], Node | None] = field(default=lambda _reference: None)
    member_of: Callable[[str, Any], bool | None] = field(default=lambda _value_set, _value: None)
    conforms_to: Callable[[Node, str], bool | None] = field(default=lambda _node, _profile: None)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    extension: Node | None = None  # %extension: whose context invariant is asked
    fixed: dict[object, Fixed] = field(default_factory=dict)  # by expression: what depends on the resource alone
    index: int = 0  # $index
    total: Collection = field(default_factory=list)  # $total
    moment: datetime | None = None  # now() is one time in the whole of an expression
    has_unresolved: bool = False  # a reference was passed over, since what it points to is not at hand
    in_all: int = 5_000_000  # steps of all expressions, some ten seconds; more for a large resource
    _given: int = _STEPS
    _steps: int = _STEPS
    _is_large: bool = False

    def begin(self) -> None:
        """Before each expression; FhirPathError when those before it have used up all."""
        self.in_all -= self._given - self._steps
        if self.in_all < 0:
            if not self._is_large:
                self._is_large = True
                self.in_all += 50 * _size(self.root.value)
            if self.in_all < 0:
                raise FhirPathError("the expressions take too long")
        self.index, self.total, self.moment, self.has_unresolved = 0, [], None, False
        self._given = self._steps = _STEPS

    def spend(self, steps: int) -> None:
        """Counts work that grows with the input; FhirPathError when it is out of all proportion to that.

        A profile comes from outside, and ``descendants().select(descendants())`` is soon written.
        """
        self._steps -= steps
        if self._steps < 0:
            if self._given == _STEPS:
                more = _allowed(_size(self.root.value))
                self._given += more
                self._steps += more
            if self._steps < 0:
                raise FhirPathError("the expression takes too long")


def _allowed(size: int) -> int:
    """Steps for a resource of so many values: a few for each, and up to a second's worth beyond."""
    return max(min(50 * size, 500_000), 5 * size)


def _size(value: Any) -> int:
    """How many values stand in a JSON value."""
    count, waiting = 0, [value]
    while waiting:
        here = waiting.pop()
        count += 1
        if isinstance(here, dict):
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)
    return count


def content(item: Any) -> Any:
    """The JSON value of a collection's item."""
    return item.value if isinstance(item, Node) else item


def descendants(environment: Environment, nodes: Collection) -> Collection:
    """Every node below ``nodes``, without recursion: depth costs memory, not stack."""
    found: Collection = []
    waiting = [node for node in nodes if isinstance(node, Node)]
    while waiting:
        node = waiting.pop()
        below = node.type.children(node, None)
        environment.spend(1 + len(below))
        found.extend(below)
        waiting.extend(below)
    return found


def keys(items: Collection) -> frozenset[Any]:
    """The keys of all items."""
    return items.keys if isinstance(items, Fixed) else frozenset(map(key, items))


def key(item: Any) -> Any:
    """A hashable form of an item: two items are one, in a set of items, exactly when their keys are equal."""
    if isinstance(item, Node):
        if item.key is None:
            item.key = key(item.value)
        return item.key
    if isinstance(item, Quantity):
        return ("quantity", item.value, item.unit)
    if isinstance(item, dict):
        return ("object", frozenset((name, key(each)) for name, each in item.items()))
    if isinstance(item, list):
        return ("list", tuple(map(key, item)))
    return (isinstance(item, bool), item)  # Python holds True equal to 1; FHIRPath does not
