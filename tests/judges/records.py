"""Records to divide: the adapters' own samples as resources, and a small one to put things into."""

from __future__ import annotations

import uuid
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from gateway.adapter import DefaultProfile, Payload, choose, split, translate
from gateway.bundle import Resource, urn
from gateway.installed import running_adapters

SAMPLES = Path(__file__).parents[2] / "adapters"


@cache
def _translated() -> dict[str, list[Resource]]:
    made: dict[str, list[Resource]] = {}
    running = running_adapters()
    for path in sorted([*SAMPLES.glob("*/samples/*.hl7"), *SAMPLES.glob("*/samples/*.xml")]):
        payload = Payload(path.read_bytes())
        adapter = choose(running, payload)
        for record in split(adapter, payload):
            made[f"{path.name}#{record.position}"] = list(translate(adapter, record, DefaultProfile()).resources)
    return made


def sample_names() -> list[str]:
    return sorted(_translated())


def sample(name: str) -> list[Resource]:
    """The resources of a sample, to be changed freely."""
    return deepcopy(_translated()[name])


def made(kind: str, name: str, /, **elements: Any) -> Resource:
    """A resource whose id follows from its name."""
    return {"resourceType": kind, "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)), **elements}


def to(item: Resource, **more: Any) -> dict[str, Any]:
    """A reference to a resource."""
    return {"reference": urn(item["id"]), **more}


ICD10, LOINC = "http://hl7.org/fhir/sid/icd-10", "http://loinc.org"


def coded(code: str, system: str = LOINC, **more: Any) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}], **more}


PATIENT = made("Patient", "patient", name=[{"text": "LÊ THỊ MẪU"}])
ENCOUNTER = made("Encounter", "visit", status="finished", **{"class": {"code": "IMP"}}, subject=to(PATIENT))
ORDER = made(
    "ServiceRequest",
    "order",
    status="active",
    intent="order",
    code={"text": "Sinh hoá"},
    subject=to(PATIENT),
    encounter=to(ENCOUNTER),
)


def observation(name: str, /, **elements: Any) -> Resource:
    found: dict[str, Any] = {
        "status": "final",
        "code": {"text": name},
        "subject": to(PATIENT),
        "encounter": to(ENCOUNTER),
        "valueString": "5.0",
    }
    return made("Observation", name, **(found | elements))


def report(name: str, /, *results: Resource, **elements: Any) -> Resource:
    found: dict[str, Any] = {"status": "final", "code": {"text": name}, "subject": to(PATIENT)}
    if results:
        found["result"] = [to(one) for one in results]
    return made("DiagnosticReport", name, **(found | elements))
