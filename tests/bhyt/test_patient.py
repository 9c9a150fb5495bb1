"""XML1 to Patient and Coverage."""

from __future__ import annotations

import pytest

from gateway.bundle import BHXH, BHYT, CCCD, mrn_system
from gateway.mapping.naming import CMND, PASSPORT
from tests.bhyt.building import SUMMARY, of_type, one, payload, refusal, rules, translated, unplaced


def patient(**changed: str) -> dict[str, object]:
    return one(translated(payload(SUMMARY | changed)), "Patient")


def numbers(**changed: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for identifier in one(translated(payload(SUMMARY | changed)), "Patient")["identifier"]:
        found.setdefault(identifier["system"], []).append(identifier["value"])
    return found


def test_the_numbers_of_a_person_each_have_their_system() -> None:
    assert numbers() == {
        mrn_system("01999"): ["BN000001"],
        CCCD: ["001090000001"],
        BHYT: ["DN4010000000001"],
        BHXH: ["0000000001"],
    }


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("123456789", CMND),
        ("B1234567", PASSPORT),
        ("00109000000", "urn:vn:cskcb:01999:so-cccd"),
        ("X9", "urn:vn:cskcb:01999:so-cccd"),
    ],
)
def test_so_cccd_is_told_by_its_pattern(text: str, system: str) -> None:
    assert numbers(SO_CCCD=text)[system] == [text]
    assert (CCCD in numbers(SO_CCCD=text)) is (system == CCCD)


def test_a_temporary_child_card_gives_no_insurance_number() -> None:
    found = numbers(MA_THE_BHYT="TE1010000000001")
    assert found[BHYT] == ["TE1010000000001"]
    assert BHXH not in found


def test_two_cards_are_two_coverages_with_their_own_dates_and_places() -> None:
    translation = translated(
        payload(
            SUMMARY
            | {
                "MA_THE_BHYT": "DN4010000000001;HT2010000000001",
                "GT_THE_TU": "20260101;20260701",
                "GT_THE_DEN": "20260630;20261231",
                "MA_DKBD": "01999;01001",
            }
        )
    )
    one_card, other = of_type(translation, "Coverage")
    assert (one_card["subscriberId"], one_card["period"]) == (
        "DN4010000000001",
        {"start": "2026-01-01", "end": "2026-06-30"},
    )
    assert (other["subscriberId"], other["period"]) == ("HT2010000000001", {"start": "2026-07-01", "end": "2026-12-31"})
    assert other["extension"][0]["valueIdentifier"]["value"] == "01001"
    assert translation.lineage["Coverage[1].period.start"] == "XML1.GT_THE_TU[2]"
    person = one(translation, "Patient")
    assert [identifier["value"] for identifier in person["identifier"] if identifier["system"] == BHXH] == [
        "0000000001"
    ]


def test_without_a_card_there_is_no_coverage_and_its_dates_are_listed() -> None:
    translation = translated(payload(SUMMARY | {"MA_THE_BHYT": ""}))
    assert of_type(translation, "Coverage") == []
    assert {"XML1.GT_THE_TU", "XML1.GT_THE_DEN", "XML1.MA_DKBD"} <= set(unplaced(translation))


def test_a_card_that_is_no_card_is_a_subscriber_number_only() -> None:
    translation = translated(payload(SUMMARY | {"MA_THE_BHYT": "001090000001"}))
    assert one(translation, "Coverage")["subscriberId"] == "001090000001"
    assert BHYT not in numbers(MA_THE_BHYT="001090000001")


@pytest.mark.parametrize(
    ("written", "birth"),
    [
        ("199003150000", "1990-03-15"),
        ("197200000000", "1972"),
        ("197205000000", "1972-05"),
        ("19900315", "1990-03-15"),
        ("1990", "1990"),
    ],
)
def test_a_birth_date_is_no_more_precise_than_written(written: str, birth: str) -> None:
    person = patient(NGAY_SINH=written)
    assert person["birthDate"] == birth
    assert "_birthDate" not in person


def test_a_newborns_minute_is_kept() -> None:
    translation = translated(payload(SUMMARY | {"NGAY_SINH": "202611150830"}))
    person = one(translation, "Patient")
    assert person["birthDate"] == "2026-11-15"
    assert person["_birthDate"]["extension"] == [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
            "valueDateTime": "2026-11-15T08:30:00+07:00",
        }
    ]


def test_an_impossible_birth_date_costs_that_field() -> None:
    translation = translated(payload(SUMMARY | {"NGAY_SINH": "199002310000"}))
    assert "birthDate" not in one(translation, "Patient")
    assert "XML1.NGAY_SINH" in unplaced(translation)
    assert "time-impossible" in rules(translation)


@pytest.mark.parametrize(("written", "gender"), [("1", "male"), ("2", "female"), ("3", "unknown")])
def test_sex(written: str, gender: str) -> None:
    assert patient(GIOI_TINH=written)["gender"] == gender


def test_an_unknown_sex_code_is_listed_not_guessed() -> None:
    translation = translated(payload(SUMMARY | {"GIOI_TINH": "9"}))
    assert "gender" not in one(translation, "Patient")
    assert "code-unmapped" in rules(translation)


def test_no_patient_is_refused() -> None:
    nobody = SUMMARY | {"MA_BN": "", "SO_CCCD": "", "MA_THE_BHYT": "", "HO_TEN": " "}
    assert refusal(payload(nobody)) == ("bhyt-patient-missing", "XML1")


@pytest.mark.parametrize("gone", [("MA_BN",), ("MA_BN", "SO_CCCD"), ("MA_BN", "SO_CCCD", "MA_THE_BHYT")])
def test_the_patients_id_comes_from_the_best_number_there_is(gone: tuple[str, ...]) -> None:
    without = SUMMARY | dict.fromkeys(gone, "")
    once, again = (one(translated(payload(without)), "Patient")["id"] for _ in range(2))
    assert once == again
    assert once != patient()["id"]


def test_the_same_patient_has_one_id_over_episodes_and_none_in_common_with_another_facility() -> None:
    other_episode = patient(MA_LK="TEST-2", HO_TEN="Tên khác")
    assert other_episode["id"] == patient()["id"]
    from_elsewhere = payload(SUMMARY | {"MA_CSKCB": "01001"}).replace(b"<MACSKCB>01999", b"<MACSKCB>01001")
    assert one(translated(from_elsewhere), "Patient")["id"] != patient()["id"]


def test_the_code_lists_of_the_person_are_kept_as_codes() -> None:
    person = one(translated(payload()), "Patient")
    codes = {extension["url"].rpartition("/")[2]: extension for extension in person["extension"]}
    assert codes["ethnic-group"]["valueCoding"]["code"] == "01"
    assert codes["occupation"]["valueCoding"]["code"] == "00000"
    assert codes["patient-nationality"]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"] == "000"
    assert [item["valueCoding"]["code"] for item in person["address"][0]["extension"]] == ["01", "00001"]
