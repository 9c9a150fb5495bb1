"""Whence: the field of the payload that an element of its Bundle came from, for whoever knows the payload alone.

The R4 check names FHIRPaths of the Bundle; the sender of an HL7 v2 message has never seen it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.bundle import Resource
from gateway.outcome import Issue

_ENTRY = re.compile(r"Bundle\.entry\[(\d+)\]\.resource(?:\.(.+))?\Z")
_STEP = re.compile(r"\w+|\[\d+\]")
_PART = re.compile(r"[^.\-]+|[.\-][^.\-]*")  # OBX[1], -5, .2


def whence(issues: Iterable[Issue], bundle: Resource, lineage: Mapping[str, str]) -> list[Issue]:
    """The issues, each with the ``source`` of its element where the lineage tells one.

    ``lineage``: as Translation has it. Of an element of which nothing is told, as of one that is missing, the
    nearest one around it speaks; of several fields, what they have in common; and of a resource of several
    segments, the segment that says most of it.
    """
    found = list(issues)
    if not any(_ENTRY.match(issue.expression) for issue in found):
        return found
    told = [(_steps(element), source) for element, source in lineage.items()]
    return [replace(issue, source=_source(issue.expression, bundle, told)) for issue in found]


def _source(expression: str, bundle: Resource, told: Sequence[tuple[list[str], str]]) -> str:
    place = _ENTRY.match(expression)
    if place is None:
        return ""
    at = int(place[1])
    kinds = [_kind(entry) for entry in bundle["entry"][: at + 1]]
    resource = [kinds[at], f"[{kinds[:at].count(kinds[at])}]"]
    of_it = [(steps[2:], source) for steps, source in told if steps[:2] == resource]
    asked = _steps(place[2] or "")
    for depth in range(len(asked), -1, -1):
        if below := [source for steps, source in of_it if _begins(steps, asked[:depth])]:
            return _shared_part([field for source in below for field in source.partition(" (")[0].split(", ")])
    return ""


def _kind(entry: Any) -> str:
    return str(entry["resource"].get("resourceType", ""))


def _steps(path: str) -> list[str]:
    return _STEP.findall(path)


def _begins(steps: Sequence[str], asked: Sequence[str]) -> bool:
    """FHIRPath writes ``value`` for whichever ``valueQuantity`` stands there."""
    return len(steps) >= len(asked) and all(
        one == other or (one.startswith(other) and one[len(other)].isupper())
        for one, other in zip(steps, asked, strict=False)
    )


def _shared_part(fields: Sequence[str]) -> str:
    """``OBX[1]-5.1`` and ``OBX[1]-6`` have ``OBX[1]`` in common."""
    parted = [_PART.findall(field) for field in fields]
    first = Counter(parts[0] for parts in parted).most_common(1)[0][0]
    mine = [parts for parts in parted if parts[0] == first]
    shared: list[str] = []
    for at in zip(*mine, strict=False):
        if len(set(at)) > 1:
            break
        shared.append(at[0])
    return "".join(shared)
