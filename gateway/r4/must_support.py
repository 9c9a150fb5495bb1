"""Which elements that a profile flags mustSupport stand in a resource, and which do not: a report, no judgement.

https://hl7.org/fhir/R4/profiling.html#mustsupport: what supporting an element means, the profile's own guide says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def absent(resource: dict[str, Any], elements: Sequence[str]) -> list[str]:
    """Of ``elements``, ids as ``Observation.value[x]``, those that the resource has nowhere.

    An element of a slice (``category:laboratory``) is told by its slice alone, and left out here.
    """
    return [element for element in elements if ":" not in element and not _stands(resource, element.split(".")[1:])]


def _stands(resource: dict[str, Any], names: Sequence[str]) -> bool:
    here: list[Any] = [resource]
    for name in names:
        here = [value for holder in here if isinstance(holder, dict) for value in _values(holder, name)]
    return bool(here)


def _values(holder: dict[str, Any], name: str) -> Iterator[Any]:
    """The values of an element; ``value[x]`` is whatever it stands as, valueString or another."""
    stem = name.removesuffix("[x]")
    for key, value in holder.items():
        plain = key.removeprefix("_")
        if plain == stem or (stem != name and plain.startswith(stem) and plain[len(stem) : len(stem) + 1].isupper()):
            yield from value if isinstance(value, list) else [value]
