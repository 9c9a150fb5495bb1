"""Two verdicts on one resource, set side by side: which errors has only one of them?

Levels below error are not compared: the reference validator advises where R4 demands nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.outcome import Issue

AGREED = Path(__file__).with_name("agreed.toml")
Who = Literal["gateway", "reference"]


@dataclass(frozen=True, slots=True)
class Error:
    """What refuses a resource: the rule as its side names it, and the FHIRPath of the place ("" where none is told)."""

    rule: str
    place: str

    @property
    def constraint(self) -> str:
        """The key of R4's invariant (obs-6), "" where the rule is none."""
        found = _CONSTRAINT.search(self.rule)
        return found[1] if found else ""


@dataclass(frozen=True, order=True, slots=True)
class Disagreement:
    """An error that only ``who`` finds. ``element`` is its place without positions."""

    who: Who
    rule: str
    element: str
    resource: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Between what disagrees and what was agreed to: what is new, and what no longer occurs."""

    new: frozenset[Disagreement]
    gone: frozenset[Disagreement]


_CONSTRAINT = re.compile(r"(?:^|#)([a-z]{3,4}-[0-9]+[a-z]?)$")
_REMARK = re.compile(r"/\*.*?\*/|\[url=.*?\](?=\.|$)")  # /*Patient/p1*/ and [url='…'], which only tell of a place
_CHOICE = re.compile(r"\.ofType\(\w+\)|\[x\]")  # an element stands once, whatever its type
_POSITION = re.compile(r"\[\d+\]")


def gateway_errors(issues: Iterable[Issue]) -> list[Error]:
    return [Error(issue.rule, issue.expression) for issue in issues if issue.refuses]


def disagreements(resource: str, ours: Iterable[Error], theirs: Iterable[Error]) -> set[Disagreement]:
    """The errors of each side that have no like on the other."""
    ours, theirs = list(ours), list(theirs)
    pairs: list[tuple[Who, list[Error], list[Error]]] = [("gateway", ours, theirs), ("reference", theirs, ours)]
    return {
        Disagreement(who, error.rule or "unnamed", _POSITION.sub("", ".".join(_steps(error.place))), resource)
        for who, here, there in pairs
        for error in here
        if not any(_alike(error, other) for other in there)
    }


def agreed(file: Path = AGREED) -> dict[Disagreement, str]:
    """What stands in the file, each with its reason. ValueError for an entry without one, or said twice."""
    found: dict[Disagreement, str] = {}
    for entry in tomllib.loads(file.read_text("utf-8")).get("agreed", []):
        for resource in entry["resources"]:
            one = Disagreement(entry["who"], entry["rule"], entry["element"], resource)
            if one in found or not entry["reason"].strip():
                raise ValueError(f"agreed twice, or without a reason: {one}")
            found[one] = entry["reason"]
    return found


def difference(found: Iterable[Disagreement], expected: Mapping[Disagreement, str]) -> Difference:
    seen = frozenset(found)
    return Difference(seen - expected.keys(), frozenset(expected.keys() - seen))


def _alike(one: Error, other: Error) -> bool:
    """Same place, or one names the element that holds the other's; and no two different invariants.

    An error without a place is of a resource that could not be read at all, which any error answers.
    """
    if one.constraint and other.constraint and one.constraint != other.constraint:
        return False
    if not one.place or not other.place:
        return True
    short, long = sorted((_steps(one.place), _steps(other.place)), key=len)
    return len(long) - len(short) <= 1 and long[: len(short)] == short


def _steps(place: str) -> list[str]:
    """``Observation.value.ofType(Quantity)``, ``Observation.value[x]`` and ``Observation.value`` are one place."""
    plain = _CHOICE.sub("", _REMARK.sub("", place)).replace("`", "")
    return [step for step in plain.split(".") if step]
