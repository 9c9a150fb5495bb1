"""translate: a code of one system to another's, by ConceptMaps, or back.

https://hl7.org/fhir/R4/conceptmap-operation-translate.html. Exact: no case folding, no guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.bundle import Resource

LOINC = "http://loinc.org"
_SAYS_NOTHING = frozenset({"unmatched", "disjoint"})
# What a target says of its source, read from the target.
_TURNED = {
    "wider": "narrower",
    "narrower": "wider",
    "subsumes": "specializes",
    "specializes": "subsumes",
}


class Code(NamedTuple):
    """``system`` "" is a code that comes without one."""

    system: str
    code: str
    display: str = ""


class Row(NamedTuple):
    """One line of a ConceptMap. ``target.code`` is "" where there is none."""

    source: Code
    target: Code
    equivalence: str


@dataclass(frozen=True, slots=True)
class Question:
    """``codes``: tried in order. ``source``, ``target``: systems wanted, None for any. ``back``: from the target."""

    codes: Sequence[Code]
    source: str | None = None
    target: str | None = None
    back: bool = False


class Match(NamedTuple):
    """``equivalence``: of the concept found to the one asked for. ``url``: of the map that says so."""

    equivalence: str
    concept: Code | None
    url: str


def translated(maps: Iterable[Resource], asked: Question) -> list[Match]:
    """Every row of the maps for the codes asked about, map by map."""
    found = []
    for one in maps:
        index = _index(_Same(one), asked.back)
        for code in asked.codes:
            for row in index.get((code.system, code.code), ()):
                here, there = (row.target, row.source) if asked.back else (row.source, row.target)
                if asked.source not in (None, here.system) or asked.target not in (None, there.system):
                    continue
                equivalence = _TURNED.get(row.equivalence, row.equivalence) if asked.back else row.equivalence
                found.append(Match(equivalence, there if there.code else None, one["url"]))
    return found


def succeeded(matches: Iterable[Match]) -> bool:
    """``result`` of the operation: one match at least says something of the code."""
    return any(one.equivalence not in _SAYS_NOTHING for one in matches)


def as_parameters(matches: Sequence[Match]) -> Resource:
    """The operation's answer, a Parameters."""
    made: list[dict[str, Any]] = [{"name": "result", "valueBoolean": succeeded(matches)}]
    if not matches:
        made.append({"name": "message", "valueString": "No ConceptMap here has a row for it."})
    for one in matches:
        parts: list[dict[str, Any]] = [{"name": "equivalence", "valueCode": one.equivalence}]
        if one.concept is not None:
            coding = {name: text for name, text in one.concept._asdict().items() if text}
            parts.append({"name": "concept", "valueCoding": coding})
        parts.append({"name": "source", "valueUri": one.url})
        made.append({"name": "match", "part": parts})
    return {"resourceType": "Parameters", "parameter": made}


def system_of(value_set: str) -> str:
    """The code system whose codes, all of them, are a value set; a code system is its own."""
    if value_set == f"{LOINC}/vs":
        return LOINC
    if value_set == "http://snomed.info/sct?fhir_vs":
        return "http://snomed.info/sct"
    for host, systems in (("http://hl7.org/fhir/", ""), ("http://terminology.hl7.org/", "CodeSystem/")):
        if value_set.startswith(f"{host}ValueSet/"):
            return f"{host}{systems}{value_set.removeprefix(f'{host}ValueSet/')}"
    return value_set


class _Same:
    """A map as a key: the one object, since maps are made once and never changed."""

    __slots__ = ("content",)

    def __init__(self, content: Resource) -> None:
        self.content = content

    def __hash__(self) -> int:
        return id(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.content is self.content


@lru_cache(maxsize=1024)
def _index(one: _Same, back: bool) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in _rows(one.content):
        here = row.target if back else row.source
        if here.code:
            found.setdefault((here.system, here.code), []).append(row)
    return found


def _rows(one: Resource) -> Iterable[Row]:
    for group in one.get("group", ()):
        for element in group["element"]:
            source = Code(group.get("source", ""), element["code"], element.get("display", ""))
            for target in element["target"]:
                to = Code(group.get("target", ""), target.get("code", ""), target.get("display", ""))
                yield Row(source, to, target["equivalence"])
