"""Elements of a resource by path, and the tokens in them: what index rows are made of."""

from __future__ import annotations

from functools import cache
from typing import Any

from gateway.bundle import Resource
from gateway.mapping.naming import fixed_system

_CHOICES = ("DateTime", "Period", "Timing", "Instant", "Date")
_Steps = tuple[tuple[str, ...], ...]  # the names an element may have, level by level


def at(resource: Resource, path: str) -> list[Any]:
    """Every value at ``path``: dots go down, lists are walked, ``[x]`` is any date type, ``a|b`` is both."""
    found: list[Any] = []
    for steps in _read(path):
        for name in steps[0]:
            if name in resource:  # most parameters of a type are not said: not a call for them
                _walk(resource[name], steps, 1, found)
    return found


@cache
def _read(path: str) -> tuple[_Steps, ...]:
    return tuple(tuple(_spelled(step) for step in one.split(".")) for one in path.split("|"))


def _spelled(step: str) -> tuple[str, ...]:
    return tuple(step[:-3] + choice for choice in _CHOICES) if step.endswith("[x]") else (step,)


def _walk(value: Any, steps: _Steps, level: int, found: list[Any]) -> None:
    if isinstance(value, list):
        for item in value:
            _walk(item, steps, level, found)
    elif level == len(steps):
        if value is not None:
            found.append(value)
    elif isinstance(value, dict):
        for name in steps[level]:
            if name in value:
                _walk(value[name], steps, level + 1, found)


def tokens(value: Any, implied: str = "") -> list[tuple[str, str]]:
    """(system, code) of a CodeableConcept, Coding, Identifier or code; aliases of identifier systems are resolved."""
    if isinstance(value, str):
        return [(implied, value)]
    if not isinstance(value, dict):
        return []
    if "coding" in value:
        return [token for coding in value["coding"] for token in tokens(coding)]
    if "value" in value:
        return [(fixed_system(value.get("system", "")), value["value"])]
    return [(value.get("system", ""), value["code"])] if "code" in value else []
