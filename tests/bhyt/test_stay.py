"""XML1 to Encounter and Condition."""

from __future__ import annotations

import pytest

from gateway.adapter import DefaultProfile
from gateway.bundle import MA_LK, Resource
from gateway.outcome import refusing
from gateway.r4 import check
from tests.bhyt.building import SUMMARY, of_type, one, payload, rules, translated, unplaced


def stay(**changed: str) -> Resource:
    return one(translated(payload(SUMMARY | changed)), "Encounter")


def codes(concept: Resource) -> list[str]:
    return [coding["code"] for coding in concept["coding"]]


def test_the_episode_is_known_by_facility_and_number() -> None:
    assert {"system": MA_LK, "value": "01999.TEST-2026-000001"} in stay()["identifier"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("01", "AMB"),
        ("03", "IMP"),
        ("09", "IMP"),
        ("04", "SS"),
        ("12", "HH"),
        ("14", "VR"),
        ("3", "IMP"),
        ("10", "UNK"),
        ("", "UNK"),
    ],
)
def test_the_class_comes_from_ma_loai_kcb(kind: str, code: str) -> None:
    assert stay(MA_LOAI_KCB=kind)["class"]["code"] == code


def test_a_kind_without_a_class_is_kept_and_said() -> None:
    translation = translated(payload(SUMMARY | {"MA_LOAI_KCB": "99"}))
    assert codes(one(translation, "Encounter")["type"][0]) == ["99"]
    assert "code-unmapped" in rules(translation)


def test_local_time_is_the_facilitys_and_seconds_are_said_to_be_filled() -> None:
    translation = translated(payload(), DefaultProfile(utc_offset="+08:00"))
    assert one(translation, "Encounter")["period"]["start"] == "2026-11-15T08:30:00+08:00"
    assert translation.lineage["Encounter[0].period.start"] == "XML1.NGAY_VAO (seconds zero-filled)"


def test_an_end_before_its_start_costs_the_end() -> None:
    translation = translated(payload(SUMMARY | {"NGAY_RA": "202611010000", "GT_THE_DEN": "20250101"}))
    assert "end" not in one(translation, "Encounter")["period"]
    assert "end" not in one(translation, "Coverage")["period"]
    assert {"XML1.NGAY_RA", "XML1.GT_THE_DEN"} <= set(unplaced(translation))
    assert rules(translation).count("bhyt-period-reversed") == 2


def test_where_from_and_where_to_are_facilities_and_the_second_a_recipient() -> None:
    translation = translated(payload())
    organizations = {item["id"]: item for item in of_type(translation, "Organization")}
    came = one(translation, "Encounter")["hospitalization"]
    assert organizations[came["origin"]["reference"][9:]]["identifier"][0]["value"] == "01997"
    assert organizations[came["destination"]["reference"][9:]]["identifier"][0]["value"] == "01998"
    assert translation.recipients == ["01998"]


def test_a_place_in_words_is_shown_and_no_facility() -> None:
    translation = translated(payload(SUMMARY | {"MA_NOI_DEN": "về nhà"}))
    assert one(translation, "Encounter")["hospitalization"]["destination"] == {"display": "về nhà"}
    organizations = of_type(translation, "Organization")
    assert "về nhà" not in [number["value"] for item in organizations for number in item.get("identifier", [])]


@pytest.mark.parametrize("code", ["01999", "", "0199", "về nhà", "về  b"])
def test_nobody_else_named_is_no_recipient(code: str) -> None:
    assert translated(payload(SUMMARY | {"MA_NOI_DEN": code})).recipients == []


@pytest.mark.parametrize(
    ("left", "result", "disposition"),
    [
        ("1", "1", ["1", "home"]),
        ("2", "2", ["2", "other-hcf"]),
        ("3", "7", ["3", "oth"]),
        ("4", "6", ["4", "aadvice"]),
        ("5", "2", ["5", "other-hcf"]),
        ("1", "5", ["1", "exp"]),
        ("1", "8", ["1", "exp"]),
        ("9", "1", ["9"]),
    ],
)
def test_the_disposition_says_how_the_episode_ended(left: str, result: str, disposition: list[str]) -> None:
    made = stay(MA_LOAI_RV=left, KET_QUA_DTRI=result)
    assert codes(made["hospitalization"]["dischargeDisposition"]) == disposition


