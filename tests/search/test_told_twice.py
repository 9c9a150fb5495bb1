"""One result sent by two roads is one when answered; what may be one is shown as such; nothing is left out."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.jsontext import Number, dumps, loads
from gateway.r4 import check
from gateway.search import Hit, Page, parse, searchset

BASE = "https://gateway.example/fhir/"
LOINC = {"system": "http://loinc.org", "code": "2345-7"}
LOCAL = {"system": "urn:vn:cskcb:79001:codesystem:l", "code": "GLU"}


def glucose(name: str, *, source: str = "", patient: str = "p1", value: str = "7.2", **changed: Any) -> Hit:
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "id": name,
        "meta": {"source": f"urn:uuid:00000000-0000-4000-8000-00000000000{source or name}"},
        "status": "final",
        "code": {"coding": [LOCAL, LOINC]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-11-15T08:00:00+07:00",
        "valueQuantity": {"value": Number(value), "unit": "mmol/L"},
    } | changed
    return Hit(1, "Observation", name, f"Patient/{patient}", dumps(made))


def answer(*hits: Hit) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Each Observation's mode, and the rules with which results are told of, with the first one named."""
    page = Page(parse("Observation", [], base_url=BASE), hits, (), len(hits), None, 50)
    bundle = loads(searchset(page, BASE))
    assert [issue.text() for issue in check(bundle) if issue.refuses] == []
    modes = {
        entry["resource"]["id"]: entry["search"]["mode"]
        for entry in bundle["entry"]
        if entry["search"]["mode"] != "outcome"
    }
    told = [
        (issue["details"]["coding"][0]["code"].removeprefix("search-result-"), issue["details"]["text"].split()[0])
        for entry in bundle["entry"]
        if entry["search"]["mode"] == "outcome"
        for issue in entry["resource"]["issue"]
    ]
    return modes, told


TWICE = ({"a": "match", "b": "include"}, [("told-twice", "Observation/b")])
MAYBE = ({"a": "match", "b": "match"}, [("possible-duplicate", "Observation/b")])
TWO: tuple[dict[str, str], list[tuple[str, str]]] = ({"a": "match", "b": "match"}, [])


def test_one_result_by_two_roads_is_one_and_the_other_stands_behind_it() -> None:
    assert answer(glucose("a"), glucose("b")) == TWICE
    assert answer(glucose("a"), glucose("b"), glucose("c"))[0] == {"a": "match", "b": "include", "c": "include"}


@pytest.mark.parametrize(
    "same",
    [
        {"value": "7.20"},
        {"effectiveDateTime": "2026-11-15T01:00:00Z"},
        {"code": {"coding": [{"system": "urn:vn:cskcb:79001:codesystem:h", "code": "XYZ"}, LOINC]}},
        {"specimen": {"reference": "Specimen/other"}},
    ],
)
def test_what_each_road_writes_its_own_way_does_not_make_two(same: dict[str, Any]) -> None:
    assert answer(glucose("a"), glucose("b", **same)) == TWICE


@pytest.mark.parametrize(
    "other",
    [
        {"value": "2.7"},
        {"valueQuantity": {"value": Number("7.2"), "unit": "mg/dL"}},
        {"valueQuantity": {"value": Number("7.2"), "unit": "mmol/L", "comparator": "<"}},
        {"status": "corrected"},
        {"status": "entered-in-error"},
        {"bodySite": {"text": "left"}},
    ],
)
def test_what_contradicts_is_shown_as_a_possible_duplicate(other: dict[str, Any]) -> None:
    assert answer(glucose("a"), glucose("b", **other)) == MAYBE


@pytest.mark.parametrize(
    "other",
    [
        {"patient": "p2"},
        {"code": {"coding": [LOCAL]}},
        {"code": {"coding": [{"system": "http://loinc.org", "code": "2160-0"}]}},
        {"effectiveDateTime": "2026-11-15T08:05:00+07:00"},
        {"effectiveDateTime": "2026-11-15"},
        {"source": "a"},
    ],
)
def test_what_is_of_another_patient_code_or_time_or_of_the_same_message_is_no_duplicate(other: dict[str, Any]) -> None:
    assert answer(glucose("a"), glucose("b", **other)) == TWO


def test_two_withdrawn_results_are_never_one() -> None:
    withdrawn = {"status": "entered-in-error"}
    assert answer(glucose("a", **withdrawn), glucose("b", **withdrawn)) == MAYBE


def test_two_results_without_a_time_are_not_compared() -> None:
    untimed = {"effectiveDateTime": "2026-11-15"}
    assert answer(glucose("a", **untimed), glucose("b", **untimed)) == TWO
