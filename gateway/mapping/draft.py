"""Draft: a resource being built, where every element is put together with where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from gateway.bundle import Resource, urn

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)((?:\[\d+\])*)\Z")
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A converted value and its lineage: path inside the value (``""`` for all of it) → source."""

    value: Any
    sources: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, source: str) -> Piece:
        return cls(value, {"": source})


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


class Draft:
    """One resource under construction.

    Paths are FHIR element paths inside the resource: ``name[0].text``. A list grows by one
    when the index is its length; a larger index is the caller's error.
    """

    def __init__(self, resource_type: str, identifier: str) -> None:
        self.resource: Resource = {"resourceType": resource_type, "id": identifier}
        self.lineage: dict[str, str] = {}

    @property
    def type(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str:
        return str(self.resource["id"])

    @property
    def reference(self) -> Resource:
        """``{"reference": "urn:uuid:…"}`` to this resource."""
        return {"reference": urn(self.id)}

    def put(self, path: str, value: Any, source: str = "") -> None:
        """Set the element; ``source`` is the field it came from, "" for what the rules fix."""
        self._set(_steps(path), value)
        if source:
            self._trace(path, value, source)

    def place(self, path: str, piece: Piece) -> None:
        """Set the element to a converted value, with the lineage of its parts."""
        self._set(_steps(path), piece.value)
        for inner, source in piece.sources.items():
            at = f"{path}.{inner}" if inner and not inner.startswith("[") else path + inner
            self._trace(at, self._peek(_steps(at)), source)

    def add(self, path: str, piece: Piece | Any, source: str = "") -> str:
        """Append to the list at ``path``; returns the path of the new item (``identifier[1]``)."""
        at = f"{path}[{self.count(path)}]"
        if isinstance(piece, Piece):
            self.place(at, piece)
        else:
            self.put(at, piece, source)
        return at

    def count(self, path: str) -> int:
        """How many items the list at ``path`` has; 0 when absent."""
        found = self.get(path)
        return len(found) if isinstance(found, list) else 0

    def get(self, path: str) -> Any:
        """The element's value, or None."""
        try:
            return self._peek(_steps(path))
        except (KeyError, IndexError, TypeError):
            return None

    def _peek(self, steps: Sequence[str | int]) -> Any:
        value: Any = self.resource
        for step in steps:
            value = value[step]
        return value

    def _set(self, steps: Sequence[str | int], value: Any) -> None:
        target: Any = self.resource
        for position, step in enumerate(steps[:-1]):
            empty: Any = [] if isinstance(steps[position + 1], int) else {}
            if isinstance(step, str):
                target = target.setdefault(step, empty)
            else:
                if step == len(target):
                    target.append(empty)
                target = target[step]
        last = steps[-1]
        if isinstance(last, int) and last == len(target):
            target.append(value)
        else:
            target[last] = value

    def _trace(self, path: str, value: Any, source: str) -> None:
        """Lineage is kept for the leaves, so that each element placed names one field."""
        if isinstance(value, dict):
            for key, item in value.items():
                self._trace(f"{path}.{key}", item, source)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._trace(f"{path}[{index}]", item, source)
        else:
            self.lineage[path] = source


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
        for path, source in draft.lineage.items():
            lineage[f"{draft.type}[{index}].{path}"] = source
    return made, lineage
