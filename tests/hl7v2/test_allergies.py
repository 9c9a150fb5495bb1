"""Allergies: what a patient must not be given is found, and what the sender takes back is not deleted."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.r4 import check
from tests.hl7v2.building import header, holds, message, of_type, only, patient, segment, translate, unplaced

PENICILLIN = {2: "DA", 3: "PEN^Penicillin^L"}


def told(*segments: str) -> Translation:
    made = translate(message(header(f9="ADT^A08"), patient(), *segments))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def allergy(name: str, fields: dict[int, str]) -> Resource:
    return only(told(segment(name, {1: "1"} | PENICILLIN | fields)), "AllergyIntolerance")


def status(found: Resource, name: str = "clinicalStatus") -> str | None:
    return found[name]["coding"][0]["code"] if name in found else None


@pytest.mark.parametrize("name", ["AL1", "IAM"])
def test_an_allergy_is_active_unless_its_sender_says_otherwise(name: str) -> None:
    found = allergy(name, {})
    assert status(found) == "active"
    assert (found["category"], found["type"]) == (["medication"], "allergy")
    assert found["code"]["coding"][0]["display"] == "Penicillin"


@pytest.mark.parametrize(
    ("fields", "clinical", "verified"),
    [
        ({6: "A"}, "active", None),
        ({6: "D"}, None, "entered-in-error"),
        ({6: "D", 17: "I"}, "inactive", "confirmed"),
        ({6: "U", 17: "E"}, None, "entered-in-error"),
        ({6: "U", 17: "D"}, "active", "unconfirmed"),
        ({17: "resolved"}, "resolved", None),
    ],
)
def test_what_an_iam_takes_back_says_so_and_stays(
    fields: dict[int, str], clinical: str | None, verified: str | None
) -> None:
    found = allergy("IAM", fields)
    assert (status(found), status(found, "verificationStatus")) == (clinical, verified)


def test_an_allergy_taken_back_is_a_version_of_the_one_that_was_told() -> None:
    first = allergy("AL1", {5: "Phát ban"})
    assert allergy("IAM", {6: "D"})["id"] == first["id"]
    assert allergy("AL1", {4: "SV"})["id"] == first["id"]
    assert allergy("AL1", {3: "ASP^Aspirin^L"})["id"] != first["id"]


def test_an_allergy_said_twice_in_one_message_is_two_resources_of_one_bundle() -> None:
    made = told(segment("AL1", PENICILLIN), segment("IAM", PENICILLIN))
    assert len({found["id"] for found in of_type(made, "AllergyIntolerance")}) == 2


@pytest.mark.parametrize("name", ["AL1", "IAM"])
def test_an_allergy_to_nobody_knows_what_is_held(name: str) -> None:
    made = told(segment(name, {1: "1", 2: "DA", 5: "Sốc phản vệ"}))
    assert holds(made) == ["hl7v2-allergen-missing"]
    assert f"{name}[1]-5" in unplaced(made)


@pytest.mark.parametrize(
    ("fields", "rule"), [({6: "Q"}, "hl7v2-action-unknown"), ({17: "Q"}, "hl7v2-allergy-status-unknown")]
)
def test_a_status_or_action_nobody_knows_is_held_and_the_allergy_stays_active(
    fields: dict[int, str], rule: str
) -> None:
    made = told(segment("IAM", PENICILLIN | fields))
    assert holds(made) == [rule]
    assert status(only(made, "AllergyIntolerance")) == "active"


def test_a_mild_allergy_is_never_a_low_risk_and_the_word_as_sent_stays() -> None:
    found = allergy("AL1", {4: "MI", 5: "Ngứa~Phát ban"})
    assert found["criticality"] == "unable-to-assess"
    assert found["_criticality"]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "MI"
    assert found["reaction"] == [{"manifestation": [{"text": "Ngứa"}, {"text": "Phát ban"}], "severity": "mild"}]


def test_without_a_reaction_there_is_no_severity_of_one() -> None:
    found = allergy("AL1", {4: "SV"})
    assert found["criticality"] == "high"
    assert "reaction" not in found


def test_a_contraindication_is_neither_a_category_nor_a_type_but_its_code_stays() -> None:
    found = allergy("AL1", {2: "MC"})
    assert "type" not in found
    assert "category" not in found
    assert found["_category"][0]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "MC"


def test_what_the_body_does_is_said_more_exactly_by_iam_9() -> None:
    assert allergy("IAM", {9: "IN"})["type"] == "intolerance"
    side_effect = allergy("IAM", {9: "SE"})
    assert "type" not in side_effect
    assert side_effect["_type"]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "SE"


@pytest.mark.parametrize(("relation", "kind"), [("", "Practitioner"), ("SEL", "Patient"), ("MTH", "RelatedPerson")])
def test_who_told_of_it_is_staff_the_patient_or_a_relative(relation: str, kind: str) -> None:
    made = told(segment("IAM", PENICILLIN | {14: "TRẦN^A", 15: relation}))
    recorder = only(made, "AllergyIntolerance")["recorder"]["reference"]
    assert recorder == f"urn:uuid:{only(made, kind)['id']}"


def test_a_note_behind_an_allergy_is_the_allergy_s() -> None:
    made = told(segment("AL1", PENICILLIN), segment("NTE", {3: "Cấp cứu năm 2020"}))
    assert only(made, "AllergyIntolerance")["note"] == [{"text": "Cấp cứu năm 2020"}]
    assert "extension" not in only(made, "Patient")


def test_what_the_clinician_calls_it_is_another_coding_of_the_same_allergen() -> None:
    codings = allergy("IAM", {27: "P1^Penixilin^99BV~PEN^Penicillin^L"})["code"]["coding"]
    assert [coding["code"] for coding in codings] == ["PEN", "P1"]


def test_a_number_takes_an_allergy_back_but_does_not_say_one() -> None:
    assert status(only(told(segment("IAM", {6: "D", 7: "A1"})), "AllergyIntolerance"), "verificationStatus") is not None
    assert holds(told(segment("IAM", {6: "A", 7: "A1"}))) == ["hl7v2-allergen-missing"]
