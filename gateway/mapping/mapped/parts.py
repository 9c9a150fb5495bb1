"""The resources that rows may speak of: what R4 asks of each where no row says it, and how they are tied together.

A part is made only where a field of the record says something of it. Every reference follows from the record's shape:
one report, of one patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.bundle import CANONICAL
from gateway.mapping.draft import Draft

# R4 requires a status where tables often have none, so the one given is the gateway's reading.
STATUS_INFERRED = {"system": f"{CANONICAL}/CodeSystem/reading", "code": "status-inferred"}
UNKNOWN = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]}
_CLASS_UNKNOWN = {"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK"}

RESULT = "Observation"  # the part that is made once an item; all others once a record
REPORT = "DiagnosticReport"
PATIENT = "Patient"


@dataclass(frozen=True, slots=True)
class Part:
    """A name that rows may begin with. ``required``: R4's required elements where nothing is said;
    ``inferred``: the status among them is a reading."""

    type: str
    required: Mapping[str, Any]
    inferred: bool = False


PARTS: dict[str, Part] = {
    PATIENT: Part("Patient", {}),
    "Encounter": Part("Encounter", {"status": "unknown", "class": _CLASS_UNKNOWN}),
    "ServiceRequest": Part("ServiceRequest", {"status": "unknown", "intent": "order"}),
    "Specimen": Part("Specimen", {}),
    "Requester": Part("Practitioner", {}),
    "Performer": Part("Practitioner", {}),
    "Interpreter": Part("Practitioner", {}),
    "Organization": Part("Organization", {}),
    REPORT: Part("DiagnosticReport", {"status": "final", "code": UNKNOWN}, inferred=True),
    RESULT: Part("Observation", {"status": "final", "code": UNKNOWN}, inferred=True),
}

# (who, element, whom): set where both are made; "[]" is a list.
_TIES: tuple[tuple[str, str, str], ...] = (
    ("Encounter", "subject", PATIENT),
    ("ServiceRequest", "subject", PATIENT),
    ("ServiceRequest", "encounter", "Encounter"),
    ("ServiceRequest", "requester", "Requester"),
    ("ServiceRequest", "specimen[]", "Specimen"),
    ("Specimen", "subject", PATIENT),
    (REPORT, "subject", PATIENT),
    (REPORT, "encounter", "Encounter"),
    (REPORT, "basedOn[]", "ServiceRequest"),
    (REPORT, "specimen[]", "Specimen"),
    (REPORT, "performer[]", "Organization"),
    (REPORT, "performer[]", "Performer"),
    (REPORT, "resultsInterpreter[]", "Interpreter"),
    (RESULT, "subject", PATIENT),
    (RESULT, "encounter", "Encounter"),
    (RESULT, "basedOn[]", "ServiceRequest"),
    (RESULT, "specimen", "Specimen"),
    (RESULT, "performer[]", "Organization"),
    (RESULT, "performer[]", "Performer"),
)


def complete(name: str, draft: Draft) -> None:
    """What R4 requires and no row has said."""
    part, made = PARTS[name], draft.resource
    if part.inferred and "status" not in made:
        made.setdefault("meta", {}).setdefault("tag", []).append(STATUS_INFERRED)
    for element, value in part.required.items():
        if element not in made:
            made[element] = value


@cache
def _ties(made: frozenset[str]) -> tuple[tuple[str, str, bool, str], ...]:
    """Those between the parts that are made, and of results to them: (who, element, whether it is a list, whom)."""
    found = [(who, element, whom) for who, element, whom in _TIES if {who, whom} <= made | {RESULT}]
    return tuple((who, element.removesuffix("[]"), element.endswith("[]"), whom) for who, element, whom in found)


def tie(drafts: Mapping[str, Draft]) -> dict[str, Any]:
    """The references between the parts made once a record; returns those of every result of it, by element, a list
    where the element is one."""
    of_results: dict[str, Any] = {}
    for who, element, many, whom in _ties(frozenset(drafts)):
        target = of_results if who == RESULT else drafts[who].resource
        reference = drafts[whom].reference
        if many:
            target.setdefault(element, []).append(reference)
        else:
            target[element] = reference
    return of_results
