"""PID to Patient: whose number is whose, names whole, nothing made more precise than it was."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.adapter import DefaultProfile
from gateway.bundle import BHXH, BHYT, CCCD, MA_CSKCB, MA_LK
from tests.hl7v2.building import (
    header,
    message,
    observed,
    of_type,
    only,
    order,
    patient,
    result,
    rules,
    segment,
    translate,
    unplaced,
)

MRN = "urn:vn:cskcb:79001:mrn"


def made_of(**changed: str) -> Any:
    return translate(message(header(), patient(**changed), order(), result()))


@pytest.mark.parametrize(
    ("written", "system"),
    [
        ("BN1", MRN),
        ("BN1^^^79001^MR", MRN),
        ("BN1^^^LIS^MR", MRN),
        ("BN1^^^MR", MRN),
        ("BN1^^^HIS^MR", f"{MRN}:HIS"),
        ("BN1^^^HIS", f"{MRN}:HIS"),
        ("BN1^^^Viện E:2^MR", f"{MRN}:Vi%E1%BB%87n%20E%3A2"),
        ("BN1^^^31006^MR", "urn:vn:cskcb:31006:mrn"),
        ("001090000001", MRN),
        ("001090000001^^^HIS^MR", f"{MRN}:HIS"),
        ("001090000001^^^CCCD", CCCD),
        ("001090000001^^^^NI", CCCD),
        ("001090000001^^^^NNVNM", CCCD),
        ("012345678^^^^NI", "http://fhir.hl7.org.vn/core/sid/cmnd"),
        ("DN4010000000001^^^BHYT^HC", BHYT),
        ("0000000001^^^BHYT", BHXH),
        ("0000000001^^^BHXH", BHXH),
        ("77^^^^PT", "urn:vn:cskcb:79001:id:PT"),
        ("77^^^BV2^PT", "urn:vn:cskcb:79001:id:PT:BV2"),
        ("77^^^LIS^PT", "urn:vn:cskcb:79001:id:PT"),
        ("77^^^X&1.2.840.1&ISO^MR", "urn:oid:1.2.840.1"),
        ("001090000001^^^&http://moh.gov.vn/fhir/core/sid/national_id&URI", CCCD),
    ],
)
def test_a_number_is_national_only_where_declared(written: str, system: str) -> None:
    (identifier,) = only(made_of(f3=written), "Patient")["identifier"]
    assert identifier["system"] == system
    assert identifier["value"] == written.partition("^")[0]


def test_a_sender_may_be_the_authority_by_its_code_or_by_either_of_its_names() -> None:
    for authority in ("79001", "LIS", "PXN TÂM", "TÂM-CODE"):
        pid = patient(f3=f"12345^^^{authority}^MR")
        made = translate(message(header(f4="PXN TÂM^TÂM-CODE"), pid, order()), DefaultProfile(code="79001"))
        assert only(made, "Patient")["identifier"][0]["system"] == MRN


def test_one_number_of_two_authorities_is_two_patients_and_the_senders_own_one_a_third() -> None:
    made = [only(made_of(f3=f"12345^^^{authority}^MR"), "Patient") for authority in ("BV2", "BV3", "", "31006")]
    assert len({one["id"] for one in made}) == 4
    assert len({one["identifier"][0]["system"] for one in made}) == 4
    assert made[0]["identifier"][0]["assigner"] == {"display": "BV2"}


def test_another_authoritys_record_number_makes_the_patient_before_a_national_one_but_after_the_senders_own() -> None:
    foreign, own, national = "12345^^^BV2^MR", "777^^^79001^MR", "001090000001^^^CCCD"
    ids = [
        only(made_of(f3="~".join(numbers)), "Patient")["id"]
        for numbers in ((foreign, national), (national, foreign), (foreign,), (foreign, own), (own,), (national,))
    ]
    assert ids[0] == ids[1] == ids[2]
    assert ids[3] == ids[4]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("written", ["12345^^^CCCD", "DN401000000001^^^BHYT", "ABC^^^BHXH"])
def test_a_declared_number_of_the_wrong_form_links_nobody_and_says_so(written: str) -> None:
    made = made_of(f3=written)
    (identifier,) = only(made, "Patient")["identifier"]
    assert identifier["system"].startswith("urn:vn:cskcb:79001:id:")
    assert rules(made) == ["hl7v2-number-malformed"]


def test_pid_19_is_the_citizen_id_when_it_has_its_form() -> None:
    systems = [one["system"] for one in only(made_of(f19="001090000001"), "Patient")["identifier"]]
    assert systems == [MRN, CCCD]
    systems = [one["system"] for one in only(made_of(f19="99"), "Patient")["identifier"]]
    assert systems == [MRN, "urn:vn:cskcb:79001:id:ssn"]


def test_a_registered_facility_names_the_numbers() -> None:
    made = translate(message(header(f4="PXN TÂM"), patient(f3="BN1"), order()), DefaultProfile(code="79001"))
    assert only(made, "Patient")["identifier"][0]["system"] == MRN
    organization = only(made, "Organization")
    assert organization["identifier"] == [{"system": MA_CSKCB, "value": "79001"}]
    assert organization["name"] == "PXN TÂM"


def test_a_facility_by_name_is_a_legal_urn() -> None:
    made = translate(message(header(f4="Bệnh viện A"), patient(f3="BN1"), order()))
    system = only(made, "Patient")["identifier"][0]["system"]
    assert system.isascii()
    assert " " not in system


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("NGUYỄN^VĂN AN", {"text": "NGUYỄN VĂN AN", "family": "NGUYỄN", "given": ["VĂN AN"]}),
        ("NGUYỄN VĂN AN", {"text": "NGUYỄN VĂN AN"}),
        ("NGUYỄN^VĂN^AN", {"text": "NGUYỄN VĂN AN", "family": "NGUYỄN", "given": ["VĂN", "AN"]}),
        ("DOE^JOHN^Q^^^^L^^^^G", {"use": "official", "text": "JOHN Q DOE", "family": "DOE", "given": ["JOHN", "Q"]}),
    ],
)
def test_a_name_is_whole_and_its_parts_are_as_sent(written: str, name: dict[str, Any]) -> None:
    assert only(made_of(f5=written), "Patient")["name"] == [name]


@pytest.mark.parametrize(
    ("written", "birth_date", "birth_time"),
    [
        ("1985", "1985", None),
        ("198503", "1985-03", None),
        ("19850000", "1985", None),
        ("19850315", "1985-03-15", None),
        ("19850315000000", "1985-03-15", None),
        ("198503151030", "1985-03-15", "1985-03-15T10:30:00+07:00"),
    ],
)
def test_a_birth_is_as_precise_as_it_was_said(written: str, birth_date: str, birth_time: str | None) -> None:
    person = only(made_of(f7=written), "Patient")
    assert person["birthDate"] == birth_date
    extension = person.get("_birthDate", {}).get("extension")
    assert (extension[0]["valueDateTime"] if extension else None) == birth_time


@pytest.mark.parametrize(
    ("written", "gender"), [("M", "male"), ("F", "female"), ("A", "other"), ("Nam", "male"), ("Nữ", "female")]
)
def test_sex_has_its_row(written: str, gender: str) -> None:
    person = only(made_of(f8=written), "Patient")
    assert person["gender"] == gender
    assert ("_gender" in person) is (written == "A")


def test_a_sex_without_a_row_is_listed_not_guessed() -> None:
    made = made_of(f8="1")
    assert "gender" not in only(made, "Patient")
    assert rules(made) == ["code-unmapped"]


def test_an_insurance_episode_is_named_across_facilities() -> None:
    made = translate(message(header(), patient(), segment("PV1", {2: "O", 19: "LK9^^^MA_LK"}), order()))
    assert only(made, "Encounter")["identifier"][0]["system"] == MA_LK
    assert only(made, "Encounter")["identifier"][0]["value"] == "79001.LK9"
    made = translate(message(header(), patient(), segment("PV1", {2: "O", 19: "V9"}), order()))
    assert only(made, "Encounter")["identifier"][0]["system"] == "urn:vn:cskcb:79001:visit"


def test_every_result_hangs_on_the_visit() -> None:
    made = translate(message(header(), patient(), "PV1|1|I", order(), result()))
    reference = "urn:uuid:" + only(made, "Encounter")["id"]
    for kind in ("Observation", "DiagnosticReport", "ServiceRequest"):
        assert only(made, kind)["encounter"]["reference"] == reference


def test_performers_are_the_person_the_laboratory_and_its_director() -> None:
    observation, made = observed("NM", "1", f16="K1^LÊ^MỘT", f23="PXN B^^P2", f24="5 Đường C", f25="B9^ĐỖ^CHÍN")
    roles = of_type(made, "PractitionerRole")
    assert len(observation["performer"]) == 2
    assert [one["code"][0]["coding"][0]["code"] for one in roles] == ["RO", "MDIR"]
    laboratory = next(one for one in of_type(made, "Organization") if one.get("name") == "PXN B")
    assert laboratory["address"] == [{"text": "5 Đường C"}]


def test_one_person_named_often_is_one_practitioner() -> None:
    made = translate(
        message(header(), patient(), order(f16="K1^LÊ^MỘT"), result(f16="K1^LÊ^MỘT"), result(f16="K1^LÊ^MỘT"))
    )
    assert len(of_type(made, "Practitioner")) == 1


def test_two_names_for_one_number_overwrite_nothing() -> None:
    made = translate(message(header(), patient(), order(), result(f16="K1^LÊ^MỘT"), result(f16="K1^LÊ^HAI")))
    assert [one["name"][0]["text"] for one in of_type(made, "Practitioner")] == ["LÊ MỘT", "LÊ HAI"]


def test_components_without_a_place_are_listed() -> None:
    made = made_of(f3="BN1^7^M10^79001^MR^PHONG&1.2&ISO", f5="LÊ^MẪU^^^^^Q")
    assert {"PID-3.2", "PID-3.3", "PID-3.6.1", "PID-3.6.2", "PID-3.6.3", "PID-5.7"} <= set(unplaced(made))


@pytest.mark.parametrize(("field", "extension"), [(6, "patient-mothersMaidenName"), (23, "patient-birthPlace")])
def test_what_r4_lets_be_said_once_is_listed_when_it_is_said_twice(field: int, extension: str) -> None:
    made = made_of(**{f"f{field}": "A~B"})
    [kept] = [one for one in only(made, "Patient")["extension"] if one["url"].endswith(extension)]
    assert "A" in str(kept)
    assert f"PID-{field}[2]" in unplaced(made)
    assert "element-taken" in rules(made)
    again = made_of(**{f"f{field}": "A~A"})
    assert f"PID-{field}[2]" not in unplaced(again)
