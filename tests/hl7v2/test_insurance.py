"""Insurance: who pays, who is insured, by which number; a relationship is never turned round."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import BHXH, BHYT
from gateway.r4 import check
from tests.hl7v2.building import header, message, of_type, only, patient, rules, segment, translate, unplaced

CARD = "DN4010123456789"
HEALTH = {1: "1", 2: "BHYT^Bảo hiểm y tế^L", 4: "Bảo hiểm xã hội Mẫu"}
PRIVATE = {1: "1", 2: "G7^Gói 7^L", 4: "Bảo hiểm Tư"}


def told(*segments: str) -> Translation:
    made = translate(message(header(f9="ADT^A08"), patient(), segment("PV1", {2: "I", 19: "V1"}), *segments))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def in1(fields: dict[int, str], plan: dict[int, str] | None = None) -> Translation:
    return told(segment("IN1", (plan or PRIVATE) | fields))


@pytest.mark.parametrize("field", [36, 49])
def test_a_card_is_one_where_the_plan_says_so(field: int) -> None:
    coverage = only(in1({field: CARD}, HEALTH), "Coverage")
    assert {"system": BHYT, "value": CARD} in coverage["identifier"]
    assert coverage["subscriberId"] == CARD
    other = only(in1({field: CARD}), "Coverage")
    assert BHYT not in str(other)


def test_ten_digits_of_the_health_insurance_are_the_insured_s_number_not_a_card() -> None:
    coverage = only(in1({49: "0123456789"}, HEALTH), "Coverage")
    assert coverage["extension"][0]["valueIdentifier"]["system"] == BHXH
    assert BHYT not in str(coverage)


def test_a_card_that_is_none_stays_the_sender_s_number_and_is_told() -> None:
    made = in1({36: "DN40"}, HEALTH)
    assert rules(made) == ["hl7v2-number-malformed"]
    systems = [number["system"] for number in only(made, "Coverage")["identifier"]]
    assert systems[-1] == "urn:vn:cskcb:79001:policy"


@pytest.mark.parametrize(
    ("code", "relationship"),
    [("SPO", "spouse"), ("MTH", "child"), ("PAR", "child"), ("CHD", "parent"), ("Cha", "child"), ("BRO", "other")],
)
def test_what_the_patient_is_to_the_insured_is_the_other_way_round(code: str, relationship: str) -> None:
    made = in1({16: "TRẦN^A", 17: code, 43: "F"})
    coverage, insured = only(made, "Coverage"), only(made, "RelatedPerson")
    assert coverage["relationship"]["coding"][0]["code"] == relationship
    assert coverage["subscriber"]["reference"] == f"urn:uuid:{insured['id']}"
    assert (insured["name"][0]["text"], insured["gender"]) == ("TRẦN A", "female")


def test_the_insured_is_the_patient_only_where_it_is_said() -> None:
    himself = in1({16: "LÊ^THỊ MẪU", 17: "SEL"})
    assert only(himself, "Coverage")["subscriber"] == {
        "reference": f"urn:uuid:{only(himself, 'Patient')['id']}",
        "display": "LÊ THỊ MẪU",
    }
    unsaid = in1({16: "LÊ^THỊ MẪU"})
    assert only(unsaid, "Coverage")["subscriber"] == {"display": "LÊ THỊ MẪU"}
    assert not of_type(himself, "RelatedPerson")
    assert not of_type(unsaid, "RelatedPerson")


def test_the_insurer_is_an_organisation_with_all_that_is_said_of_it() -> None:
    made = in1({3: "PVI", 5: "1 Đường A", 6: "NGÔ^B", 7: "0241"})
    payor = next(one for one in of_type(made, "Organization") if one.get("name") == "Bảo hiểm Tư")
    assert only(made, "Coverage")["payor"] == [{"reference": f"urn:uuid:{payor['id']}"}]
    assert (payor["identifier"][0]["value"], payor["telecom"][0]["value"]) == ("PVI", "0241")
    assert (payor["address"][0]["text"], payor["contact"][0]["name"]["text"]) == ("1 Đường A", "NGÔ B")


def test_an_insurer_nobody_names_is_unknown() -> None:
    assert "reference" not in only(in1({4: ""}), "Coverage")["payor"][0]
    assert "reference" in only(in1({3: "PVI", 4: ""}), "Coverage")["payor"][0]


def test_what_is_said_stands_until_it_is_taken_back() -> None:
    assert only(in1({}), "Coverage")["status"] == "active"
    taken_back = only(in1({55: "D"}), "Coverage")
    assert taken_back["status"] == "entered-in-error"
    assert taken_back["id"] == only(in1({}), "Coverage")["id"]


def test_a_subscriber_s_number_is_not_the_policy_holder_s() -> None:
    made = in1({10: "S1^^^^SN~C1", 11: "Công ty C"})
    coverage = only(made, "Coverage")
    assert [one["valueIdentifier"]["value"] for one in coverage["extension"]] == ["S1"]
    holder = next(one for one in of_type(made, "Organization") if one.get("name") == "Công ty C")
    assert [number["value"] for number in holder["identifier"]] == ["C1"]
    assert coverage["policyHolder"]["reference"] == f"urn:uuid:{holder['id']}"


def test_group_and_plan_are_classes() -> None:
    classes = only(in1({8: "N1", 9: "Nhóm một"}), "Coverage")["class"]
    assert [(one["type"]["coding"][0]["code"], one["value"], one["name"]) for one in classes] == [
        ("plan", "G7", "Gói 7"),
        ("group", "N1", "Nhóm một"),
    ]


def test_a_renewed_insurance_is_a_new_version_and_another_number_another_one() -> None:
    first = only(in1({36: "P1", 13: "20261231"}), "Coverage")["id"]
    assert only(in1({36: "P1", 13: "20271231"}), "Coverage")["id"] == first
    assert only(in1({36: "P2", 13: "20261231"}), "Coverage")["id"] != first


def test_a_case_manager_is_in_the_patient_s_care_team() -> None:
    made = told(segment("IN1", PRIVATE), segment("IN3", {1: "1", 2: "CN1", 21: "LÊ QUẢN LÝ"}))
    (participant,) = only(made, "CareTeam")["participant"]
    assert participant["member"]["reference"] == f"urn:uuid:{only(made, 'Practitioner')['id']}"
    assert participant["role"][0]["coding"][0]["code"] == "768832004"
    assert not of_type(told(segment("IN3", {1: "1", 2: "CN1"})), "CareTeam")


@pytest.mark.parametrize("name", ["IN2", "GT1", "ACC", "DB1", "DRG", "UB1", "UB2"])
def test_each_field_of_a_segment_without_a_map_is_listed_with_its_own_reason(name: str) -> None:
    listed = unplaced(told(f"{name}|1|x|y"))
    assert "kept with the payload" not in listed[f"{name}[1]-2"] + listed[f"{name}[1]-3"]
