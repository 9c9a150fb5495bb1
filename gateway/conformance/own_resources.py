"""What the checks make at a target that lets them: resources of a patient who is nobody, marked in three ways.

Each has in meta.tag the mark of its run and the word ``test-data``, in meta.security HTEST (test health data,
https://terminology.hl7.org/CodeSystem-v3-ActReason.html), and identifiers of a system of these checks alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.bundle import CANONICAL
from gateway.jsontext import Number

Resource = dict[str, Any]

SYSTEM = f"{CANONICAL}/conformance-test"
WORD = "test-data"
_HTEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
_PLACE = re.compile(r"@([a-z]+)\Z")
_GLUCOSE = {"system": "http://loinc.org", "code": "2345-7"}
# Days of the results, all in one zone, and their values as written: a reader must keep the last digit.
_RESULTS = (
    ("2026-01-05T08:00:00+07:00", "5.10"),
    ("2026-02-05T08:00:00+07:00", "5.00"),
    ("2026-03-05T08:00:00+07:00", "6.0"),
    ("2026-04-05T08:00:00+07:00", "0.70"),
    ("2026-05-05T08:00:00+07:00", "7"),
)


def mark(run: str) -> dict[str, Any]:
    """The ``meta`` of every resource of a run."""
    return {"tag": [{"system": SYSTEM, "code": WORD}, {"system": SYSTEM, "code": run}], "security": [_HTEST]}


def is_marked(resource: Mapping[str, Any], run: str) -> bool:
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    listed = tags if isinstance(tags, list) else []
    return any(isinstance(one, dict) and (one.get("system"), one.get("code")) == (SYSTEM, run) for one in listed)


def drafts(run: str) -> dict[str, Resource]:
    """Name → resource, each after what it refers to: ``@patient`` stands for where the patient was put."""
    made: dict[str, Resource] = {
        "patient": {
            "resourceType": "Patient",
            "active": True,
            "name": [{"family": "KIỂM TRA", "given": ["HỢP CHUẨN"]}],
            "gender": "unknown",
            "birthDate": "1900-01-01",
        },
        "encounter": {
            "resourceType": "Encounter",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": "@patient"},
            "period": {"start": "2026-01-05T07:00:00+07:00", "end": "2026-01-05T11:00:00+07:00"},
        },
        "order": {
            "resourceType": "ServiceRequest",
            "status": "completed",
            "intent": "order",
            "code": {"coding": [_GLUCOSE]},
            "subject": {"reference": "@patient"},
            "encounter": {"reference": "@encounter"},
            "authoredOn": "2026-01-05T07:30:00+07:00",
        },
    }
    for number, (time, value) in enumerate(_RESULTS, 1):
        made[f"result{'abcde'[number - 1]}"] = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [_GLUCOSE]},
            "subject": {"reference": "@patient"},
            "encounter": {"reference": "@encounter"},
            "basedOn": [{"reference": "@order"}],
            "effectiveDateTime": time,
            "valueQuantity": {
                "value": Number(value), "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L",
            },
        }  # fmt: skip
    made["report"] = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"coding": [_GLUCOSE]},
        "subject": {"reference": "@patient"},
        "basedOn": [{"reference": "@order"}],
        "effectiveDateTime": _RESULTS[0][0],
        "issued": "2026-01-05T10:00:00+07:00",
        "result": [{"reference": "@resulta"}],
    }
    for name, resource in made.items():
        resource["meta"] = mark(run)
        resource["identifier"] = [{"system": SYSTEM, "value": f"{run}-{name}"}]
    return made


def placed(value: Any, places: Mapping[str, str]) -> Any:
    """A draft whose references lead to ``places``; KeyError where one of them was not made."""
    if isinstance(value, dict):
        return {key: placed(item, places) for key, item in value.items()}
    if isinstance(value, list):
        return [placed(item, places) for item in value]
    found = _PLACE.match(value) if isinstance(value, str) else None
    return places[found[1]] if found else value
