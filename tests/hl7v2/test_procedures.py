"""Procedures: what was done, when, by whom; whether it was done at all is not guessed."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from gateway.r4 import check
from tests.hl7v2.building import header, holds, message, of_type, only, patient, segment, translate

APPENDIX = {1: "1", 3: "47.09^Cắt ruột thừa^I9C", 5: "202611160830"}


def told(*fields: dict[int, str]) -> Translation:
    segments = [segment("PR1", APPENDIX | one) for one in fields]
    made = translate(message(header(f9="ADT^A08"), patient(), segment("PV1", {2: "I", 19: "V1"}), *segments))
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []
    return made


def procedure(fields: dict[int, str]) -> Resource:
    return only(told(fields), "Procedure")


def test_whether_it_was_done_is_unknown_and_what_is_taken_back_is_in_error() -> None:
    assert [procedure({20: action})["status"] for action in ("", "A", "D")] == [
        "unknown",
        "unknown",
        "entered-in-error",
    ]
    assert procedure({20: "D"})["id"] == procedure({})["id"]


def test_it_is_the_visit_s() -> None:
    made = told({})
    assert only(made, "Procedure")["encounter"]["reference"] == f"urn:uuid:{only(made, 'Encounter')['id']}"


@pytest.mark.parametrize(
    ("begun", "minutes", "performed"),
    [
        ("202611160830", "", {"performedDateTime": "2026-11-16T08:30:00+07:00"}),
        (
            "202611162330",
            "45",
            {"performedPeriod": {"start": "2026-11-16T23:30:00+07:00", "end": "2026-11-17T00:15:00+07:00"}},
        ),
        ("20261116", "45", {"performedDateTime": "2026-11-16"}),
        ("202611160830", "lâu", {"performedDateTime": "2026-11-16T08:30:00+07:00"}),
        ("", "45", {}),
        ("20261399", "45", {}),
    ],
)
def test_minutes_make_a_period_only_of_a_start_told_to_the_minute(
    begun: str, minutes: str, performed: dict[str, object]
) -> None:
    found = procedure({5: begun, 7: minutes})
    assert {name: value for name, value in found.items() if name.startswith("performed")} == performed


def test_anaesthetist_and_surgeon_are_told_apart_and_others_are_not_guessed() -> None:
    made = told({8: "BS1^TRẦN^A", 11: "BS2^LÊ^B~BS3^NGÔ^C", 12: "BS4^VÕ^D"})
    functions = [
        one.get("function", {}).get("coding", [{}])[0].get("code") for one in only(made, "Procedure")["performer"]
    ]
    assert functions == ["88189002", "304292004", "304292004", None]


def test_a_modifier_stands_behind_a_cpt_code_and_beside_any_other() -> None:
    assert procedure({3: "44950^^C4", 16: "59~76"})["code"]["coding"][0]["code"] == "44950:59:76"
    other = procedure({16: "L^Bên trái^99BV"})
    assert other["code"]["coding"][0]["code"] == "47.09"
    assert other["note"] == [{"text": "Bên trái"}]


def test_the_same_procedure_of_another_day_is_another_one() -> None:
    assert procedure({5: "20261117"})["id"] != procedure({})["id"]
    assert procedure({5: "202611160900"})["id"] == procedure({})["id"]


def test_a_part_points_at_its_whole() -> None:
    whole, part = of_type(told({19: "P1"}, {3: "54.21^Nội soi^I9C", 19: "P2", 25: "P1"}), "Procedure")
    assert part["partOf"][0]["reference"] == f"urn:uuid:{whole['id']}"


def test_words_alone_name_it_and_nothing_at_all_is_held() -> None:
    assert procedure({3: "", 4: "Cắt ruột thừa"})["code"] == {"text": "Cắt ruột thừa"}
    assert holds(told({3: ""})) == ["hl7v2-procedure-missing"]


def test_a_number_takes_a_procedure_back_but_does_not_say_one() -> None:
    assert procedure({3: "", 19: "P1", 20: "D"})["status"] == "entered-in-error"
    assert holds(told({3: "", 19: "P1", 20: "A"})) == ["hl7v2-procedure-missing"]
