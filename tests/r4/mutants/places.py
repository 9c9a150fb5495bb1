"""The objects of a resource, each with its R4 type: where a rule may be broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.r4.schema import Property, Type, type_named
from tests.r4.mutants.edits import Path


@dataclass(frozen=True, slots=True)
class Place:
    """An object of ``type`` at ``path``, and how the resource it stands in is held."""

    path: Path
    value: dict[str, Any]
    type: Type
    is_contained: bool = False
    is_entry: bool = False  # in a Bundle: its references and ids mean more there

    @property
    def is_root(self) -> bool:
        return not self.path

    def properties(self) -> Iterator[tuple[str, Any, Property]]:
        """What stands in it and R4 knows: key, value, property."""
        for key, value in self.value.items():
            here = self.type.properties.get(key)
            if here is not None:
                yield key, value, here

    def items(self) -> Iterator[tuple[Path, Any, Property]]:
        """As :meth:`properties`, an array's items one by one, with the path of each."""
        for key, value, here in self.properties():
            if isinstance(value, list):
                yield from (((*self.path, key, index), item, here) for index, item in enumerate(value))
            else:
                yield (*self.path, key), value, here

    def has(self, element: str) -> bool:
        """True when the element stands there in any of its types, or as a ``_`` sibling alone."""
        return any(
            choice.key in self.value or f"_{choice.key}" in self.value for choice in self.type.elements.get(element, ())
        )


def places(resource: dict[str, Any]) -> list[Place]:
    """Every object of the resource whose type R4 knows, the resource itself first."""
    return list(_below(Place((), resource, type_named(resource["resourceType"]))))


def _below(place: Place) -> Iterator[Place]:
    yield place
    for path, item, here in place.items():
        if not isinstance(item, dict):
            continue
        if isinstance(here.type, Type):
            yield from _below(Place(path, item, here.type, place.is_contained, place.is_entry))
        elif here.type is None and isinstance(item.get("resourceType"), str):
            contained = place.is_contained or "contained" in path[-2:]
            yield from _below(
                Place(path, item, type_named(item["resourceType"]), contained, place.is_entry or not contained)
            )
