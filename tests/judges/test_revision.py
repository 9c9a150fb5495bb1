"""What a resource says once a later word has come."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gateway.r4
from gateway.bundle import REOPENS, Resource, collection
from gateway.r4 import check
from gateway.revision import _CHOICE, result_times, revise
from gateway.taken_back import TAKEN_BACK
from tests.judges.records import PATIENT, coded, made, observation, report, sample, sample_names, to

ABSENT = {"dataAbsentReason": coded("unknown", "http://terminology.hl7.org/CodeSystem/data-absent-reason")}


def result(**elements: Any) -> Resource:
    found = observation("Glucose", **elements)
    return {key: item for key, item in found.items() if item is not None}


def empty(**elements: Any) -> Resource:
    return result(valueString=None, **elements)


def test_an_empty_later_word_erases_nothing() -> None:
    before = result(note=[{"text": "lấy mẫu lúc đói"}], interpretation=[{"text": "H"}])
    assert revise(before, empty()) == before


def taken(*who: str) -> dict[str, Any]:
    return {"extension": [{"url": TAKEN_BACK, "valueReference": to({"id": one})} for one in who]}


def test_whom_a_later_word_takes_back_the_earlier_does_not_say_and_all_else_stands() -> None:
    extension = {"url": "urn:x", "valueReference": to({"id": "place"})}
    before = {
        "resourceType": "Specimen",
        "id": "s",
        "extension": [extension],
        "collection": {"collector": to({"id": "one"}), "collectedDateTime": "2026-11-15"},
        "performer": [{"function": {"text": "x"}, "actor": to({"id": "one"})}, {"actor": to({"id": "two"})}],
        "who": [to({"id": "one"}), to({"id": "two"})],
    }
    after = {"resourceType": "Specimen", "id": "s", **taken("one")}
    gone = before | {
        "extension": [extension, *after["extension"]],
        "collection": {"collectedDateTime": "2026-11-15"},
        "performer": [{"actor": to({"id": "two"})}],
        "who": [to({"id": "two"})],
    }
    assert revise(before, after) == gone
    assert revise(gone, {"resourceType": "Specimen", "id": "s"}) == gone | {"extension": [extension]}
    assert revise(before, after | taken("place"))["extension"] == taken("place")["extension"]


def test_a_role_of_several_codes_is_said_anew() -> None:
    before = {"resourceType": "PractitionerRole", "id": "r", "active": True, "code": [coded("AT", "urn:x")]}
    assert revise(before, before | {"active": False}) == before | {"active": False}


def test_a_later_value_replaces_the_earlier() -> None:
    assert revise(result(valueString="5.0"), result(valueString="6.0"))["valueString"] == "6.0"


def test_a_value_of_another_type_replaces_it_whole() -> None:
    quantity = empty(valueQuantity={"value": 5})
    assert revise(result(), quantity) == quantity
    assert revise(quantity, result()) == result()


def test_a_time_of_another_type_replaces_it_whole() -> None:
    at, during = result(effectiveDateTime="2026-11-15"), result(effectivePeriod={"start": "2026-11-15"})
    assert revise(at, during) == during


def test_a_death_told_by_date_replaces_one_told_by_yes() -> None:
    dead = PATIENT | {"deceasedDateTime": "2026-11-15"}
    assert revise(PATIENT | {"deceasedBoolean": False}, dead) == dead


def test_every_choice_of_the_resources_adapters_make_is_one_and_nothing_else_is() -> None:
    table = json.loads((Path(gateway.r4.__file__).parent / "definitions" / "types.json").read_text("utf-8"))
    kinds = {item["resourceType"] for name in sample_names() for item in sample(name)} | {"Procedure", "ImagingStudy"}
    for kind in kinds:
        for path, *_ in table[kind]["elements"]:
            if "." in path:
                continue
            stem = path.removesuffix("[x]")
            matched = _CHOICE.match(f"{stem}String" if path.endswith("[x]") else path)
            assert (matched[1] if matched else None) == (stem if path.endswith("[x]") else None), (kind, path)


def test_a_reason_for_absence_goes_when_a_value_comes_and_never_comes_over_one() -> None:
    assert revise(empty(**ABSENT), result()) == result()
    assert revise(result(), empty(**ABSENT)) == result()
    assert revise(empty(), empty(**ABSENT)) == empty(**ABSENT)
    assert revise(empty(**ABSENT), empty()) == empty(**ABSENT)


def test_why_a_date_was_absent_goes_when_the_date_is_known_and_what_is_said_of_it_stays() -> None:
    unknown = {"_birthDate": {"extension": [{"url": "https://example.org/absent", "valueCode": "unknown"}]}}
    about = {"_birthDate": {"extension": [{"url": "https://example.org/seen", "valueBoolean": True}]}}
    known = PATIENT | {"birthDate": "1980"} | about
    assert revise(known, PATIENT | unknown) == known
    assert revise(PATIENT | unknown, known) == known


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_withdrawn_result_keeps_its_value_and_says_it_is_withdrawn(status: str) -> None:
    assert revise(result(), empty(status=status)) == result(status=status)


def test_a_final_word_without_a_value_finalises_the_preliminary_one() -> None:
    assert revise(result(status="preliminary"), empty(status="final")) == result(status="final")


@pytest.mark.parametrize("status", ["registered", "preliminary"])
def test_an_order_that_is_seen_again_does_not_unfinish_a_result(status: str) -> None:
    assert revise(result(), empty(status=status)) == result()
    assert revise(result(), result(status=status, valueString="6"))["status"] == status


def test_a_shorter_report_lists_the_earlier_results_still_each_once() -> None:
    one, two, three = (observation(name) for name in ("a", "b", "c"))
    composed = revise(report("r", one, two), report("r", three, two))
    assert composed["result"] == [to(three), to(two), to(one)]
    named = report("r", result=[to(one, display="A")])
    assert revise(report("r", one), named)["result"] == [to(one, display="A")]


def test_a_withdrawn_report_lists_what_it_listed() -> None:
    one = observation("a")
    assert revise(report("r", one), report("r", status="entered-in-error"))["result"] == [to(one)]


def test_a_patients_name_is_replaced_and_the_numbers_only_grow() -> None:
    mrn, cccd = {"system": "urn:mrn", "value": "1"}, {"system": "urn:cccd", "value": "2"}
    before = PATIENT | {"identifier": [mrn]}
    after = PATIENT | {"name": [{"text": "LÊ THỊ MỚI"}], "identifier": [cccd]}
    assert revise(before, after) == after | {"identifier": [cccd, mrn]}


def test_a_number_said_again_stands_as_it_was_said_last() -> None:
    number = {"system": "urn:cccd", "value": "2"}
    old = PATIENT | {"identifier": [number | {"use": "old"}]}
    assert revise(PATIENT | {"identifier": [number]}, old) == old


def test_an_encounter_is_reopened_by_a_word_that_says_so_alone() -> None:
    visit = made("Encounter", "v", status="finished", period={"start": "2026-11-15", "end": "2026-11-20"})
    again = {"resourceType": "Encounter", "id": "v", "status": "in-progress"}
    assert revise(visit, again)["status"] == "finished"
    reopened = revise(visit, again | {"meta": {"tag": [REOPENS]}})
    assert (reopened["status"], reopened["period"]) == ("in-progress", {"start": "2026-11-15"})


def test_a_component_that_answers_the_code_replaces_the_value_and_the_other_way_round() -> None:
    code = coded("85354-9")
    parted = empty(code=code, component=[{"code": code, "valueString": "5"}])
    assert revise(result(code=code), parted) == parted
    assert revise(parted, result(code=code)) == result(code=code)


# ---- properties -----------------------------------------------------------------------

CODE, OTHER = coded("2345-7"), coded("8480-6")
VALUES: list[dict[str, Any]] = [
    {},
    {"valueString": "5.0"},
    {"valueQuantity": {"value": 6, "unit": "mmol/L"}},
    {"valueBoolean": True},
    {"component": [{"code": OTHER, "valueString": "120"}]},
    {"component": [{"code": CODE, "valueString": "120"}]},
    ABSENT,
]
TIMES: list[dict[str, Any]] = [{}, {"effectiveDateTime": "2026-11-15"}, {"effectivePeriod": {"start": "2026-11"}}]
NOTES: list[dict[str, Any]] = [{}, {"note": [{"text": "a"}]}, {"note": [{"text": "b"}]}]


@st.composite
def observations(draw: st.DrawFn) -> Resource:
    status = draw(st.sampled_from(["registered", "preliminary", "final", "corrected", "cancelled", "entered-in-error"]))
    parts = [draw(st.sampled_from(choices)) for choices in (VALUES, TIMES, NOTES)]
    return deepcopy(empty(code=CODE, status=status) | parts[0] | parts[1] | parts[2])


@given(observations())
def test_the_same_word_again_changes_nothing(one: Resource) -> None:
    assert revise(one, one) == one


@given(observations(), observations())
def test_a_later_word_composed_twice_is_composed_once(earlier: Resource, later: Resource) -> None:
    composed = revise(earlier, later)
    assert revise(composed, composed) == composed
    assert revise(earlier, composed) == composed


@given(observations(), observations(), observations())
def test_whatever_comes_in_whatever_order_the_composed_result_is_valid(
    one: Resource, two: Resource, three: Resource
) -> None:
    before = deepcopy((one, two, three))
    composed = revise(revise(one, two), three)
    assert check(composed) == []
    assert len([key for key in composed if re.match("value[A-Z]", key)]) <= 1
    assert (one, two, three) == before


@given(observations(), observations())
def test_nothing_said_is_unsaid(earlier: Resource, later: Resource) -> None:
    composed = revise(earlier, later)
    for key, item in later.items():
        if key not in ("status", "dataAbsentReason"):
            assert composed[key] == item
    for stem in ("value", "effective", "note", "component"):
        if any(key.startswith(stem) for key in earlier) and stem not in ("value", "component"):
            assert any(key.startswith(stem) for key in composed)
    answered = ("value", "component")
    if any(key.startswith(answered) for key in earlier):
        assert any(key.startswith(answered) for key in composed)


@given(observations(), observations(), observations())
def test_words_that_are_final_compose_in_any_grouping(one: Resource, two: Resource, three: Resource) -> None:
    said = [{**item, "status": "final"} for item in (one, two, three)]
    if any(key == "component" for item in said for key in item):
        return  # value or component: obs-7 lets the last word decide
    assert revise(revise(said[0], said[1]), said[2]) == revise(said[0], revise(said[1], said[2]))


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True, max_size=4), min_size=1, max_size=4))
def test_whatever_reports_come_every_result_ever_listed_is_listed_once(lists: list[list[str]]) -> None:
    composed = report("r")
    for listed in lists:
        composed = revise(composed, report("r", *(observation(name) for name in listed)))
    found = [one["reference"] for one in composed.get("result", [])]
    assert sorted(found) == sorted({to(observation(name))["reference"] for listed in lists for name in listed})


# ---- the source's own time ------------------------------------------------------------


def test_a_results_time_is_its_own_else_its_reports_else_the_latest() -> None:
    own = observation("a", issued="2026-11-15T08:00:00+07:00")
    listed = observation("b")
    told = report("r", own, listed, issued="2026-11-15T09:00:00+07:00")
    times = result_times(collection([PATIENT, own, listed, told]))
    assert times[own["id"]] == datetime(2026, 11, 15, 1, tzinfo=UTC)
    assert times[listed["id"]] == times[told["id"]] == times[PATIENT["id"]] == datetime(2026, 11, 15, 2, tzinfo=UTC)


def test_a_record_that_says_no_time_has_none() -> None:
    assert result_times(collection([PATIENT, observation("a")])) == {
        PATIENT["id"]: None,
        observation("a")["id"]: None,
    }


def test_the_times_are_the_same_on_both_sides_of_an_exchange() -> None:
    listed = observation("b")
    told = report("r", listed, issued="2026-11-15T09:00:00+07:00")
    sent = collection([listed, told])
    served = deepcopy(sent)
    served["entry"][1]["resource"]["result"] = [{"reference": f"Observation/{listed['id']}"}]
    assert result_times(sent) == result_times(served)
