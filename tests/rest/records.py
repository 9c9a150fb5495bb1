"""The smallest resources worth asking for, and how a test asks."""

from __future__ import annotations

from typing import Any

from gateway.bundle import CCCD
from gateway.jsontext import Number

LOINC = "http://loinc.org"
CITIZEN = "001099012345"


def patient(logical_id: str = "p1", **elements: Any) -> dict[str, Any]:
    made = {"resourceType": "Patient", "id": logical_id, "identifier": [{"system": CCCD, "value": CITIZEN}]}
    return made | elements


def observation(
    logical_id: str = "o1", value: str = "5.10", subject: str = "Patient/p1", **more: Any
) -> dict[str, Any]:
    made = {
        "resourceType": "Observation",
        "id": logical_id,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "4548-4"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": "2026-11-01T08:00:00+07:00",
        "valueQuantity": {"value": Number(value), "unit": "%"},
    }
    return made | more
