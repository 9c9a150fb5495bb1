"""Resources as the adapters make them are read into what the judge knows; what a source did not say stays empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.bundle import MA_CSKCB, Resource
from gateway.jsontext import Number
from gateway.mapping.mapped.parts import STATUS_INFERRED
from gateway.reuse.reading import Beside, corrected, prior_result, quantity_of, said
from gateway.reuse.result import PriorResult
from gateway.reuse.study_reading import prior_study
from gateway.reuse.taken import moment_of
from tests.dicomweb.building import SAMPLES as DICOM
from tests.dicomweb.building import of_bytes
from tests.hl7v2.building import SAMPLES as HL7
from tests.hl7v2.building import translate

BESIDE = Beside(1, "certain", "valid", "79001", "x1", "Hospital")
LABORATORY = {"category": [{"coding": [{"code": "laboratory"}]}]}


def haematology() -> list[Resource]:
    return list(translate((HL7 / "lab-hematology.hl7").read_bytes()).resources)


def imaging(file: str) -> list[Resource]:
    return list(of_bytes((DICOM / file).read_bytes()).resources)


def of(made: list[Resource], kind: str) -> list[Resource]:
    return [one for one in made if one["resourceType"] == kind]


def observation(**elements: Any) -> Resource:
    return {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "HbA1c"}} | elements


def read(made: Resource, **around: Any) -> PriorResult:
    return prior_result(made, BESIDE, **around)


def test_every_observation_of_a_haematology_report_is_read_with_its_specimen_and_digits() -> None:
    made = haematology()
    (specimen,) = of(made, "Specimen")
    results = [read(one, specimen=specimen) for one in of(made, "Observation")]
    crp = next(one for one in results if ("http://loinc.org", "1988-5") in one.codes)
    assert crp.quantity is not None
    assert (crp.quantity.comparator, crp.quantity.text, crp.quantity.unit) == ("<", "0.50", "mg/L")
    assert ("urn:vn:cskcb:79001:codesystem:L", "CRP") in crp.codes
    assert crp.interpretation == {"N"}
    assert [one.text for one in crp.ranges] == ["<5"]
    assert crp.specimen == {("http://terminology.hl7.org/CodeSystem/v2-0487", "BLD")}
    assert crp.specimen_text == "Máu toàn phần"
    assert crp.taken is not None
    assert crp.taken.meaning == "sampling"
    assert crp.issued == datetime(2026, 11, 15, 2, 25, tzinfo=UTC)
    remark = next(one for one in results if one.texts)
    assert remark.quantity is None
    assert remark.notes == ("Đề nghị xét nghiệm lại sau một tuần.",)


def test_a_reports_note_and_conclusion_stand_beside_each_of_its_results() -> None:
    (report,) = of(haematology(), "DiagnosticReport")
    found = read(observation(), reports=[report | {"conclusion": "Thiếu máu nhẹ"}])
    assert found.notes == ("Mẫu máu chống đông EDTA, không vón.", "Thiếu máu nhẹ")
    assert found.report == f"DiagnosticReport/{report['id']}"
    assert read(observation(), reports=[{"id": "r1", "status": "entered-in-error"}]).notes == (
        "DiagnosticReport: entered-in-error",
    )


@pytest.mark.parametrize(
    ("elements", "specimen", "meaning", "width"),
    [
        ({"effectiveDateTime": "2026-11-15T07:50:00+07:00"}, None, "unstated", timedelta(seconds=1)),
        ({"effectiveDateTime": "2026-11-15"}, None, "unstated", timedelta(days=1)),
        ({"effectiveDateTime": "2026-11", "category": [{"coding": [{"code": "imaging"}]}]}, None, "performance", None),
        (LABORATORY | {"effectiveDateTime": "2026"}, {"collectedDateTime": "2026-11-15"}, "sampling", None),
        ({}, {"collectedPeriod": {"start": "2026-11-14", "end": "2026-11-15"}}, "sampling", timedelta(days=2)),
    ],
)
def test_a_time_is_the_interval_that_its_words_leave_and_the_specimens_goes_first(
    elements: dict[str, Any], specimen: dict[str, Any] | None, meaning: str, width: timedelta | None
) -> None:
    around = {"specimen": {"collection": specimen}} if specimen else {}
    taken = read(observation(**elements), **around).taken
    assert taken is not None
    assert taken.meaning == meaning
    if width is not None:
        assert taken.latest - taken.earliest == width - timedelta(microseconds=1)


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"issued": "2026-11-15T09:25:00+07:00"},
        {"effectivePeriod": {"start": "2026-11-15"}},
        {"effectiveDateTime": "x"},
    ],
)
def test_the_time_of_release_or_an_open_period_is_no_time_of_sampling(elements: dict[str, Any]) -> None:
    assert read(observation(**elements)).taken is None


@pytest.mark.parametrize(
    ("element", "value", "texts"),
    [
        ("valueString", ">1:800", (">1:800",)),
        ("valueBoolean", False, ("false",)),
        ("valueCodeableConcept", {"coding": [{"code": "O", "display": "Nhóm O"}]}, ("Nhóm O",)),
        ("valueRatio", {"numerator": {"value": 1}, "denominator": {"value": 80}}, ("1 : 80",)),
        ("valueRange", {"low": {"value": 2, "unit": "g"}, "high": {"value": 5, "unit": "g"}}, ("2 g - 5 g",)),
        ("component", [{"code": {"text": "Tâm thu"}, "valueQuantity": {"value": 120}}], ("Tâm thu: 120",)),
    ],
)  # fmt: skip
def test_a_value_that_is_no_number_is_told_in_words(element: str, value: Any, texts: tuple[str, ...]) -> None:
    found = read(observation(**{element: value}))
    assert (found.quantity, found.texts) == (None, texts)


def test_a_unit_is_a_ucum_code_only_where_ucum_says_so() -> None:
    number = {"value": Number("5.10"), "unit": "%", "code": "%"}
    plain, ucum = quantity_of(number), quantity_of(number | {"system": "http://unitsofmeasure.org"})
    assert plain is not None
    assert ucum is not None
    assert (plain.unit, plain.unit_text, ucum.unit) == ("", "%", "%")
    assert (ucum.number, ucum.text) == (Decimal("5.1"), "5.10")
    assert quantity_of({"unit": "%"}) is None


def test_an_absent_value_says_why_and_a_bad_sample_is_remarked() -> None:
    found = read(
        observation(dataAbsentReason={"coding": [{"code": "error"}]}),
        specimen={"status": "unsatisfactory", "condition": [{"text": "Tán huyết"}], "note": [{"text": "Lấy lại"}]},
    )
    assert (found.absent, found.quantity, found.texts) == ("error", None, ())
    assert found.specimen_remarks == ("Lấy lại", "Tán huyết", "unsatisfactory")


@pytest.mark.parametrize(
    ("codes", "told"), [([], "79001"), (["79001"], "79001"), (["01002"], "01002"), (["01002", "01003"], "")]
)
def test_who_did_it_is_the_one_facility_that_is_named_else_the_signer_and_nobody_where_several_are(
    codes: list[str], told: str
) -> None:
    performers = [{"identifier": [{"system": MA_CSKCB, "value": code}], "name": f"Lab {code}"} for code in codes]
    assert read(observation(), performers=performers).facility == told


def test_a_change_of_a_reference_corrects_nothing_and_a_changed_digit_does() -> None:
    now = observation(valueQuantity={"value": Number("5.10")}, specimen={"reference": "Specimen/s1"})
    assert said(now) == said(now | {"encounter": {"reference": "Encounter/e1"}})
    assert not corrected(now, [now | {"specimen": {"reference": "Specimen/s2"}}])
    assert corrected(now, [now | {"valueQuantity": {"value": Number("5.1")}}])
    assert not corrected(now, [now | {"status": "preliminary", "valueQuantity": {"value": Number("9")}}])


def test_a_study_is_read_with_where_its_images_are_and_the_report_that_speaks_for_it() -> None:
    made = imaging("chest-radiograph.json")
    (study,) = of(made, "ImagingStudy")
    endpoints = {f"urn:uuid:{one['id']}": one for one in of(made, "Endpoint")}
    report = {"id": "r1", "status": "final", "conclusion": "Bình thường", "code": {"coding": [{"code": "XQ"}]}}
    found = prior_study(study, BESIDE, reports=[report], endpoints=endpoints)
    assert found.modalities == {"DX"}
    assert found.images == "https://pacs.benhvien.example/dicom-web/studies/1.2.826.0.1.3680043.10.1999.1"
    assert (found.report, found.report_status, found.report_conclusion) == ("DiagnosticReport/r1", "final", True)
    assert ("http://snomed.info/sct", "816094009") in found.body_sites
    assert found.instances == 2
    assert ("", "XQ") in found.codes
    assert found.taken is not None
    assert found.taken.meaning == "performance"
    assert found.notes == ("Allergies (0010,2110): Không rõ",)  # the patient's age is no remark, an allergy is


def test_a_study_without_report_or_archive_says_so_by_being_empty() -> None:
    (study,) = of(imaging("chest-ct.json"), "ImagingStudy")
    found = prior_study(study, BESIDE)
    assert (found.report, found.report_status, found.report_conclusion, found.images) == ("", "", False, "")
    assert found.notes == ()


def test_a_time_beyond_the_calendar_is_no_time() -> None:
    assert moment_of("9999-12-31T23:59:59-14:00") is None
    assert moment_of({"start": "2026"}) is None


def test_a_status_read_into_a_source_that_has_none_is_known_as_such() -> None:
    tag = {"system": "https://lienthong.example/fhir/CodeSystem/reading", "code": "status-inferred"}
    assert read(observation(meta={"tag": [tag]})).status_inferred
    assert not read(observation(meta={"tag": [tag | {"system": "urn:other"}]})).status_inferred
    assert tag == STATUS_INFERRED
    study = {"resourceType": "ImagingStudy", "id": "s1", "status": "available"}
    report = {"resourceType": "DiagnosticReport", "id": "r1", "status": "final", "meta": {"tag": [tag]}}
    assert prior_study(study, BESIDE, reports=[report]).status_inferred
    assert not prior_study(study, BESIDE, reports=[]).status_inferred


def test_what_is_about_somebody_or_something_else_is_a_remark() -> None:
    assert read(observation(focus=[{"reference": "Patient/fetus"}, {"display": "Thai nhi"}])).notes == (
        "Observation.focus",
        "Thai nhi",
    )
