"""The searchset Bundle says what was understood, why each entry is there, and how to go on."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.jsontext import loads
from gateway.r4 import check
from gateway.search import Hit, Page, parse, searchset

BASE = "https://gateway.example/fhir/"
ONE = Hit(
    1, "Observation", "o1", "Patient/p1",
    b'{"resourceType":"Observation","id":"o1", "status":"final","code":{"text":"x"},"valueQuantity":{"value":5.10}}',
)  # fmt: skip
PATIENT = Hit(2, "Patient", "p1", "Patient/p1", b'{"resourceType":"Patient","id":"p1"}')


def answer(pairs: list[tuple[str, str]], **page: Any) -> dict[str, Any]:
    query = parse("Observation", pairs, base_url=BASE, lenient=True)
    whole: dict[str, Any] = {"matches": (ONE,), "includes": (), "total": 1, "next_cursor": None, "count": 50}
    made: dict[str, Any] = loads(searchset(Page(query, **(whole | page)), BASE))
    return made


def links(bundle: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    return {link["relation"]: parse_qsl(urlsplit(link["url"]).query) for link in bundle["link"]}


def test_an_entry_has_its_address_and_its_reason() -> None:
    bundle = answer([], includes=(PATIENT,))
    assert [(entry["fullUrl"], entry["search"]["mode"]) for entry in bundle["entry"]] == [
        ("https://gateway.example/fhir/Observation/o1", "match"),
        ("https://gateway.example/fhir/Patient/p1", "include"),
    ]
    assert bundle["total"] == 1


def test_a_resource_stands_in_it_byte_for_byte() -> None:
    page = Page(parse("Observation", []), (ONE,), (PATIENT,), 1, None, 50)
    assert ONE.content in searchset(page, BASE)
    assert PATIENT.content in searchset(page, BASE)


def test_self_shows_what_was_understood_and_the_page_size_used() -> None:
    asked = [
        ("code", "http://loinc.org|4548-4"),
        ("colour", "x"),
        ("_count", "9999"),
        ("date", "ge2026-01-01T00:00+07:00"),
    ]
    assert links(answer(asked, count=500)) == {"self": [asked[0], asked[3], ("_count", "500")]}


def test_next_is_the_same_search_from_the_cursor_on() -> None:
    bundle = answer([("code", "x"), ("_cursor", "AAA")], next_cursor="BBB")
    assert links(bundle) == {
        "self": [("code", "x"), ("_cursor", "AAA")],
        "next": [("code", "x"), ("_cursor", "BBB")],
    }


def test_what_was_ignored_is_named_in_an_outcome_that_is_no_match() -> None:
    bundle = answer([("colour", "magenta")], total=None)
    entry = bundle["entry"][-1]
    assert entry["search"] == {"mode": "outcome"}
    assert entry["resource"]["resourceType"] == "OperationOutcome"
    issue = entry["resource"]["issue"][0]
    assert (issue["severity"], issue["code"]) == ("warning", "not-supported")
    assert "colour" in issue["details"]["text"]
    assert "magenta" not in str(entry)
    assert "total" not in bundle


def test_an_empty_answer_has_no_entry() -> None:
    assert "entry" not in answer([], matches=(), total=0)


def test_every_form_of_the_answer_is_valid_r4() -> None:
    for bundle in (
        answer([("colour", "x")], includes=(PATIENT,), next_cursor="BBB"),
        answer([], matches=(), total=0),
    ):
        assert not [issue for issue in check(bundle) if issue.refuses]
