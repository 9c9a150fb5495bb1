"""What a hospital tells of a patient's visits."""

from __future__ import annotations

import pytest

from tests.hl7v2.building import header, message, only, patient, segment, translate


@pytest.mark.parametrize("event", ["A01", "A03", "A04", "A08"])
def test_an_admission_message_brings_the_patient_and_the_visit(event: str) -> None:
    visit = segment("PV1", {1: "1", 2: "I", 19: "V1"})
    made = translate(message(header(f9=f"ADT^{event}"), segment("EVN", {2: "20261115100000"}), patient(), visit))
    assert only(made, "Encounter")["subject"]["reference"] == f"urn:uuid:{only(made, 'Patient')['id']}"
    assert not made.held
