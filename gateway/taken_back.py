"""Who no longer takes part in a thing, though an earlier word said so: a mark on the thing, and what it takes away.

An earlier word stands where a later one says nothing (gateway.revision). That a sender takes a participation back is
said by this extension, therefore, whose ``valueReference`` is who or what takes part no longer.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gateway.bundle import CANONICAL, Resource

TAKEN_BACK = f"{CANONICAL}/StructureDefinition/taken-back"


def taken_back(resource: Resource) -> dict[str, Resource]:
    """Who is taken back, as referred to → the extension that says so."""
    marks = (each for each in resource.get("extension", ()) if each["url"] == TAKEN_BACK)
    return {each["valueReference"]["reference"]: each for each in marks}


def without(resource: Resource, who: Collection[str]) -> Resource:
    """The resource without whatever refers to one of them, an element or the item of a list that has it; and without
    its marks, which have then done their work."""
    rest = [each for each in resource.get("extension", ()) if each["url"] != TAKEN_BACK]
    made: Resource = _without({**resource, "extension": rest}, who)
    return made


def _without(item: Any, who: Collection[str]) -> Any:
    """None where nothing is left."""
    if isinstance(item, list):
        kept = [_without(each, who) for each in item if not _is_of(each, who)]
        return [each for each in kept if each is not None] or None
    if not isinstance(item, dict):
        return item
    if item.get("reference") in who:
        return None
    made = {key: _without(each, who) for key, each in item.items()}
    return {key: each for key, each in made.items() if each is not None} or None


def _is_of(item: Any, who: Collection[str]) -> bool:
    """True for a list's item that is about one of them: ``{type, individual}``, ``{function, actor}``."""
    parts = item.values() if isinstance(item, dict) else ()
    return any(isinstance(part, dict) and part.get("reference") in who for part in parts)
