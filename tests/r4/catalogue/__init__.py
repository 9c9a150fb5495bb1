"""The catalogue: for each rule the R4 check can say, a valid resource and what breaks it in one way.

A file holds groups: a ``valid`` resource and the ``broken`` cases made from it. A case names its ``rule``,
where it is said (``at``), and the change: ``put`` sets and ``drop`` removes what stands at a path
(``name.0.given``). ``with`` names rules that cannot but break too, ``why`` says why. A group may have
``profiles`` and the URLs ``asked`` of them; a case may ask for others.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway import jsontext

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """One rule broken: the valid resource, the broken one, the place, and the rules that break with it."""

    rule: str
    place: str
    valid: dict[str, Any]
    broken: dict[str, Any]
    beside: frozenset[str] = frozenset()
    why: str = ""
    profiles: tuple[dict[str, Any], ...] = ()
    kept: tuple[str, ...] = ()  # the profiles asked of the valid resource, and of the broken one
    asked: tuple[str, ...] = ()


def cases() -> list[Case]:
    """Every case of the files, in the order of their names."""
    return [case for file in sorted(FOLDER.glob("*.json")) for case in _cases(file)]


def _cases(file: Path) -> Iterator[Case]:
    for group in jsontext.loads(file.read_bytes()):
        kept = tuple(group.get("asked", ()))
        for case in group["broken"]:
            yield Case(
                case["rule"],
                case["at"],
                group["valid"],
                changed(group["valid"], case.get("put", {}), case.get("drop", [])),
                frozenset(case.get("with", ())),
                case.get("why", ""),
                tuple(group.get("profiles", ())),
                kept,
                tuple(case.get("asked", kept)),
            )


def changed(resource: dict[str, Any], put: dict[str, Any], drop: list[str]) -> dict[str, Any]:
    """A copy with each value of ``put`` set at its path, and what stands at the paths of ``drop`` taken out."""
    made: dict[str, Any] = copy.deepcopy(resource)
    for path in drop:
        holder, key = _holder(made, path)
        del holder[key]
    for path, value in put.items():
        holder, key = _holder(made, path)
        if isinstance(holder, list) and key == len(holder):
            holder.append(value)
        else:
            holder[key] = value
    return made


def _holder(resource: Any, path: str) -> tuple[Any, Any]:
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in way:
        resource = resource[step]
    return resource, last