def test_diagnoses_are_conditions_in_rank() -> None:
    translation = translated(
        payload(SUMMARY | {"MA_BENH_CHINH": "J189", "MA_BENH_KT": "E11.9;I10", "MA_BENH_YHCT": "U50.1"})
    )
    conditions = {item["id"]: item for item in of_type(translation, "Condition")}
    listed = [
        (item["use"]["coding"][0]["code"], conditions[item["condition"]["reference"][9:]]["code"])
        for item in one(translation, "Encounter")["diagnosis"]
    ]
    assert [(use, code["coding"][0]["code"] if "coding" in code else code["text"]) for use, code in listed] == [
        ("DD", "J18.9"),
        ("CM", "E11.9"),
        ("CM", "I10"),
        ("DD", "U50.1"),
        ("AD", "Theo dõi viêm phổi"),
    ]
    main = of_type(translation, "Condition")[0]
    assert main["note"] == [{"text": "Viêm phổi; đái tháo đường type 2"}]
    assert main["code"]["coding"][0]["extension"][0]["valueString"] == "J189"
    assert one(translation, "Encounter")["diagnosis"][0]["rank"] == 1


def test_a_diagnosis_in_words_alone_is_its_own_text() -> None:
    translation = translated(payload(SUMMARY | {"MA_BENH_CHINH": "", "MA_BENH_KT": "", "CHAN_DOAN_VAO": ""}))
    assert one(translation, "Condition")["code"] == {"text": "Viêm phổi; đái tháo đường type 2"}


def test_the_same_secondary_code_twice_is_two_conditions() -> None:
    translation = translated(payload(SUMMARY | {"MA_BENH_KT": "I10;I10"}))
    assert len({item["id"] for item in of_type(translation, "Condition")}) == 4


def test_weight_is_a_measurement_of_the_episode() -> None:
    translation = translated(payload())
    weight, blood = of_type(translation, "Observation")
    assert weight["valueQuantity"]["value"].token == "62.50"
    assert weight["valueQuantity"]["code"] == "kg"
    assert weight["effectivePeriod"] == one(translation, "Encounter")["period"]
    assert blood["valueCodeableConcept"] == {"text": "O+"}


def test_a_weight_of_which_the_time_is_unknown_says_so() -> None:
    """R4's vital signs must have a time: without the words that there is none the record would be refused."""
    translation = translated(payload(SUMMARY | {"NGAY_VAO": "", "NGAY_RA": ""}))
    weight, _ = of_type(translation, "Observation")
    (reason,) = weight["_effectiveDateTime"]["extension"]
    assert reason["valueCode"] == "unknown"
    assert not refusing(check(translation.bundle()))


def test_a_weight_of_zero_is_listed_and_one_with_a_comma_held() -> None:
    assert "XML1.CAN_NANG" in unplaced(translated(payload(SUMMARY | {"CAN_NANG": "0.00"})))
    comma = translated(payload(SUMMARY | {"CAN_NANG": "62,50"}))
    assert comma.held
    assert of_type(comma, "Observation")[0]["valueString"] == "62,50"
    assert not translated(payload(SUMMARY | {"CAN_NANG": "62,50"}), DefaultProfile(decimal_comma=True)).held


@pytest.mark.parametrize("said", ["62,50", ":", "60-65", "<50", "khoảng 50", "62.50"])
def test_whatever_stands_as_a_weight_the_episode_is_not_refused_for_it(said: str) -> None:
    made = translated(payload(SUMMARY | {"CAN_NANG": said}))
    [weight] = [one for one in of_type(made, "Observation") if one["code"]["coding"][0]["code"] == "29463-7"]
    is_vital_sign = weight["category"][0]["coding"][0]["code"] == "vital-signs"
    assert is_vital_sign == ("valueQuantity" in weight)
    assert [issue.rule for issue in check(made.bundle()) if issue.refuses] == []


def test_a_name_read_in_the_wrong_character_set_holds_the_episode() -> None:
    made = translated(payload(SUMMARY | {"HO_TEN": "NguyÔn V¨n Hµ"}))
    assert [(one.rule, one.expression) for one in made.holds] == [("text-misread", "XML1.HO_TEN")]


def test_several_days_to_come_back_are_all_told() -> None:
    dates = [
        part["valueDateTime"]
        for part in stay(NGAY_TAI_KHAM="20261204;20261218")["extension"]
        if part["url"].endswith("/follow-up")
    ]
    assert dates == ["2026-12-04", "2026-12-18"]


def test_a_code_that_got_its_point_shows_what_was_written_with_where_it_came_from() -> None:
    made = translated(payload(SUMMARY | {"MA_BENH_CHINH": "J189"}))
    assert made.lineage["Condition[0].code.coding[0].extension[0].valueString"] == "XML1.MA_BENH_CHINH"
