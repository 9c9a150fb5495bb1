"""VXU^V04: a vaccine given, refused, taken back, and what its OBX say of it."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.errors import PayloadError
from gateway.r4 import check
from gateway.revision import revise
from tests.hl7v2.building import header, holds, message, of_type, only, patient, segment, translate, unplaced

ORC = "ORC|RE|TC1^HIS|MT1^HIS"
GIVEN = {
    1: "0",
    2: "1",
    3: "20261115093000",
    4: "20261115093000",
    5: "08^Viêm gan B^CVX",
    6: "0.5",
    7: "mL",
    15: "LO1",
    16: "20280630",
    17: "MSD^Merck^MVX",
    20: "CP",
    21: "A",
}


def rxa(**changed: str) -> str:
    return segment("RXA", GIVEN | {int(name[1:]): text for name, text in changed.items()})


def obx(code: str, kind: str, value: str, **changed: str) -> str:
    fields = {1: "1", 2: kind, 3: f"{code}^Thử^LN", 5: value, 11: "F"}
    return segment("OBX", fields | {int(name[1:]): text for name, text in changed.items()})


def vxu(*segments: str) -> Translation:
    return translate(message(header(f9="VXU^V04^VXU_V04"), patient(), *segments))


def immunization(*segments: str) -> Resource:
    return only(vxu(*segments), "Immunization")


def test_a_vaccine_given_is_told_with_dose_lot_and_maker() -> None:
    made = vxu(ORC, rxa(f10="DD1^MAI^BA", f27="K01^P101"), "RXR|IM^Tiêm bắp^HL70162|LT^Đùi trái^HL70163")
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    assert not made.held
    found = only(made, "Immunization")
    assert found["vaccineCode"]["coding"][0]["system"] == "http://hl7.org/fhir/sid/cvx"
    assert (found["status"], found["lotNumber"], found["expirationDate"]) == ("completed", "LO1", "2028-06-30")
    assert found["doseQuantity"]["code"] == "mL"
    assert found["route"]["coding"][0]["code"] == "IM"
    maker = next(one for one in of_type(made, "Organization") if one.get("name") == "Merck")
    assert maker["identifier"][0] == {"system": "http://hl7.org/fhir/sid/mvx", "value": "MSD"}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"f20": "RE", "f18": "GD^Từ chối^L"}, "not-done"),
        ({"f20": "NA"}, "not-done"),
        ({"f20": "PA"}, "completed"),
        ({"f20": ""}, "completed"),
        ({"f21": "U"}, "completed"),
        ({"f21": "D"}, "entered-in-error"),
        ({"f20": "RE", "f21": "D"}, "entered-in-error"),
        ({"f5": "998^Không tiêm^CVX", "f20": "NA"}, "not-done"),
        ({"f5": "998^Không tiêm^CVX", "f20": ""}, "not-done"),
    ],
)
def test_whether_it_was_given_is_the_status(changed: dict[str, str], status: str) -> None:
    made = vxu(ORC, rxa(**changed))
    found = only(made, "Immunization")
    assert found["status"] == status
    assert found.get("isSubpotent", False) is (changed.get("f20") == "PA")
    assert ("statusReason" in found) == ("f18" in changed)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    assert not made.held


def test_no_vaccine_that_was_given_all_the_same_is_held_as_not_given() -> None:
    made = vxu(ORC, rxa(f5="998^Không tiêm^CVX"))
    assert only(made, "Immunization")["status"] == "not-done"
    assert holds(made) == ["hl7v2-vaccination-contradiction"]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"f20": "ZZ"}, "hl7v2-vaccination-status-unknown"),
        ({"f3": ""}, "hl7v2-vaccination-time-missing"),
        ({"f5": ""}, "hl7v2-vaccine-missing"),
        ({"f6": "nửa"}, "hl7v2-value-malformed"),
        ({"f15": "LO1~LO2"}, "element-taken"),
    ],
)
def test_what_must_be_known_of_a_vaccine_and_is_not_is_held(changed: dict[str, str], rule: str) -> None:
    made = vxu(ORC, rxa(**changed))
    assert rule in holds(made)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []


def test_a_vaccination_taken_back_or_corrected_is_the_same_one() -> None:
    known = immunization(ORC, rxa())["id"]
    assert immunization(ORC, rxa(f21="D"))["id"] == known
    assert immunization(ORC, rxa(f5="45^Khác^CVX", f3="20261114"))["id"] == known


def test_a_vaccine_given_after_all_has_no_reason_why_it_was_not() -> None:
    refused = immunization(ORC, rxa(f20="RE", f18="GD^Từ chối^L"))
    given = revise(refused, immunization(ORC, rxa()))
    assert (given["status"], "statusReason" in given) == ("completed", False)
    assert "isSubpotent" not in revise(immunization(ORC, rxa(f20="PA")), immunization(ORC, rxa(f20="RE")))


def test_9999_is_no_number_of_an_order() -> None:
    made = vxu("ORC|RE||9999", rxa(f5="998^Không tiêm^CVX", f20="NA"), "ORC|RE||9999", rxa(f20="RE"))
    one, other = of_type(made, "Immunization")
    assert one["id"] != other["id"]
    assert "identifier" not in one
    assert "ORC[1]-3" in unplaced(made)


def test_999_without_a_unit_is_no_dose() -> None:
    assert "doseQuantity" not in immunization(ORC, rxa(f6="999", f7=""))
    assert immunization(ORC, rxa(f6="999"))["doseQuantity"]["unit"] == "mL"


def test_who_ordered_and_who_gave_it_are_told_apart() -> None:
    found = immunization("ORC|RE|TC1|MT1|||||||||BS1^TRẦN^MỘT", rxa(f10="DD1^MAI^BA"))
    assert [one["function"]["coding"][0]["code"] for one in found["performer"]] == ["AP", "OP"]


@pytest.mark.parametrize(("said", "primary"), [("00^New^NIP001", True), ("01^Historical^NIP001", False)])
def test_the_source_of_the_record_is_told(said: str, primary: bool) -> None:
    found = immunization(ORC, rxa(f9=said))
    assert found["primarySource"] is primary
    assert ("reportOrigin" in found) is not primary


def test_what_obx_say_of_the_vaccination_are_its_elements() -> None:
    made = vxu(
        ORC,
        rxa(),
        obx("64994-7", "CE", "V01^Không^HL70064", f4="1"),
        obx("30963-3", "CE", "PHC70^Tư^L", f4="1"),
        obx("69764-9", "CE", "VGB^Tờ hướng dẫn^L", f4="2"),
        obx("29769-7", "TS", "20261115", f4="2"),
        obx("30973-2", "NM", "2", f4="3"),
        obx("59782-3", "NM", "3", f4="3"),
        obx("48767-8", "TX", "Không sốt", f4="4"),
    )
    found = only(made, "Immunization")
    assert found["programEligibility"][0]["coding"][0]["code"] == "V01"
    assert found["fundingSource"]["coding"][0]["code"] == "PHC70"
    assert found["education"] == [{"documentType": "Tờ hướng dẫn", "presentationDate": "2026-11-15"}]
    assert (str(found["protocolApplied"][0]["doseNumberPositiveInt"])) == "2"
    assert found["note"] == [{"text": "Không sốt"}]
    assert not of_type(made, "Observation")


@pytest.mark.parametrize(
    "segment",
    [
        obx("8310-5", "NM", "36.8", f6="Cel"),
        obx("64994-7", "CE", "V01^Không^HL70064", f11="D"),
        obx("29769-7", "TS", "20261115", f4="2"),
        obx("59782-3", "NM", "3"),
        obx("30973-2", "ST", "hai"),
        obx("64994-7", "ST", "V01"),
    ],
)
def test_what_has_no_element_stays_an_observation_of_the_vaccination(segment: str) -> None:
    made = vxu(ORC, rxa(), segment)
    part = only(made, "Immunization")
    assert only(made, "Observation")["partOf"][0]["reference"] == f"urn:uuid:{part['id']}"
    assert not {"programEligibility", "education", "protocolApplied"} & set(part)
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []


def test_an_observation_of_the_person_is_part_of_no_vaccination() -> None:
    made = vxu(obx("59784-9", "CE", "38907003^Thuỷ đậu^SCT"), ORC, rxa())
    assert "partOf" not in only(made, "Observation")
    assert only(vxu(obx("59784-9", "CE", "38907003^Thuỷ đậu^SCT")), "Observation")["code"]


def test_a_message_without_a_vaccination_is_refused() -> None:
    with pytest.raises(PayloadError) as refused:
        vxu()
    assert [issue.rule for issue in refused.value.issues] == ["hl7v2-no-vaccination"]


def test_an_acknowledgement_is_no_record() -> None:
    with pytest.raises(PayloadError) as refused:
        translate(message(header(f9="ACK^R01^ACK"), "MSA|AA|1"))
    assert [issue.rule for issue in refused.value.issues] == ["hl7v2-acknowledgement"]
