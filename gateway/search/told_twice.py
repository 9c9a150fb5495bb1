"""Results told twice: by the laboratory, and by a hospital's system that passes them on under numbers of its own.

Those that agree in facility, patient, mapped code, value and time are one when answered; those that agree but for the
value, or in what else they say, are shown as possible duplicates. What is stored is never merged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from gateway.bundle import Resource
from gateway.mapping.times import earliest
from gateway.outcome import Issue
from gateway.search.hit import Hit

_OWN_CODES = "urn:vn:cskcb:"  # a facility's own code systems: codes without a mapping
# Beside value and time what tells two results of one code apart. Specimens do not: each road numbers its own.
_TELLS_APART = ("bodySite", "method", "focus", "dataAbsentReason")
_WITHDRAWN = frozenset({"entered-in-error", "cancelled", "unknown"})
_SUB_ID = "http://hl7.org/fhir/StructureDefinition/observation-v2-subid"


@dataclass(frozen=True, slots=True)
class ToldTwice:
    """``same``: reference of a match → that of the one it repeats. ``possible``: pairs that only may be one."""

    same: dict[str, str] = field(default_factory=dict)
    possible: list[tuple[str, str]] = field(default_factory=list)

    def issues(self) -> Iterator[Issue]:
        """One for each."""
        for one, other in self.same.items():
            yield Issue("information", "duplicate", "search-result-told-twice", "", {"one": one, "other": other})
        for one, other in self.possible:
            yield Issue("warning", "duplicate", "search-result-possible-duplicate", "", {"one": one, "other": other})


class _Sketch(msgspec.Struct, rename="camel"):
    """What must agree before two results are looked at."""

    effective_date_time: str = ""
    effective_instant: str = ""
    effective_period: Any = None


_sketch = msgspec.json.Decoder(_Sketch)


def told_twice(matches: Sequence[Hit]) -> ToldTwice:
    """Of Observations of one page. The same facility and patient is the same Patient: each facility has its own."""
    found = ToldTwice()
    groups: dict[tuple[str, datetime], list[Hit]] = defaultdict(list)
    for hit in matches if len(matches) > 1 else ():
        sketch = _sketch.decode(hit.content)
        time = sketch.effective_date_time or sketch.effective_instant
        if hit.about and "T" in time:  # of one day there may be many
            groups[hit.about, earliest(time)].append(hit)
    for alike in groups.values():
        if len(alike) > 1:
            _compare([(hit.reference, hit.resource) for hit in alike], found)
    return found


def _compare(alike: Sequence[tuple[str, Resource]], found: ToldTwice) -> None:
    firsts: list[tuple[str, Resource]] = []
    for name, one in alike:
        like = [(first, other) for first, other in firsts if _codes(one) & _codes(other) and _apart(one, other)]
        same = next((first for first, other in like if _says_the_same(one, other)), None)
        if same is not None:
            found.same[name] = same
            continue
        found.possible.extend((name, first) for first, _ in like)
        firsts.append((name, one))


def _codes(one: Resource) -> set[tuple[str, str]]:
    """Its mapped codes."""
    coded = one.get("code", {}).get("coding", ())
    return {
        (each["system"], each["code"])
        for each in coded
        if "code" in each and not each.get("system", _OWN_CODES).startswith(_OWN_CODES)
    }


def _apart(one: Resource, other: Resource) -> bool:
    """Told by two messages: one message tells of two isolates, never of one result twice."""
    return bool(one.get("meta", {}).get("source") != other.get("meta", {}).get("source"))


def _says_the_same(one: Resource, other: Resource) -> bool:
    if _WITHDRAWN & {one.get("status"), other.get("status")} or one.get("status") != other.get("status"):
        return False
    values = _value(one), _value(other)
    if not any(values) or values[0] != values[1] or _sub_id(one) != _sub_id(other):
        return False
    return all(one.get(name) == other.get(name) for name in _TELLS_APART)


def _value(one: Resource) -> Resource:
    """Numbers are compared as numbers: 7.2 and 7.20 are one value."""
    return {key: item for key, item in one.items() if key.startswith("value") or key == "component"}


def _sub_id(one: Resource) -> list[Any]:
    return [each for each in one.get("extension", ()) if each.get("url") == _SUB_ID]
