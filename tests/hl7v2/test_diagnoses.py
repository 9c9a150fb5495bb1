"""Diagnoses: of a visit, of an episode, of an order; what is taken back is said to be in error."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.r4 import check
from tests.hl7v2.building import header, holds, message, of_type, only, order, patient, result, rules, segment
from tests.hl7v2.building import translate as translated

VISIT = segment("PV1", {2: "I", 19: "V1"})
DIABETES = {1: "1", 3: "E11.9^Đái tháo đường^I10"}
ICD10 = "http://hl7.org/fhir/sid/icd-10"


def told(*segments: str, event: str = "ADT^A08") -> Translation:
    made = translated(message(header(f9=event), patient(), *segments))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def dg1(**fields: str) -> str:
    return segment("DG1", DIABETES | {int(name[1:]): text for name, text in fields.items()})


def test_a_diagnosis_is_the_visit_s_with_its_use_and_rank() -> None:
    made = told(VISIT, dg1(f6="A", f15="1"))
    condition, visit = only(made, "Condition"), only(made, "Encounter")
    assert condition["encounter"]["reference"] == f"urn:uuid:{visit['id']}"
    (named,) = visit["diagnosis"]
    assert named["condition"]["reference"] == f"urn:uuid:{condition['id']}"
    assert (named["use"]["coding"][0]["code"], named["rank"]) == ("AD", 1)


def test_without_a_visit_the_kind_of_diagnosis_is_its_category() -> None:
    assert only(told(dg1(f6="F")), "Condition")["category"][0]["coding"][0]["code"] == "F"


def test_an_episode_is_made_only_where_the_sender_numbers_one() -> None:
    assert not of_type(told(VISIT, dg1(f6="F")), "EpisodeOfCare")
    made = told(segment("PV1", {2: "I", 19: "V1", 53: "Điều trị lao", 54: "E9"}), dg1(f6="F", f15="2"))
    episode = only(made, "EpisodeOfCare")
    assert only(made, "Encounter")["episodeOfCare"] == [{"reference": f"urn:uuid:{episode['id']}"}]
    assert "status" not in episode
    (named,) = episode["diagnosis"]
    assert named["condition"]["reference"] == f"urn:uuid:{only(made, 'Condition')['id']}"
    assert (named["role"]["coding"][0]["code"], named["rank"]) == ("F", 2)


def test_among_an_order_s_segments_it_is_why_that_is_ordered() -> None:
    made = told(dg1(f3="I10^Tăng huyết áp^I10"), order(), dg1(), result(), event="ORU^R01")
    reasons = only(made, "ServiceRequest")["reasonReference"]
    by_code = {one["code"]["coding"][0]["code"]: one["id"] for one in of_type(made, "Condition")}
    assert reasons == [{"reference": f"urn:uuid:{by_code['E11.9']}"}]


def test_an_order_s_diagnosis_never_replaces_the_visit_s() -> None:
    made = told(VISIT, dg1(f5="20260101"), order(), dg1(), result(), event="ORU^R01")
    assert len({one["id"] for one in of_type(made, "Condition")}) == 2


def test_a_diagnosis_taken_back_is_in_error_and_its_visit_names_it_no_longer() -> None:
    first, taken_back = (told(VISIT, dg1(f6="F", f21=action)) for action in ("A", "D"))
    condition = only(taken_back, "Condition")
    assert condition["id"] == only(first, "Condition")["id"]
    assert condition["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert "clinicalStatus" not in condition
    assert "diagnosis" not in only(taken_back, "Encounter")


def test_an_action_nobody_knows_is_held() -> None:
    assert holds(told(VISIT, dg1(f21="Q"))) == ["hl7v2-action-unknown"]


def test_a_diagnosis_without_code_and_words_is_held() -> None:
    made = told(VISIT, dg1(f3="", f5="20260101"))
    assert holds(made) == ["hl7v2-diagnosis-missing"]
    assert not of_type(made, "Condition")


@pytest.mark.parametrize("system", ["I10", "ICD10", "ICD-10", "icd-10"])
@pytest.mark.parametrize("field", [2, 3])
def test_icd_10_is_known_by_each_of_its_names(system: str, field: int) -> None:
    fields = {2: system, 3: "E11.9"} if field == 2 else {3: f"E11.9^^{system}"}
    assert only(told(segment("DG1", fields)), "Condition")["code"]["coding"] == [{"code": "E11.9", "system": ICD10}]


def test_a_system_named_by_the_code_itself_is_the_one() -> None:
    made = told(segment("DG1", {2: "I10", 3: "T1^Thử^L"}))
    assert only(made, "Condition")["code"]["coding"][0]["system"] == "urn:vn:cskcb:79001:codesystem:L"


def test_a_clinician_s_words_are_the_text_or_a_note_beside_it() -> None:
    condition = only(told(dg1(f4="ĐTĐ típ 2, kiểm soát kém")), "Condition")
    assert condition["code"]["text"] == "ĐTĐ típ 2, kiểm soát kém"
    both = only(told(dg1(f3="E11.9^ĐTĐ^I10^^^^^^ĐTĐ típ 2", f4="kiểm soát kém")), "Condition")
    assert (both["code"]["text"], both["note"]) == ("ĐTĐ típ 2", [{"text": "kiểm soát kém"}])
    assert only(told(dg1(f3="", f4="Sốt")), "Condition")["code"] == {"text": "Sốt"}


def test_when_it_was_diagnosed_is_no_onset() -> None:
    condition = only(told(dg1(f5="20260101", f19="20260103")), "Condition")
    assert not [name for name in condition if name.startswith("onset")]
    assert [one["valueDateTime"] for one in condition["extension"]] == ["2026-01-01"]
    assert condition["recordedDate"] == "2026-01-03"


def test_a_parent_in_the_message_is_referred_to_and_one_elsewhere_is_named() -> None:
    made = told(dg1(f20="D1"), dg1(f3="N18^Suy thận^I10", f20="D2", f22="D1"), dg1(f3="H36^^I10", f22="D9"))
    first, second, third = of_type(made, "Condition")
    due = [one["extension"][0]["valueReference"] for one in (second, third)]
    assert due[0]["reference"] == f"urn:uuid:{first['id']}"
    assert "reference" not in due[1]
    assert due[1]["identifier"]["value"] == "D9"


def test_the_same_diagnosis_in_another_visit_is_another_one() -> None:
    other = segment("PV1", {2: "I", 19: "V2"})
    assert only(told(VISIT, dg1()), "Condition")["id"] != only(told(other, dg1()), "Condition")["id"]


def test_a_confidential_diagnosis_is_labelled() -> None:
    assert only(told(dg1(f18="Y")), "Condition")["meta"]["security"][0]["code"] == "R"
    assert "meta" not in only(told(dg1(f18="N")), "Condition")


def test_a_note_behind_a_diagnosis_is_its_own() -> None:
    made = told(dg1(), segment("NTE", {3: "Theo dõi thêm"}))
    assert only(made, "Condition")["note"] == [{"text": "Theo dõi thêm"}]
    assert rules(made) == []


def test_a_number_takes_a_diagnosis_back_but_does_not_say_one() -> None:
    assert "verificationStatus" in only(told(dg1(f3="", f20="D1", f21="D")), "Condition")
    assert holds(told(dg1(f3="", f20="D1", f21="A"))) == ["hl7v2-diagnosis-missing"]
