"""What each declared parameter is asked of a resource: a value that must find it, and one that must not."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.conformance.searched import NOWHERE, sought

PROVENANCE = {
    "resourceType": "Provenance",
    "target": [{"identifier": {"system": "urn:x", "value": "CD-1"}}, {"reference": "ServiceRequest/order-1"}],
    "entity": [{"role": "source", "what": {"reference": "Observation/hb-1/_history/3"}}],
}
OBSERVATION = {
    "resourceType": "Observation",
    "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
    "subject": {"reference": "https://other.example/fhir/Patient/p1/_history/2"},
    "effectiveDateTime": "2026-11-01T08:00:00+07:00",
}


@pytest.mark.parametrize(
    ("resource", "parameter", "right", "wrong"),
    [
        (PROVENANCE, "target", "ServiceRequest/order-1", f"ServiceRequest/{NOWHERE}"),
        (PROVENANCE, "entity", "Observation/hb-1", f"Observation/{NOWHERE}"),
        (OBSERVATION, "subject", "Patient/p1", f"Patient/{NOWHERE}"),
        (OBSERVATION, "patient", "Patient/p1", f"Patient/{NOWHERE}"),
        (OBSERVATION, "code", "http://loinc.org|718-7", f"http://loinc.org|{NOWHERE}"),
        (OBSERVATION, "date", "2026-11-01T08:00:00+07:00", "1850-01-02"),
    ],
)
def test_it_is_asked_for_what_it_has_and_for_what_nothing_has(
    resource: dict[str, Any], parameter: str, right: str, wrong: str
) -> None:
    found = sought(resource, parameter)
    assert found is not None
    assert (found.right, found.wrong) == (right, wrong)


@pytest.mark.parametrize(
    ("resource", "parameter"),
    [
        (OBSERVATION, "encounter"),
        (OBSERVATION, "no-such-parameter"),
        ({"resourceType": "Observation", "subject": {"reference": "#contained"}}, "subject"),
        ({"resourceType": "Observation", "subject": {"reference": "urn:uuid:1"}}, "subject"),
        ({"resourceType": "Observation", "subject": "Patient/p1"}, "subject"),
    ],
)
def test_nothing_is_asked_where_nothing_can_be(resource: dict[str, Any], parameter: str) -> None:
    assert sought(resource, parameter) is None
