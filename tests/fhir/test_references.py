"""References: to the record's own resources by URN; what did not come along is named as far as it is known."""

from __future__ import annotations

import pytest

from gateway.bundle import Resource, urn
from tests.fhir.building import (
    SERVER,
    bundle,
    observation,
    one,
    patient,
    put,
    refused_by,
    rules,
    transaction,
    translated,
)


def _performer(reference: Resource, *, base: str = SERVER, **more: str) -> Resource:
    sent = bundle(patient(), observation(performer=[reference], **more), base=base)
    performer: Resource = one(translated(sent), "Observation")["performer"][0]
    return performer


@pytest.mark.parametrize("written", ["Patient/p1", f"{SERVER}Patient/p1"])
def test_a_reference_is_followed_by_the_rules_of_bundles(written: str) -> None:
    made = translated(bundle(patient(), observation(subject=written)))
    assert one(made, "Observation")["subject"]["reference"] == urn(one(made, "Patient")["id"])


def test_a_reference_to_a_version_that_came_is_followed_and_to_another_is_not() -> None:
    of_version = patient(meta={"versionId": "2"})
    report = {
        "resourceType": "Provenance", "id": "v", "recorded": "2026-11-20T08:00:00Z",
        "target": [{"reference": "Patient/p1/_history/2"}, {"reference": "Patient/p1/_history/1"}],
        "agent": [{"who": {"display": "HIS"}}],
    }  # fmt: skip
    made = translated(bundle(of_version, report))
    assert [target["reference"] for target in one(made, "Provenance")["target"]] == [
        urn(one(made, "Patient")["id"]),
        f"{SERVER}Patient/p1/_history/1",
    ]


def test_between_entries_named_by_urns_a_relative_reference_leads_to_the_one_of_that_type_and_id() -> None:
    sent = bundle(patient(), observation())
    for number, entry in enumerate(sent["entry"]):
        entry["fullUrl"] = f"urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d100{number}"
    made = translated(sent)
    assert one(made, "Observation")["subject"]["reference"] == urn(one(made, "Patient")["id"])


def test_what_did_not_come_is_named_by_the_address_of_the_senders_server() -> None:
    assert _performer({"reference": "Practitioner/7"}) == {"reference": f"{SERVER}Practitioner/7"}
    elsewhere = "https://other.example/fhir/Practitioner/7"
    assert _performer({"reference": elsewhere}) == {"reference": elsewhere}


def test_without_an_address_it_is_named_by_an_identifier() -> None:
    sent = bundle(patient(), observation(performer=[{"reference": "Practitioner/7", "display": "BS. Mẫu"}]))
    for place, entry in enumerate(sent["entry"]):
        entry["fullUrl"] = f"urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d100{place}"
    made = translated(sent)
    number = {"system": "urn:vn:cskcb:79001:fhir", "value": "Practitioner/7"}
    assert one(made, "Observation")["performer"] == [
        {"type": "Practitioner", "display": "BS. Mẫu", "identifier": number}
    ]
    assert made.lineage["Observation[0].performer[0].identifier.value"].endswith("performer[0].reference")
    assert "fhir-reference-elsewhere" in rules(made)
    assert not made.held


def test_a_urn_that_leads_nowhere_stays_told_as_an_identifier() -> None:
    lost = "urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d1999"
    assert _performer({"reference": lost}) == {"identifier": {"system": "urn:ietf:rfc:3986", "value": lost}}


def test_an_identifier_that_stands_beside_a_lost_reference_is_kept() -> None:
    lost = "urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d1999"
    number = {"system": "https://benhvienmau.example/nhan-vien", "value": "NV117"}
    sent = bundle(patient(), observation(performer=[{"reference": lost, "identifier": number}]))
    made = translated(sent)
    assert one(made, "Observation")["performer"] == [{"identifier": number}]
    assert "Bundle.entry[1].resource.performer[0].reference" in [left.field for left in made.unplaced]


@pytest.mark.parametrize(
    "lost",
    [
        observation(hasMember=[{"reference": "Observation/o9"}]),
        {
            "resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": {"text": "Huyết học"},
            "subject": {"reference": "Patient/p1"}, "result": [{"reference": "Observation/o9"}],
        },
        {
            "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
            "subject": {"reference": "Patient/p1"}, "medicationReference": {"reference": "Medication/9"},
        },
    ],
    ids=lambda lost: lost["resourceType"],
)  # fmt: skip
def test_a_result_or_medicine_that_did_not_come_holds_the_record(lost: Resource) -> None:
    made = translated(bundle(patient(), lost))
    assert [issue.rule for issue in made.holds] == ["fhir-content-elsewhere"]


def test_a_document_that_did_not_come_holds_the_record() -> None:
    paper = {
        "resourceType": "DocumentReference", "id": "d", "status": "current",
        "subject": {"reference": "urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d1001"},
        "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/9"}}],
    }  # fmt: skip
    sent = bundle(patient(), paper)
    sent["entry"][0]["fullUrl"] = "urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d1001"
    assert not translated(sent).held  # the server's address is known: it can be asked
    sent["entry"][1]["fullUrl"] = "urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d1002"
    assert [issue.rule for issue in translated(sent).holds] == ["fhir-content-elsewhere"]


def test_contained_resources_and_extensions_stay_whole_but_for_what_they_refer_to() -> None:
    contained = {"resourceType": "Specimen", "id": "s", "subject": {"reference": "Patient/p1"}}
    extension = [{"url": "https://his.example/khoa", "valueString": "Khoa Nội"}]
    sent = bundle(patient(), observation(contained=[contained], specimen={"reference": "#s"}, extension=extension))
    made = translated(sent)
    who = urn(one(made, "Patient")["id"])
    found = one(made, "Observation")
    assert found["contained"] == [{**contained, "subject": {"reference": who}}]
    assert found["specimen"] == {"reference": "#s"}
    assert found["extension"] == extension


def test_a_conditional_reference_leads_to_the_one_resource_with_that_number_though_it_has_it_twice() -> None:
    number = {"system": "https://his.example/benh-nhan", "value": "BN01"}
    asked = f"Patient?identifier={number['system']}|{number['value']}"
    sent = transaction(put(patient(identifier=[number, number])), put(observation(subject=asked)))
    made = translated(sent)
    assert one(made, "Observation")["subject"]["reference"] == urn(one(made, "Patient")["id"])
    other = patient("p2", identifier=[number], link=[{"other": {"reference": "Patient/p1"}, "type": "seealso"}])
    sent["entry"] += transaction(put(other))["entry"]
    assert refused_by(sent) == ["fhir-patient-elsewhere"]
