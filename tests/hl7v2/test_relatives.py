"""Relatives, and whom to call: nobody's name or telephone becomes somebody else's."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import BHXH, CCCD
from gateway.r4 import check
from tests.hl7v2.building import header, message, of_type, only, patient, rules, segment, translate

MOTHER = {1: "1", 2: "TRẦN^THỊ MẸ", 3: "MTH^Mẹ", 4: "1 Đường A", 5: "0901", 6: "0902"}


def told(*segments: str) -> Translation:
    made = translate(message(header(f9="ADT^A08"), patient(), *segments))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def test_a_relative_is_a_person_and_a_contact_that_say_the_same() -> None:
    made = told(segment("NK1", MOTHER | {7: "C", 8: "20200101", 15: "F"}))
    relative, (contact,) = only(made, "RelatedPerson"), only(made, "Patient")["contact"]
    assert relative["name"][0]["text"] == "TRẦN THỊ MẸ"
    assert [concept["coding"][0]["code"] for concept in relative["relationship"]] == ["MTH", "C"]
    assert contact == {
        "name": relative["name"][0],
        "address": relative["address"][0],
        **{name: relative[name] for name in ("relationship", "telecom", "gender", "period")},
    }
    lineage = made.lineage
    assert lineage["Patient[0].contact[0].name.text"] == lineage["RelatedPerson[0].name[0].text"] == "NK1[1]-2"


@pytest.mark.parametrize("code", ["EMR", "E", "F", "I", "S"])
def test_an_employer_an_agency_or_an_insurer_is_a_contact_alone(code: str) -> None:
    made = told(segment("NK1", {2: "Phòng nhân sự", 3: code, 5: "0901"}))
    assert not of_type(made, "RelatedPerson")
    assert len(only(made, "Patient")["contact"]) == 1


def test_but_what_a_contact_has_no_room_for_is_not_dropped() -> None:
    made = told(segment("NK1", {2: "Phòng nhân sự", 3: "EMR", 5: "0901", 33: "77^^^^NI"}))
    assert only(made, "RelatedPerson")["identifier"][0]["value"] == "77"


def test_whoever_cannot_be_reached_is_no_contact() -> None:
    made = told(segment("NK1", {3: "MTH"}))
    assert "contact" not in only(made, "Patient")
    assert only(made, "RelatedPerson")["relationship"][0]["coding"][0]["code"] == "MTH"


def test_the_person_to_contact_is_somebody_else() -> None:
    made = told(
        segment("NK1", MOTHER | {30: "LÊ^VĂN GỌI", 31: "0909", 32: "2 Đường B", 37: "001060000002", 41: "0908"})
    )
    mother, other = of_type(made, "RelatedPerson")
    assert [phone["value"] for phone in mother["telecom"]] == ["0901", "0902"]
    assert [phone["value"] for phone in other["telecom"]] == ["0909", "0908"]
    assert other["identifier"] == [{"system": CCCD, "value": "001060000002"}]
    assert [contact["name"]["text"] for contact in only(made, "Patient")["contact"]] == ["TRẦN THỊ MẸ", "LÊ VĂN GỌI"]


def test_of_an_organisation_the_person_to_contact_is_its_own() -> None:
    made = told(segment("NK1", {3: "EMR", 13: "Công ty A^^CT1", 30: "LÊ^VĂN GỌI", 31: "0909"}))
    assert not of_type(made, "RelatedPerson")
    (contact,) = only(made, "Patient")["contact"]
    house = next(one for one in of_type(made, "Organization") if one.get("name") == "Công ty A")
    assert contact["organization"]["reference"] == f"urn:uuid:{house['id']}"
    assert house["contact"][0]["name"]["text"] == "LÊ VĂN GỌI"


def test_a_second_organisation_is_listed() -> None:
    assert rules(told(segment("NK1", {2: "A", 13: "Công ty A~Công ty B"}))) == ["element-taken"]


def test_a_new_telephone_is_a_new_version_of_the_same_relative() -> None:
    first, second = (only(told(segment("NK1", MOTHER | {5: phone})), "RelatedPerson") for phone in ("0901", "0999"))
    assert first["id"] == second["id"]


def test_a_relative_s_numbers_are_never_the_patient_s_record_numbers() -> None:
    made = told(segment("NK1", MOTHER | {12: "NV7", 33: "8~0123456789^^^BHXH"}))
    systems = [number["system"] for number in only(made, "RelatedPerson")["identifier"]]
    assert systems == ["urn:vn:cskcb:79001:id:employee", "urn:vn:cskcb:79001:id:relative", BHXH]


def test_an_end_before_its_start_is_taken_out_of_both() -> None:
    made = told(segment("NK1", MOTHER | {8: "20200101", 9: "20190101"}))
    assert only(made, "RelatedPerson")["period"] == {"start": "2020-01-01"}
    assert only(made, "Patient")["contact"][0]["period"] == {"start": "2020-01-01"}
    assert rules(made) == ["hl7v2-period-reversed"]
