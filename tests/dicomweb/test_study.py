"""A study with its series: when, what, by whom, at which order, where its images are."""

from __future__ import annotations

import pytest

from gateway.adapter import DefaultProfile
from gateway.bundle import Resource
from tests.dicomweb.building import (
    CT,
    UID,
    held_for,
    instance,
    only,
    rules,
    series,
    study,
    translated,
    unplaced,
    without,
)  # fmt: skip


def imaging(*datasets: dict[str, object]) -> Resource:
    return only(translated(*datasets), "ImagingStudy")


@pytest.mark.parametrize(
    ("said", "started"),
    [
        ({"StudyTime": "081530.25"}, "2026-11-20T08:15:30.25+07:00"),
        ({"StudyTime": "0815", "TimezoneOffsetFromUTC": "+0900"}, "2026-11-20T08:15:00+09:00"),
        ({"StudyTime": "08"}, "2026-11-20"),
        ({"StudyTime": "0861"}, "2026-11-20"),
        ({"StudyTime": "081530", "TimezoneOffsetFromUTC": "Asia/Saigon"}, "2026-11-20"),
        ({"StudyDate": "2026.11.20", "StudyTime": "08:15:30"}, "2026-11-20T08:15:30+07:00"),
        ({}, "2026-11-20"),
    ],
)
def test_no_precision_is_invented_of_when_it_began(said: dict[str, str], started: str) -> None:
    assert imaging(study(**said), series())["started"] == started


def test_the_facilitys_zone_stands_in_where_the_study_names_none() -> None:
    made = translated(study(StudyTime="081530"), series(), profile=DefaultProfile(code="01999", utc_offset="+08:00"))
    assert only(made, "ImagingStudy")["started"] == "2026-11-20T08:15:30+08:00"


def test_a_study_on_a_day_that_never_was_waits_for_a_person() -> None:
    made = translated(study(StudyDate="20261320", StudyTime="081530"), series())
    assert held_for(made) == ["time-impossible"]
    assert "started" not in only(made, "ImagingStudy")
    assert {"[1].StudyDate", "[1].StudyTime"} <= set(unplaced(made))


def test_the_order_is_named_by_its_accession_number_and_issuer() -> None:
    made = imaging(study(), series())
    (order,) = made["basedOn"]
    assert order["type"] == "ServiceRequest"
    assert order["identifier"] == made["identifier"][1]
    assert (order["identifier"]["system"], order["identifier"]["value"]) == ("urn:vn:cskcb:01999:accession", "ACC1")
    issuer = {"00400031": {"vr": "UT", "Value": ["79014"]}}
    (order,) = imaging(study(IssuerOfAccessionNumberSequence=issuer), series())["basedOn"]
    assert order["identifier"]["system"] == "urn:vn:cskcb:79014:accession"


def test_orders_answered_together_are_all_named() -> None:
    asked = [
        {"00080050": {"vr": "SH", "Value": [number]}, "00401002": {"vr": "LO", "Value": ["Đau ngực"]}}
        for number in ("A1", "A2")
    ]
    made = imaging(without(study(), "AccessionNumber"), series(RequestAttributesSequence=asked))
    assert [one["identifier"]["value"] for one in made["basedOn"]] == ["A1", "A2"]
    assert made["reasonCode"] == [{"text": "Đau ngực"}]


def test_the_body_part_is_mapped_by_the_table_alone() -> None:
    chest, own = imaging(
        study(), series(1, BodyPartExamined="CHEST"), series(2, BodyPartExamined="NGUC THANG")
    )["series"]  # fmt: skip
    assert chest["bodySite"]["code"] == "816094009"
    assert own["bodySite"] == {
        "system": "https://lienthong.example/fhir/CodeSystem/dicom-body-part",
        "code": "NGUC THANG",
    }


def test_a_side_that_is_in_no_row_holds_the_study() -> None:
    made = translated(study(), series(Laterality="L"))
    assert only(made, "ImagingStudy")["series"][0]["laterality"]["code"] == "7771000"
    assert held_for(translated(study(), series(Laterality="P"))) == ["code-unmapped"]


def test_a_series_without_modality_and_an_image_without_class_wait_for_a_person() -> None:
    assert held_for(translated(study(), without(series(), "Modality"))) == ["dicom-modality-missing"]
    assert held_for(translated(study(), series(), without(instance(), "SOPClassUID"))) == ["dicom-class-missing"]


def test_counts_are_the_archives_and_a_difference_is_told() -> None:
    told = [study(NumberOfStudyRelatedInstances=3), series(), instance(1), instance(2)]
    made = translated(*told)
    assert only(made, "ImagingStudy")["numberOfInstances"] == 3
    assert "dicom-count-differs" in rules(made)
    whole = translated(*told, instance(3))
    assert "dicom-count-differs" not in rules(whole)


def test_persons_are_named_by_name_and_number_and_none_is_made_of_a_name() -> None:
    coded = {
        "00401101": {
            "vr": "SQ",
            "Value": [{"00080100": {"vr": "SH", "Value": ["CCHN-12"]}, "00080102": {"vr": "SH", "Value": ["99BV"]}}],
        }
    }
    made = translated(
        study(ReferringPhysicianName="Trần^Thị^Bình", ReferringPhysicianIdentificationSequence=coded),
        series(PerformingPhysicianName=["Lê^Văn^Cường", "Phạm^Dung"], OperatorsName="Vũ^Em"),
    )
    found = only(made, "ImagingStudy")
    assert found["referrer"] == {
        "type": "Practitioner",
        "display": "Trần Thị Bình",
        "identifier": {"system": "urn:vn:cskcb:01999:code:99BV", "value": "CCHN-12"},
    }
    performers = found["series"][0]["performer"]
    assert [one["actor"]["display"] for one in performers] == ["Lê Văn Cường", "Phạm Dung", "Vũ Em"]
    assert [one["resourceType"] for one in made.resources] == ["Patient", "ImagingStudy"]


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        (f"https://user:s3cr3t@pacs.example/dicom-web/studies/{UID}", "dicom-address-secret"),
        (f"https://pacs.example/dicom-web/studies/{UID}?token=s3cr3t", "dicom-address-secret"),
        (f"https://pacs.example/dicom-web/studies/{UID}/?token=s3cr3t", "dicom-address-secret"),
        ("https://pacs.example/dicom-web/studies/1.2.3", "dicom-address-malformed"),
        (f"ftp://pacs.example/studies/{UID}", "dicom-address-malformed"),
        (f"http://[pacs/studies/{UID}", "dicom-address-malformed"),
    ],
)
def test_an_address_with_a_secret_or_of_something_else_is_not_placed(url: str, rule: str) -> None:
    made = translated(study(RetrieveURL=url), series())
    assert rule in rules(made)
    assert [one["resourceType"] for one in made.resources] == ["Patient", "ImagingStudy"]
    assert "s3cr3t" not in str(made)


def test_the_same_study_told_again_is_the_same_study_of_the_same_patient() -> None:
    one = translated(study(), series())
    grown = translated(study(), series(), series(2, Modality="CT"), instance(1, 2, SOPClassUID=CT))
    for kind in ("Patient", "ImagingStudy"):
        assert only(one, kind)["id"] == only(grown, kind)["id"]
    assert [one["code"] for one in only(grown, "ImagingStudy")["modality"]] == ["CR", "CT"]


def test_a_study_the_archive_has_lost_is_not_called_available() -> None:
    assert imaging(study(InstanceAvailability="NEARLINE"), series())["status"] == "available"
    assert imaging(study(InstanceAvailability="UNAVAILABLE"), series())["status"] == "unknown"
