"""A resource has the same id here as long as its sender calls it the same, and keeps the number it had."""

from __future__ import annotations

from gateway.adapter import DefaultProfile
from gateway.bundle import BHYT, CCCD
from tests.fhir.building import (
    FACILITY,
    SERVER,
    bundle,
    observation,
    one,
    patient,
    refused_by,
    rules,
    translated,
)

URN = "urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d1001"


def test_what_is_said_again_of_a_resource_is_said_of_the_same_id() -> None:
    first = one(translated(bundle(patient())), "Patient")
    again = one(translated(bundle(patient(birthDate="1985"), observation())), "Patient")
    assert first["id"] == again["id"]


def test_the_same_number_on_another_server_or_of_another_facility_is_another_resource() -> None:
    ids = {
        one(translated(bundle(patient())), "Patient")["id"],
        one(translated(bundle(patient(), base="https://ris.example/fhir/")), "Patient")["id"],
        one(translated(bundle(patient()), profile=DefaultProfile("01001")), "Patient")["id"],
        one(translated(patient()), "Patient")["id"],
    }
    assert len(ids) == 4


def test_the_id_it_had_is_kept_as_an_identifier() -> None:
    of_server = one(translated(bundle(patient())), "Patient")
    assert of_server["identifier"] == [{"system": "urn:ietf:rfc:3986", "value": f"{SERVER}Patient/p1"}]
    alone = one(translated(patient()), "Patient")
    assert alone["identifier"] == [{"system": "urn:vn:cskcb:79001:fhir", "value": "Patient/p1"}]


def test_an_id_that_r4_gives_no_place_is_listed() -> None:
    binary = {"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": "QQ=="}
    made = translated(bundle(patient(), binary))
    assert "Bundle.entry[1].resource.id" in [left.field for left in made.unplaced]


def test_a_resource_without_id_is_known_by_its_urn_unless_that_is_for_one_request() -> None:
    nameless = {key: item for key, item in patient().items() if key != "id"}
    entries = [{"fullUrl": URN, "resource": resource} for resource in (nameless, {**nameless, "gender": "male"})]
    collected, more = ({**bundle(), "entry": [entry]} for entry in entries)
    assert one(translated(collected), "Patient")["id"] == one(translated(more), "Patient")["id"]
    for sent in (collected, more):
        sent["type"] = "transaction"
        sent["entry"][0]["request"] = {"method": "POST", "url": "Patient"}
    first, second = translated(collected), translated(more)
    assert one(first, "Patient")["id"] != one(second, "Patient")["id"]
    assert "fhir-without-identity" in rules(first)


def test_two_versions_of_one_resource_are_refused() -> None:
    versions = [patient(meta={"versionId": number}, gender=sex) for number, sex in (("1", "male"), ("2", "female"))]
    assert refused_by(bundle(*versions)) == ["fhir-entry-twice"]
    twice = bundle(patient(meta={"versionId": "1"}), patient(meta={"versionId": "2"}))
    assert refused_by(twice) == ["fhir-entry-twice"]


def test_numbers_that_other_guides_name_otherwise_get_the_systems_of_the_exchange() -> None:
    numbers = [
        {"system": "http://moh.gov.vn/fhir/core/sid/national_id", "value": "079185012345"},
        {"system": "https://basespecs.vn/NamingSystem/InsuranceNumbers", "value": "DN4797912345678"},
    ]
    made = one(translated(bundle(patient(identifier=numbers))), "Patient")
    assert [number["system"] for number in made["identifier"][:2]] == [CCCD, BHYT]
    assert [number["value"] for number in made["identifier"][:2]] == [number["value"] for number in numbers]
    assert FACILITY.code in one(translated(patient()), "Patient")["identifier"][0]["system"]


def test_what_a_server_says_of_its_own_copy_is_listed_and_labels_stay() -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    meta = {"versionId": "4", "lastUpdated": "2026-11-20T08:00:00Z", "source": "urn:x:his", "security": [label]}
    made = translated(bundle(patient(meta=meta)))
    assert one(made, "Patient")["meta"] == {"security": [label]}
    assert [left.field.rpartition(".")[2] for left in made.unplaced] == ["versionId", "lastUpdated", "source"]


def test_what_is_labelled_as_test_data_is_for_training() -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    assert translated(bundle(patient(meta={"security": [label]}))).training
    assert not translated(bundle(patient())).training
