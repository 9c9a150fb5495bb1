"""Contained resources at first look: each valid by itself, named by its id, and pointed to from its container.

https://hl7.org/fhir/R4/references.html#contained, invariants dom-2 to dom-5 and ref-1. What is unusual is left to the
walker: a link that says a type, one to the container, a profile or another word in ``meta``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.r4.quick.links import Links
from gateway.r4.schema import is_resource_type, type_named

_META = frozenset({"tag", "source"})
_HELD_TO_PROFILES = "Observation"  # by its code, wherever it stands


def contained_holds(
    container: dict[str, Any], links: Links, begun: int, depth: int, check: Callable[[Any, Links, int], Any]
) -> bool:
    """True when the walker would find nothing in what ``container`` contains, nor in its links to that.

    ``begun``: where the container's own links begin; those to what it contains are taken out when they hold.
    ``check``: of a resource inside another.
    """
    items = container["contained"]
    if items.__class__ is not list or not items:
        return False
    types: dict[str, str] = {}
    for item in items:
        name = item.get("resourceType") if item.__class__ is dict else None
        if name.__class__ is not str or name == _HELD_TO_PROFILES or not _may_contain(name) or "contained" in item:
            return False
        number, meta = item.get("id"), item.get("meta", {})
        if number.__class__ is not str or f"#{number}" in types or meta.__class__ is not dict or meta.keys() - _META:
            return False
        if not check(item, links, depth):
            return False
        types[f"#{number}"] = name
    return _all_linked(types, links, begun)


def _may_contain(name: str) -> bool:
    """True for a DomainResource."""
    return is_resource_type(name) and "contained" in type_named(name).elements


def _all_linked(types: dict[str, str], links: Links, begun: int) -> bool:
    linked: set[str] = set()
    others = []
    for link in links[begun:]:
        reference, targets = link
        text = reference.get("reference")
        if text.__class__ is not str or text[:1] != "#":
            others.append(link)
            continue
        name = types.get(text)
        if name is None or (targets and name not in targets) or "type" in reference:
            return False
        linked.add(text)
    links[begun:] = others
    return len(linked) == len(types)
