"""What a record would become otherwise: two Bundles compared, resource by resource, element by element. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from gateway.bundle import Resource, resources
from gateway.mapping.made_by import tells_file


@dataclass(frozen=True, slots=True)
class Change:
    """One element: ``Observation[0].valueQuantity.unit``, or a whole resource ``Observation[2]``; the index counts
    resources of that type in the Bundle it stands in, the one before where it stands in both.

    ``before``, ``after``: JSON values, None where it is not there.
    """

    element: str
    what: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


def told(bundle: Resource) -> list[Resource]:
    """What a Bundle says of its patient: not its header, its signature, or which mapping file made it."""
    return [
        one
        for one in resources(bundle)
        if one["resourceType"] != "MessageHeader" and "id" in one and not tells_file(one)
    ]


def changes(before: Iterable[Resource], after: Iterable[Resource]) -> list[Change]:
    """Of the resources of two Bundles (:func:`told`); those of one type and id are one resource."""
    old, new = _placed(before), _placed(after)
    found: list[Change] = []
    for key, (place, was) in old.items():
        if key in new:
            found += _within(place, was, new[key][1])
        else:
            found.append(Change(place, "removed", was))
    found += [Change(place, "added", None, made) for key, (place, made) in new.items() if key not in old]
    return found


def _placed(made: Iterable[Resource]) -> dict[tuple[str, str], tuple[str, Resource]]:
    counts: dict[str, int] = {}
    placed = {}
    for one in made:
        kind = one["resourceType"]
        placed[kind, str(one["id"])] = f"{kind}[{counts.get(kind, 0)}]", one
        counts[kind] = counts.get(kind, 0) + 1
    return placed


def _within(place: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _beside(f"{place}.{key}", before, after, key)
    elif isinstance(before, list) and isinstance(after, list):
        for at in range(max(len(before), len(after))):
            yield from _beside(f"{place}[{at}]", dict(enumerate(before)), dict(enumerate(after)), at)
    else:
        yield Change(place, "changed", before, after)


def _beside(place: str, before: dict[Any, Any], after: dict[Any, Any], key: Any) -> Iterator[Change]:
    if key not in after:
        yield Change(place, "removed", before[key])
    elif key not in before:
        yield Change(place, "added", None, after[key])
    else:
        yield from _within(place, before[key], after[key])
