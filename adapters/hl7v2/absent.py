"""What R4 requires and nobody said: the element says so, by data-absent-reason."""

from __future__ import annotations

from gateway.bundle import Resource

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def absent(reason: str = "unknown") -> Resource:
    """What stands in place of a value (``_status``, ``attachment``); ``reason`` of the data-absent-reason codes."""
    return {"extension": [{"url": ABSENT, "valueCode": reason}]}


def unknown_code() -> Resource:
    """A required code that nobody sent."""
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]}
