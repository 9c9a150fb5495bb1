"""What matters in each story, through the gateway's own doors; docs/stories.md is what they say (tests/docs)."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bundle import CCCD, Resource
from gateway.jsontext import dumps
from tests.stories.story import PROVINCE, stories
from tests.stories.telling import patient_of, tell, told

LOINC = "http://loinc.org"


def found(story: str, question: str) -> tuple[Resource, ...]:
    return told()[story].answers[question].found


def measured(story: str, question: str) -> list[tuple[str, str]]:
    """(test, value with its comparator and digits) of the Observations, in the order answered."""
    return [(one["code"]["text"], _value(one)) for one in found(story, question)]


def _value(one: Resource) -> str:
    if quantity := one.get("valueQuantity"):
        return f"{quantity.get('comparator', '')}{dumps(quantity['value']).decode()} {quantity['unit']}"
    return str(one.get("valueString") or one.get("valueCodeableConcept", {}).get("text") or one["status"])


def numbers(one: Resource, system: str) -> list[str]:
    return [each["value"] for each in one["identifier"] if each.get("system") == system]


# ---- all of them ----------------------------------------------------------------------


@pytest.mark.parametrize("name", stories())
def test_every_file_is_kept_and_every_question_answered(name: str) -> None:
    assert [came.status for came in told()[name].came] == ["kept"] * len(stories()[name].files)
    assert [asked for asked, answer in told()[name].answers.items() if not answer.found] == []


@pytest.mark.parametrize("name", stories())
def test_nothing_found_is_anybody_elses(name: str) -> None:
    """All stories stand in one store; a newborn is the only other person in an answer."""
    newborn = {patient_of(one) for one in found("birth", "mother")} if name == "birth" else set()
    answers = told()[name].answers.values()
    about = {patient_of(one) for answer in answers for one in answer.found if one["resourceType"] != "Appointment"}
    assert about - newborn
    assert about - newborn <= told()[name].people


def test_the_stories_come_out_the_same_on_both_databases(tables_url: str, tmp_path: Path) -> None:
    again = tell(tables_url, tmp_path)
    assert {name: one.came for name, one in again.items()} == {name: one.came for name, one in told().items()}
    for name, one in again.items():
        for question, answer in one.answers.items():
            assert answer.lines == told()[name].answers[question].lines, (name, question)


def test_only_the_referral_is_delivered_to_anyone() -> None:
    sent = {name: [came.sent_to for came in one.came if came.sent_to] for name, one in told().items()}
    assert {name: to for name, to in sent.items() if to} == {"referral": [("province",)]}


# ---- an outpatient --------------------------------------------------------------------


def test_the_second_doctor_sees_both_facilities_results_whole_newest_first() -> None:
    assert measured("outpatient", "results") == [
        ("Glucose máu đói", "8.1 mmol/L"),
        ("Cấy nước tiểu", "registered"),
        ("Glucose máu đói", "9.80 mmol/L"),
        ("Creatinin máu", "71 umol/L"),
        ("CRP", "<0.5 mg/L"),
        ("HBsAg test nhanh", "Âm tính"),
    ]


def test_two_records_of_two_facilities_are_one_person_who_keeps_both_numbers() -> None:
    records = found("outpatient", "person")
    assert [numbers(one, "urn:vn:cskcb:01777:mrn") + numbers(one, "urn:vn:cskcb:01999:mrn") for one in records] == [
        ["PK00517"], ["BN088112"],
    ]  # fmt: skip
    assert {patient_of(one) for one in found("outpatient", "results")} == {one["id"] for one in records}


def test_a_culture_without_a_result_has_no_value_of_any_kind() -> None:
    (culture,) = (one for one in found("outpatient", "results") if one["status"] == "registered")
    assert not [name for name in culture if name.startswith("value")]


# ---- an inpatient ---------------------------------------------------------------------


def test_the_operation_stands_with_its_time_and_both_codes() -> None:
    (operation,) = found("surgery", "operation")
    assert [each["code"] for each in operation["code"]["coding"]] == ["10.9005.0005", "47.01"]
    assert operation["performedDateTime"] == "2026-11-10T04:00:00+07:00"


def test_the_scan_is_a_report_with_its_conclusion_and_not_a_laboratorys() -> None:
    (scan,) = found("surgery", "scan")
    assert scan["conclusion"] == "Viêm ruột thừa cấp, chưa vỡ"
    assert [each["code"] for each in scan["category"][0]["coding"]] == ["IMG"]


def test_the_signs_of_the_note_are_numbers_with_their_marks() -> None:
    pressure = next(one for one in found("surgery", "signs") if "component" in one)
    assert [each["valueQuantity"]["value"] for each in pressure["component"]] == [115, 70]
    heat = next(one for one in found("surgery", "signs") if one["code"]["coding"][0]["code"] == "8310-5")
    assert _value(heat) == "37.8 °C"


# ---- a referral -----------------------------------------------------------------------


def test_the_referral_is_for_the_facility_it_names_and_its_paper_came_with_it() -> None:
    (order,) = found("referral", "referral")
    assert told()["referral"].answers["referral"].lines[0].endswith(f"01888 → {PROVINCE} (active)")
    (paper,) = found("referral", "paper")
    assert order["supportingInfo"] == [{"reference": f"Composition/{paper['id']}"}]


def test_the_province_reads_the_bound_on_the_platelets_as_a_bound() -> None:
    assert measured("referral", "results") == [("Tiểu cầu", "<20 G/L"), ("Hematocrit", "48.0 %")]


def test_nobody_but_the_referred_patient_is_known_to_the_provinces_gateway() -> None:
    (everyone,) = found("referral", "everyone")
    assert numbers(everyone, CCCD) == ["001210000303"]


# ---- a follow-up ----------------------------------------------------------------------


def test_the_appointment_is_on_its_day_at_the_facility_that_gave_it() -> None:
    (visit,) = found("follow-up", "appointment")
    assert visit["requestedPeriod"] == [{"start": "2026-11-16", "end": "2026-11-16"}]
    assert "2026-11-16 at 01999:" in told()["follow-up"].answers["appointment"].lines[0]
    patients = {each["actor"]["reference"] for each in visit["participant"]}
    assert {f"Patient/{known}" for known in told()["follow-up"].people} <= patients


def test_the_visit_of_that_day_stands_behind_the_first_and_so_do_its_results() -> None:
    assert [one["period"]["start"][:10] for one in found("follow-up", "visits")] == ["2026-10-19", "2026-11-16"]
    assert measured("follow-up", "results") == [("TSH", "<0.01 mIU/L"), ("TSH", "0.35 mIU/L")]


# ---- a birth --------------------------------------------------------------------------


def test_the_newborn_is_a_patient_of_its_own_linked_to_its_mother() -> None:
    (newborn,) = found("birth", "newborn")
    (mother,) = found("birth", "record")
    (relative,) = found("birth", "mother")
    assert newborn["id"] not in told()["birth"].people
    assert relative["patient"] == {"reference": f"Patient/{newborn['id']}"}
    assert [each["code"] for each in relative["relationship"][0]["coding"]] == ["MTH"]
    assert mother["link"] == [{"other": {"reference": f"RelatedPerson/{relative['id']}"}, "type": "seealso"}]


def test_the_newborn_has_no_number_of_its_mothers_and_she_has_none_of_its() -> None:
    (newborn,), (mother,) = found("birth", "newborn"), found("birth", "record")
    assert not {each["value"] for each in newborn["identifier"]} & {each["value"] for each in mother["identifier"]}


def test_the_childs_weight_is_the_childs_and_the_mothers_blood_the_mothers() -> None:
    (weight,), (blood,) = found("birth", "weight"), found("birth", "mothers")
    assert (_value(weight), _value(blood)) == ("3150 g", "109 g/L")
    (certificate,) = found("birth", "certificate")
    assert patient_of(weight) == patient_of(certificate) != patient_of(blood)


# ---- a year ---------------------------------------------------------------------------


def test_hba1c_of_a_year_from_three_facilities_is_one_answer_in_the_order_of_time() -> None:
    lines = told()["year"].answers["hba1c"].lines
    assert [line.split("  ")[1] for line in lines] == ["01999", "01888", "01777", "01888", "01999"]
    assert [value for _, value in measured("year", "hba1c")] == ["9.40 %", "8.6 %", "8.0 %", "7.4 %", "6.9 %"]
    assert [one["issued"][:10] for one in found("year", "hba1c")] == [
        "2025-12-08", "2026-03-10", "2026-06-15", "2026-09-10", "2026-11-12",
    ]  # fmt: skip


def test_each_facilitys_own_code_stays_before_the_one_decided_for_it() -> None:
    codes = [[each["code"] for each in one["code"]["coding"]] for one in found("year", "hba1c")]
    national, own = ["1999077", "4548-4"], ["HBA1C", "4548-4"]
    assert codes == [national, own, national, own, national]
    assert all(one["code"]["coding"][1]["system"] == LOINC for one in found("year", "hba1c"))


def test_the_files_arrive_out_of_order_and_a_namesake_is_among_them() -> None:
    """Else the tests above would prove less than they say."""
    days = [file.written for file in stories()["year"].files]
    assert days != sorted(days)
    *his, namesake = stories()["year"].files
    assert namesake.episode["SO_CCCD"] not in {file.person["SO_CCCD"] for file in his}
    assert not {"HO_TEN", "NGAY_SINH", "GIOI_TINH"} & set(namesake.episode)


# ---- a health check -------------------------------------------------------------------


def test_the_pressure_of_the_check_is_found_at_the_clinic_as_two_numbers() -> None:
    (pressure,) = (one for one in found("health-check", "signs") if "component" in one)
    assert [each["valueQuantity"]["value"] for each in pressure["component"]] == [165, 95]


def test_one_search_has_the_glucose_of_the_check_and_of_the_clinic() -> None:
    assert [_value(one) for one in found("health-check", "glucose")] == ["5.60 mmol/L", "5.8 mmol/L"]
    assert len({patient_of(one) for one in found("health-check", "glucose")}) == 2


def test_the_classes_are_coded_and_the_conclusion_stands_in_the_paper() -> None:
    classes = [one["valueCodeableConcept"]["coding"][0]["display"] for one in found("health-check", "class")]
    assert classes == ["Loại II", "Loại III"]
    assert any("Tăng huyết áp" in line for line in told()["health-check"].answers["paper"].lines)


def test_what_is_guessed_of_the_check_is_said() -> None:
    guessed = {rule for rule in told()["health-check"].came[0].rules if rule.endswith("-guessed")}
    assert guessed == {"bhyt-health-check-names-guessed", "bhyt-health-check-units-guessed"}
