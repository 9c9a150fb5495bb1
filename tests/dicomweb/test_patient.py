"""Who a study is of: names whole, numbers with their issuers, and nobody taken for somebody else."""

from __future__ import annotations

import pytest

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import DefaultProfile, Payload, split, translate
from tests.dicomweb.building import (
    UID,
    held_for,
    only,
    refusal,
    rules,
    series,
    study,
    translated,
    unplaced,
    without,
    written,
)

MRN = "urn:vn:cskcb:01999:mrn"
OID = "1.2.840.99999.1.2"


def patient(**said: object) -> dict[str, object]:
    return only(translated(study(**said), series()), "Patient")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Nguyễn Thị Ánh Tuyết", {"text": "Nguyễn Thị Ánh Tuyết"}),
        ("Đặng^Thị Ngọc", {"text": "Đặng Thị Ngọc", "family": "Đặng", "given": ["Thị Ngọc"]}),
        ("Ngô^Văn^Đức", {"text": "Ngô Văn Đức", "family": "Ngô", "given": ["Văn", "Đức"]}),
        ("Lê^An^^BS^", {"text": "Lê An", "family": "Lê", "given": ["An"], "prefix": ["BS"]}),
        ("^An", {"text": "An"}),
    ],
)
def test_a_vietnamese_name_is_kept_whole_and_in_its_order(name: str, made: dict[str, object]) -> None:
    assert patient(PatientName=name)["name"] == [made]


def test_each_way_of_writing_a_name_is_a_name_of_its_own() -> None:
    written_thrice = {"Alphabetic": "TRAN^AN", "Ideographic": "Trần^An", "Phonetic": "tran^an"}
    names = patient(PatientName=written_thrice)["name"]
    assert isinstance(names, list)
    assert [(one["text"], one.get("extension", [{}])[0].get("valueCode")) for one in names] == [
        ("TRAN AN", None), ("Trần An", "IDE"), ("tran an", "SYL"),
    ]  # fmt: skip


def test_a_name_read_in_the_wrong_character_set_holds_the_study() -> None:
    assert "text-misread" in held_for(translated(study(PatientName="NguyÔn^V¨n^ThÞ"), series()))
    assert "text-damaged" in held_for(translated(study(PatientName="Nguy?n^V?n^Th?ng"), series()))


@pytest.mark.parametrize(
    ("issuer", "system"),
    [
        ("", MRN),
        ("01999", MRN),
        ("79014", "urn:vn:cskcb:79014:mrn"),
        ("RIS", f"{MRN}:RIS"),
        ("CCCD", "http://fhir.hl7.org.vn/core/sid/cccd"),
    ],
)
def test_the_issuer_says_whose_number_it_is(issuer: str, system: str) -> None:
    made = patient(PatientID="001090000001", **({"IssuerOfPatientID": issuer} if issuer else {}))
    assert made["identifier"] == [{"system": system, "value": "001090000001"}]


def test_an_issuer_with_an_object_identifier_is_told_by_it() -> None:
    qualifier = {"00400032": {"vr": "UT", "Value": [OID]}, "00400033": {"vr": "CS", "Value": ["ISO"]}}
    made = patient(IssuerOfPatientIDQualifiersSequence=qualifier)
    assert made["identifier"] == [{"system": f"urn:oid:{OID}", "value": "26000001"}]


def test_a_national_number_that_has_not_its_form_is_no_national_number() -> None:
    made = translated(study(PatientID="12345", IssuerOfPatientID="CCCD"), series())
    assert only(made, "Patient")["identifier"][0]["system"] == "urn:vn:cskcb:01999:id:cccd"
    assert "dicom-number-malformed" in rules(made)


def test_the_patient_is_the_one_that_hl7_v2_tells_of() -> None:
    message = b"MSH|^~\\&|HIS|01999|||20261120||ADT^A04|1|P|2.5\rPID|1||26000001^^^01999^MR||Nguyen^Thu\r"
    adapter = Hl7v2Adapter()
    (record,) = split(adapter, Payload(message))
    told = translate(adapter, record, DefaultProfile(code="01999"))
    (other,) = (one for one in told.resources if one["resourceType"] == "Patient")
    assert patient()["id"] == other["id"]


def test_a_study_without_a_patient_id_waits_for_a_person_and_is_nobody_elses() -> None:
    one = translated(without(study(), "PatientID"), series())
    other = translated(without(study(StudyInstanceUID=f"{UID}.5"), "PatientID"))
    assert held_for(one) == ["dicom-patient-without-number"]
    assert only(one, "Patient")["id"] != only(other, "Patient")["id"]


def test_a_study_without_any_patient_is_refused() -> None:
    assert refusal(written(without(study(), "PatientID", "PatientName"), series())) == "patient-missing"


def test_a_study_of_two_patients_is_refused_and_of_two_names_held() -> None:
    other = series(2) | {"00100020": {"vr": "LO", "Value": ["26999999"]}}
    assert refusal(written(study(), series(), other)) == "dicom-two-patients"
    renamed = series(2) | {"00100010": {"vr": "PN", "Value": [{"Alphabetic": "Phạm^Khác"}]}}
    made = translated(study(), series(), renamed)
    assert held_for(made) == ["dicom-said-otherwise"]
    assert only(made, "Patient")["name"][0]["text"] == "Nguyễn Văn Thử"


def test_a_phantom_and_an_animal_wait_for_a_person() -> None:
    assert held_for(translated(study(QualityControlSubject="YES"), series())) == ["dicom-phantom"]
    assert held_for(translated(study(PatientSpeciesDescription="Canine"), series())) == ["dicom-animal"]
    assert held_for(translated(study(QualityControlSubject="NO"), series())) == []


def test_an_impossible_birth_date_costs_the_date_and_a_minute_of_birth_stands_beside_the_day() -> None:
    made = translated(study(PatientBirthDate="19800231"), series())
    assert "birthDate" not in only(made, "Patient")
    assert "[1].PatientBirthDate" in unplaced(made)
    born = patient(PatientBirthDate="20261119", PatientBirthTime="0830")
    assert born["birthDate"] == "2026-11-19"
    assert born["_birthDate"] == {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
                "valueDateTime": "2026-11-19T08:30:00+07:00",
            }
        ]
    }


def test_what_is_said_of_the_patients_health_is_kept_in_words() -> None:
    made = translated(study(Allergies=["Penicillin", "Tôm"], PregnancyStatus=2, PatientAge="009M"), series())
    assert [one["text"] for one in only(made, "ImagingStudy")["note"]] == [
        "Allergies (0010,2110): Penicillin",
        "Allergies (0010,2110): Tôm",
        "PatientAge (0010,1010): 9 months",
        "PregnancyStatus (0010,21C0): possibly pregnant",
    ]
    assert held_for(translated(study(PregnancyStatus=7), series())) == ["code-unmapped"]
    assert "dicom-age-impossible" in rules(translated(study(PatientAge="45"), series()))


def test_a_study_before_its_patients_birth_is_held_and_an_age_years_away_is_told() -> None:
    assert held_for(translated(study(PatientBirthDate="20261121"), series())) == ["dicom-before-birth"]
    assert held_for(translated(study(PatientBirthDate="20261120"), series())) == []
    assert "dicom-age-differs" in rules(translated(study(PatientBirthDate="19800101", PatientAge="030Y"), series()))
    assert "dicom-age-differs" not in rules(translated(study(PatientBirthDate="19801231", PatientAge="045Y"), series()))
