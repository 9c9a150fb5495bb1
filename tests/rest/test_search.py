"""search by GET and by POST: the same answer, the same refusals, page by page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.bundle import CCCD
from gateway.jsontext import loads
from gateway.r4 import check_json
from tests.rest.records import CITIZEN, observation, patient
from tests.rest.world import BASE, World, rule


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["resource"]["id"] for entry in loads(answer.data).get("entry", ())]


def test_a_patients_results_are_found_with_their_digits(world: World) -> None:
    world.keep(patient(), observation("o1", "5.10"), observation("o2", "7.0", subject="Patient/p2"))
    answer = world.get("/fhir/Observation?patient=p1&code=http://loinc.org|4548-4&_sort=-date")
    assert ids(answer) == ["o1"]
    assert b'"value":5.10,' in answer.data
    assert answer.content_type == "application/fhir+json; charset=utf-8"
    assert check_json(answer.data) == []


def test_a_post_finds_what_a_get_finds(world: World) -> None:
    world.keep(patient(), patient("p2", identifier=[]), observation())
    form = {"identifier": f"{CCCD}|{CITIZEN}"}
    answer = world.http.post("/fhir/Patient/_search", data=form, headers=world.bearer())
    assert ids(answer) == ids(world.get(f"/fhir/Patient?identifier={CCCD}|{CITIZEN}")) == ["p1"]
    both = world.http.post("/fhir/Patient/_search?_id=p2", data=form, headers=world.bearer())
    assert ids(both) == []  # what stands in the address counts too


def test_pages_follow_each_other_by_next(world: World) -> None:
    world.keep(patient(), *(observation(f"o{number}") for number in range(5)))
    found: list[str] = []
    path = "/fhir/Observation?patient=p1&_count=2"
    for _ in range(3):
        answer = world.get(path)
        found += ids(answer)
        links = {link["relation"]: link["url"] for link in loads(answer.data)["link"]}
        assert links["self"].startswith(f"{BASE}/fhir/Observation?")
        path = "?".join(urlsplit(links.get("next", ""))[2:4])
    assert sorted(found) == [f"o{number}" for number in range(5)]
    assert path == "?"


def test_an_unknown_parameter_is_refused_or_named(world: World) -> None:
    world.keep(patient())
    answer = world.get("/fhir/Patient?favourite=tea")
    assert (answer.status_code, rule(answer)) == (400, "search-parameter-unknown")
    assert b"tea" not in answer.data
    lenient = world.get("/fhir/Patient?favourite=tea", Prefer="respond-async; handling=lenient")
    entries = loads(lenient.data)["entry"]
    assert [entry["search"]["mode"] for entry in entries] == ["match", "outcome"]
    assert "favourite" in entries[1]["resource"]["issue"][0]["details"]["text"]
    strict = world.get("/fhir/Patient?favourite=tea", Prefer="handling=strict")
    assert strict.status_code == 400


def test_the_audit_line_tells_whose_data_left_and_not_what_was_searched(world: World) -> None:
    world.keep(patient(), observation("o1"), observation("o2"))
    world.get(f"/fhir/Observation?patient.identifier={CCCD}|{CITIZEN}&_include=Observation:subject")
    line = world.audit_lines()[-1]
    assert (line.action, line.actor, line.basis) == ("search", "home", "treatment")
    assert line.detail["parameters"] == ["_include", "patient.identifier"]
    assert CITIZEN not in str(line.detail)


def test_searching_needs_the_letter_s(door: World) -> None:
    answer = door.get("/fhir/Patient", scope="system/Patient.r")
    assert (answer.status_code, rule(answer)) == (403, "access-scope-missing")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("_id=%FF", "http-query-not-utf8"),
        ("%C0%AE=x", "http-query-not-utf8"),
        ("_id=%00", "http-query-nul"),
        ("&".join(["_id=a"] * 201), "http-too-many-parameters"),
        ("_count=-1", "search-value-malformed"),
        ("_lastUpdated=soon", "search-value-malformed"),
        ("_cursor=x", "search-cursor-broken"),
        ("_format=xml", "search-value-unsupported"),
    ],
)
def test_a_query_that_cannot_be_read_is_a_400(door: World, query: str, expected: str) -> None:
    answer = door.get(f"/fhir/Patient?{query}")
    assert (answer.status_code, rule(answer)) == (400, expected)


def test_a_query_string_over_the_limit_is_a_414_and_a_post_takes_it(door: World) -> None:
    many = ",".join(f"id-{number:060}" for number in range(140))
    answer = door.get(f"/fhir/Patient?_id={many}")
    assert (answer.status_code, rule(answer)) == (414, "http-query-too-long")
    some = {"_id": ",".join(many.split(",")[:100])}
    assert ids(door.http.post("/fhir/Patient/_search", data=some, headers=door.bearer())) == []


def test_a_search_is_posted_as_a_form(door: World) -> None:
    answer = door.http.post("/fhir/Patient/_search", json={"_id": "p1"}, headers=door.bearer())
    assert (answer.status_code, rule(answer)) == (415, "http-media-type")
    large = door.http.post("/fhir/Patient/_search", data={"_id": "x" * 70_000}, headers=door.bearer())
    assert (large.status_code, rule(large)) == (413, "http-body-too-large")
