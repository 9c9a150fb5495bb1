"""One record is about one patient, who comes with it."""

from __future__ import annotations

import json

import pytest

from adapters.fhir import FhirAdapter
from gateway.adapter import DefaultProfile, Payload, split, translate
from gateway.bundle import Resource
from gateway.errors import PayloadError
from tests.fhir.building import bundle, observation, one, patient, refusal, refused_by, translated, translations


def test_results_without_their_patient_are_refused() -> None:
    assert refused_by(observation()) == ["fhir-no-patient"]
    assert refused_by({"resourceType": "Organization", "id": "o", "name": "Bệnh viện Mẫu"}) == ["fhir-no-patient"]


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p2"},
        {"reference": "https://other.example/fhir/Patient/p1"},
        {"reference": "urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d1001"},
        {"type": "Patient", "display": "TRẦN THỊ MẪU"},
        {"identifier": {"system": "urn:x", "value": "1"}},
    ],
    ids=lambda subject: next(iter(subject.values())) if isinstance(subject, dict) else "",
)
def test_a_result_of_somebody_who_did_not_come_is_refused(subject: Resource) -> None:
    sent = bundle(patient(), {**observation(), "subject": subject})
    assert refused_by(sent) == ["fhir-patient-elsewhere"]


def test_a_contained_patient_is_nobody_yet() -> None:
    inside = observation(subject="#p", contained=[{"resourceType": "Patient", "id": "p"}])
    assert refused_by(bundle(patient(), inside)) == ["fhir-patient-contained"]


def test_a_result_of_nobody_holds_the_record() -> None:
    nobodys = {key: item for key, item in observation().items() if key != "subject"}
    made = translated(bundle(patient(), nobodys))
    assert [(issue.rule, issue.expression) for issue in made.holds] == [("fhir-of-nobody", "Bundle.entry[1].resource")]


def test_two_patients_that_nothing_links_are_refused() -> None:
    refused = refusal(bundle(patient(), patient("p2"), observation()))
    assert [issue.rule for issue in refused.issues] == ["fhir-two-patients"]
    assert "MẪU" not in str(refused)


def test_numbers_merged_and_a_mother_with_her_child_are_one_record() -> None:
    merged = patient("p2", link=[{"other": {"reference": "Patient/p1"}, "type": "replaced-by"}])
    assert len(translated(bundle(patient(), merged)).resources) == 2
    mother = {"resourceType": "RelatedPerson", "id": "m", "patient": {"reference": "Patient/child"}}
    linked = patient(link=[{"other": {"reference": "RelatedPerson/m"}, "type": "seealso"}])
    assert len(translated(bundle(linked, patient("child"), mother)).resources) == 3
    assert refused_by(bundle(patient(), patient("child"), mother)) == ["fhir-two-patients"]


def test_a_bundle_of_bundles_is_a_record_each_of_its_own_bytes() -> None:
    first, second = bundle(patient(), observation()), bundle(patient("p2"), observation("o2", "Patient/p2"))
    inside = [
        {"fullUrl": f"urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d100{number}", "resource": sent}
        for number, sent in enumerate((first, second))
    ]
    outer = {**bundle(), "entry": inside}
    data = json.dumps(outer, indent=1, ensure_ascii=False).encode()
    records = FhirAdapter().records(Payload(data))
    assert [record.position for record in records] == [1, 2]
    assert [json.loads(record.data) for record in records] == [first, second]
    assert all(record.data in data for record in records)
    made = translations(data)
    assert [one(translation, "Patient")["id"] for translation in made] == [
        one(translated(sent), "Patient")["id"] for sent in (first, second)
    ]


def test_json_lines_are_a_record_each_and_a_broken_line_costs_itself() -> None:
    whole = json.dumps(bundle(patient(), observation())).encode()
    data = b"\n".join([whole, b'{"resourceType":"Patient",,}', json.dumps(patient("p3")).encode()]) + b"\n"
    adapter = FhirAdapter()
    assert adapter.recognises(Payload(data))
    records = split(adapter, Payload(data))
    assert [record.data in data for record in records] == [True] * 3
    assert len(translate(adapter, records[0], DefaultProfile()).resources) == 2
    with pytest.raises(PayloadError, match="malformed"):
        translate(adapter, records[1], DefaultProfile())
    assert len(translate(adapter, records[2], DefaultProfile()).resources) == 1
