"""A ConceptMap in JSON, as anybody's terminology server writes it: read as decisions, and the decisions as one.

https://hl7.org/fhir/R4/conceptmap.html. What a decision cannot say is refused by its path, never left out: several
targets of one code, a target that depends on something else, what is to become of all other codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.bundle import Resource
from gateway.errors import GatewayError, NotConformant, PayloadError, UnknownCode
from gateway.jsontext import loads
from gateway.outcome import Issue
from gateway.r4 import check
from gateway.terminology.concept_maps import SAID_LESS, decided_map
from gateway.terminology.decision import NO_TARGET, Decision
from gateway.terminology.line import Line

_MOST_TOLD = 50  # of what is wrong
_UNSAID = ("dependsOn", "product")  # of a target: it holds on a condition only, or means more


def is_json(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_map(data: bytes) -> list[Line]:
    """PayloadError for what is no ConceptMap in JSON; NotConformant (422) for one that is no valid R4, or not in use;
    UnknownCode (422) naming each element that decides nothing valid, by its path."""
    found = loads(data.removeprefix(b"\xef\xbb\xbf"))
    if not isinstance(found, dict) or found.get("resourceType") != "ConceptMap":
        raise PayloadError("vocabulary-map-form")
    if broken := [issue for issue in check(found) if issue.refuses]:
        raise NotConformant("vocabulary-map-form", issues=broken[:_MOST_TOLD])
    if found["status"] == "retired":
        raise NotConformant("vocabulary-map-retired", "ConceptMap.status")
    lines: dict[tuple[str, str], Line] = {}
    wrong: list[Issue] = []
    for place, line in _elements(found):
        try:
            one = line.checked() if isinstance(line, Line) else _refused(line)
            if (one.system, one.code) in lines:
                raise UnknownCode("vocabulary-map-twice")
            lines[one.system, one.code] = one
        except GatewayError as refused:
            wrong += [Issue("error", "code-invalid", each.rule, place, each.parameters) for each in refused.issues]
    if wrong:
        raise UnknownCode("vocabulary-map-form", issues=wrong[:_MOST_TOLD])
    return list(lines.values())


def _refused(rule: str) -> Line:
    raise UnknownCode(rule)


def _elements(found: Resource) -> Iterator[tuple[str, Line | str]]:
    """Each with its path; a rule where it cannot be a line."""
    for number, group in enumerate(found.get("group", ())):
        here = f"ConceptMap.group[{number}]"
        if "unmapped" in group:
            yield f"{here}.unmapped", "vocabulary-map-unsaid"
        for place, element in enumerate(group["element"]):
            at, targets = f"{here}.element[{place}]", element.get("target", ())
            if "code" not in element or len(targets) != 1:
                yield at, "vocabulary-map-one-target"
            elif unsaid := [name for name in _UNSAID if name in targets[0]]:
                yield f"{at}.target[0].{unsaid[0]}", "vocabulary-map-unsaid"
            else:
                yield at, _line(group, str(element["code"]), targets[0])


def _line(group: Mapping[str, Any], code: str, target: Mapping[str, Any]) -> Line:
    equivalence = str(target["equivalence"])
    reason = str(target.get("comment", ""))
    none = equivalence == NO_TARGET and "code" not in target  # a group's target is of its other codes
    return Line(
        str(group.get("source", "")),
        code,
        "" if none else str(group.get("target", "")),
        str(target.get("code", "")),
        equivalence,
        str(target.get("display", "")),
        "" if reason == SAID_LESS else reason,
    )


def map_of(facility: str, decisions: Sequence[Decision]) -> Resource:
    """The decisions of one owner as its ConceptMap, with the reasons; what :func:`read_map` reads as the same."""
    return decided_map(facility, decisions, reasons=True)
