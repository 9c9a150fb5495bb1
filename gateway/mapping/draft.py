"""Draft: a resource being built, where every element is put together with where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from gateway.bundle import Resource, urn

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)((?:\[\d+\])*)\Z")
_INDEX = re.compile(r"\[(\d+)\]")


class Piece:
    """A converted value and its lineage: path inside the value (``""`` for all of it) → source."""

    __slots__ = ("_sources", "value")

    def __init__(self, value: Any, sources: Mapping[str, str] | None = None) -> None:
        self.value = value
        self._sources: Mapping[str, str] = {} if sources is None else sources

    @classmethod
    def of(cls, value: Any, source: str) -> Piece:
        return Piece(value, {"": source})

    @property
    def sources(self) -> Mapping[str, str]:
        return self._sources

    def trace(self, at: str, lineage: dict[str, str]) -> None:
        """Write the lineage of the value's leaves, as it stands at the path ``at``."""
        for inner, source in self._sources.items():
            if not inner:
                if isinstance(self.value, str):
                    lineage[at] = source
                else:
                    _trace(at, self.value, source, lineage)
            else:
                value = self.value
                for step in _inner_steps(inner):
                    value = value[step]
                path = at + inner if inner[0] == "[" else f"{at}.{inner}"
                if isinstance(value, (dict, list)):
                    _trace(path, value, source, lineage)
                else:
                    lineage[path] = source


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str | int, ...]:
    """A path taken apart; adapters use a few hundred different ones, again and again."""
    steps: list[str | int] = []
    for part in path.split("."):
        matched = _STEP.match(part)
        if matched is None:
            raise ValueError(f"not an element path: {path}")
        steps.append(matched.group(1))
        steps.extend(int(index) for index in _INDEX.findall(matched.group(2)))
    return tuple(steps)


@lru_cache(maxsize=4096)
def _way(path: str) -> tuple[tuple[tuple[str | int, type[list[Any]] | type[dict[str, Any]]], ...], str | int]:
    """The steps of a path but the last, each with what begins there where nothing stands yet; and the last."""
    steps = _steps(path)
    return tuple((step, list if isinstance(below, int) else dict) for step, below in pairwise(steps)), steps[-1]


@lru_cache(maxsize=4096)
def _inner_steps(path: str) -> tuple[str | int, ...]:
    """As _steps, for a path inside a value, which may begin with an index."""
    return _steps(f"value{path}")[1:] if path.startswith("[") else _steps(path)


def _trace(path: str, value: Any, source: str, lineage: dict[str, str]) -> None:
    """Lineage is kept for the leaves, so that each element placed names one field."""
    if isinstance(value, dict):
        for key, item in value.items():
            _trace(f"{path}.{key}", item, source, lineage)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _trace(f"{path}[{index}]", item, source, lineage)
    else:
        lineage[path] = source


def own_copy(value: Any) -> Any:
    """The value with objects and lists of its own, so that setting an element of one changes no other; what they
    hold never changes. (copy.deepcopy would take three times as long to find out that nothing stands there twice.)"""
    if isinstance(value, dict):
        return {key: own_copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [own_copy(item) for item in value]
    return value


class Draft:
    """One resource under construction.

    Paths are FHIR element paths inside the resource: ``name[0].text``. A list grows by one
    when the index is its length; a larger index is the caller's error.
    """

    def __init__(self, resource_type: str, identifier: str) -> None:
        self.type = resource_type
        self.resource: Resource = {"resourceType": resource_type, "id": identifier}
        self.lineage: dict[str, str] = {}

    @property
    def id(self) -> str:
        return str(self.resource["id"])

    @property
    def reference(self) -> Resource:
        """``{"reference": "urn:uuid:…"}`` to this resource."""
        return {"reference": urn(self.resource["id"])}

    def put(self, path: str, value: Any, source: str = "") -> None:
        """Set the element; ``source`` is the field it came from, "" for what the rules fix."""
        self._set(path, value)
        if source:
            if isinstance(value, (dict, list)):
                _trace(path, value, source, self.lineage)
            else:
                self.lineage[path] = source

    def place(self, path: str, piece: Piece) -> None:
        """Set the element to a converted value, with the lineage of its parts."""
        self._set(path, piece.value)
        piece.trace(path, self.lineage)

    def add(self, path: str, piece: Piece | Any, source: str = "") -> str:
        """Append to the list at ``path``; returns the path of the new item (``identifier[1]``)."""
        items = self.resource.get(path) if "." not in path else self.get(path)
        at = f"{path}[{len(items) if isinstance(items, list) else 0}]"
        if not isinstance(piece, Piece):
            piece = Piece.of(piece, source) if source else Piece(piece)
        if isinstance(items, list):
            items.append(piece.value)
        elif path.isalnum():  # a list of the resource itself
            self.resource[path] = [piece.value]
        else:
            self._set(at, piece.value)
        piece.trace(at, self.lineage)
        return at

    def count(self, path: str) -> int:
        """How many items the list at ``path`` has; 0 when absent."""
        found = self.get(path)
        return len(found) if isinstance(found, list) else 0

    def get(self, path: str) -> Any:
        """The element's value, or None."""
        value: Any = self.resource
        for step in _steps(path):
            if value.__class__ is dict:
                value = value.get(step)
            elif value.__class__ is list and step.__class__ is int and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def _set(self, path: str, value: Any) -> None:
        way, last = _way(path)
        target: Any = self.resource
        for step, begin in way:
            if step.__class__ is str:
                found = target.get(step)
                if found is None:
                    found = target[step] = begin()
                target = found
            else:
                if step == len(target):
                    target.append(begin())
                target = target[step]
        if last.__class__ is int and last == len(target):
            target.append(value)
        else:
            target[last] = value


def assemble(drafts: Iterable[Draft]) -> tuple[list[Resource], dict[str, str]]:
    """The resources, and the lineage of all: ``Observation[0].valueQuantity.value`` → source.

    The index counts resources of that type in the order given.
    """
    made: list[Resource] = []
    lineage: dict[str, str] = {}
    seen: dict[str, int] = {}
    for draft in drafts:
        index = seen.get(draft.type, 0)
        seen[draft.type] = index + 1
        made.append(draft.resource)
        prefix = f"{draft.type}[{index}]."
        for path, source in draft.lineage.items():
            lineage[prefix + path] = source
    return made, lineage
