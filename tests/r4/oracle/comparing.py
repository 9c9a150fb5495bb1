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
_CHOICE = re.compile(r"\.ofType\((\w)(\w*)\)")
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
    return len(long) - len(short) <= 1 and all(_same(a, b) for a, b in zip(short, long, strict=False))


def _steps(place: str) -> list[str]:
    """``Observation.value.ofType(Quantity)`` and ``Observation.valueQuantity`` are one place."""
    plain = _CHOICE.sub(lambda match: match[1].upper() + match[2], _REMARK.sub("", place))
    return [step for step in plain.split(".") if step]


def _same(one: str, other: str) -> bool:
    """``value[x]`` is any type of the choice."""
    if one == other:
        return True
    return any(
        wide.endswith("[x]") and re.fullmatch(re.escape(wide[:-3]) + r"[A-Z]\w*", narrow) is not None
        for wide, narrow in ((one, other), (other, one))
    )
