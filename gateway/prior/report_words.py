"""What a report of an examination says in Observations of its own: findings and conclusion, as HL7 v2 sends them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gateway.bundle import Resource
from gateway.jsontext import loads_stored
from gateway.reuse.concepts import codes_of, words_of
from gateway.store import Connection, prior
from gateway.store.prior import Kept

_IMAGING = ("http://terminology.hl7.org/CodeSystem/observation-category", "imaging")
_UID = re.compile(r"[0-9]+(?:\.[0-9]+){3,}\Z")  # names the study, says nothing of the patient


def of_imaging(observation: Resource) -> bool:
    """It is part of a report on images, and no test by itself."""
    return _IMAGING in codes_of(*observation.get("category", ()))


def report_words(connection: Connection, reports: Iterable[tuple[Kept, Resource]]) -> Mapping[str, tuple[str, ...]]:
    """By ``DiagnosticReport/id``: each part's name and words, in the report's order."""
    listed = {f"DiagnosticReport/{kept.id}": (kept.person, _results(resource)) for kept, resource in reports}
    wanted = {(person, name) for person, names in listed.values() for name in names}
    bodies = {name: loads_stored(body) for name, body in prior.named(connection, wanted).items()}
    return {
        report: tuple(said for name in names if name in bodies and (said := _said(bodies[name])))
        for report, (_, names) in listed.items()
    }


def _results(report: Resource) -> list[str]:
    said = (one.get("reference", "") for one in report.get("result", ()))
    return [name for name in said if name.startswith("Observation/")]


def _said(observation: Resource) -> str:
    text = observation.get("valueString", "") or words_of(observation.get("valueCodeableConcept"))
    if not of_imaging(observation) or not text.strip() or _UID.match(text.strip()):
        return ""
    name = words_of(observation.get("code"))
    return f"{name}: {text}" if name else str(text)
