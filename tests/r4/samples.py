"""Small valid resources for the tests to break, one thing at a time."""

from __future__ import annotations

from typing import Any

from gateway.jsontext import Number
from gateway.r4 import check

LAB = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
PATIENT = "urn:uuid:7d6f1f6c-7b3a-4bb0-a0b4-3f2f5a1f7c11"
OBSERVATION = "urn:uuid:2b0d2f5e-93fb-4f0c-8a43-0b1f0f6f9a22"
HEADER = "urn:uuid:5e0c7a61-7a35-4dd7-9a4f-7a4e4e8b1c33"


def patient(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": "Nguyễn", "given": ["Văn", "An"]}],
        "gender": "male",
        "birthDate": "1980-02-29",
        **more,
    }


def observation(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-22T10:04:05+07:00",
        "valueQuantity": {
            "value": Number("5.10"),
            "unit": "mmol/L",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/L",
        },
        **more,
    }


def message() -> dict[str, Any]:
    """A message Bundle whose references stay inside it, but for the Provenance's target."""
    return {
        "resourceType": "Bundle",
        "id": "b1",
        "type": "message",
        "timestamp": "2026-11-22T03:04:05Z",
        "entry": [
            {
                "fullUrl": HEADER,
                "resource": {
                    "resourceType": "MessageHeader",
                    "eventCoding": {"system": "https://lienthong.example/fhir/CodeSystem/event", "code": "exchange"},
                    "source": {"endpoint": "https://lab.example/fhir"},
                    "sender": {"reference": LAB},
                    "focus": [{"reference": OBSERVATION}],
                },
            },
            {"fullUrl": LAB, "resource": {"resourceType": "Organization", "name": "Phòng xét nghiệm"}},
            {"fullUrl": PATIENT, "resource": patient()},
            {"fullUrl": OBSERVATION, "resource": observation(subject={"reference": PATIENT})},
            {
                "fullUrl": "urn:uuid:9a5a3d2e-1f0b-4c55-8e39-6d2c1e0f4d44",
                "resource": {
                    "resourceType": "Provenance",
                    "target": [{"reference": "Bundle/b1"}],
                    "recorded": "2026-11-22T03:04:05Z",
                    "agent": [{"who": {"reference": LAB}}],
                },
            },
        ],
    }


def found(resource: Any) -> list[tuple[str, str]]:
    """What the check says, as (rule, place)."""
    return [(issue.rule, issue.expression) for issue in check(resource)]


def without(resource: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key not in names}


def of_entries(*resources: Any, **more: Any) -> dict[str, Any]:
    entries = [{"fullUrl": f"{PATIENT[:-1]}{index}", "resource": each} for index, each in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}
