"""ConceptMaps and $translate as a client sees them: the project's, the table of units, and what was decided here."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.jsontext import loads
from gateway.r4 import check
from gateway.store import Connection, vocabulary
from gateway.terminology.concept_maps import project_maps
from tests.rest.world import BASE, FHIR, HOME, NOW, World

V2_SEX = "http://terminology.hl7.org/CodeSystem/v2-0001"
GENDER = "http://hl7.org/fhir/administrative-gender"
SEX_MAP = "https://lienthong.example/fhir/ConceptMap/hl7v2-administrative-sex"
UNIT_MAP = "https://lienthong.example/fhir/ConceptMap/units"
OWN = f"urn:vn:cskcb:{HOME}:codesystem:L"
LOINC = "http://loinc.org"


def decide(door: World, code: str, target: str, equivalence: str) -> None:
    def work(connection: Connection) -> None:
        vocabulary.decide(
            connection, facility=HOME, kind="code", system=OWN, code=code,
            target=(LOINC if target else "", target, ""), equivalence=equivalence, by="Thu", reason="", now=NOW,
        )  # fmt: skip

    door.parts.store.write(work)


@pytest.fixture
def decided(door: World) -> World:
    """The facility decided GLU, and that its X is something wider, and that its Y has no standard."""
    for one in (("GLU", "14749-6", "equivalent"), ("X", "2345-7", "wider"), ("Y", "", "unmatched")):
        decide(door, *one)
    return door


def asked(door: World, path: str = "", **query: str) -> TestResponse:
    return door.http.get(f"/fhir/ConceptMap{path}/$translate", query_string=query, headers=door.bearer())


def posted(door: World, *parameters: dict[str, Any], path: str = "") -> TestResponse:
    body = {"resourceType": "Parameters", "parameter": list(parameters)}
    return door.http.post(f"/fhir/ConceptMap{path}/$translate", json=body, headers=door.bearer() | FHIR)


def matches(answer: TestResponse) -> list[tuple[str, str, str]]:
    """(equivalence, SYSTEM|CODE, map) of each match, of an answer that is valid R4."""
    assert answer.status_code == 200, answer.text
    told = loads(answer.data)
    assert check(told) == []
    found = []
    for one in told["parameter"]:
        if one["name"] == "match":
            parts = {part["name"]: part for part in one["part"]}
            concept = parts["concept"]["valueCoding"] if "concept" in parts else {}
            code = f"{concept.get('system', '')}|{concept.get('code', '')}"
            found.append((parts["equivalence"]["valueCode"], code, parts["source"]["valueUri"]))
    return found


def result(answer: TestResponse) -> object:
    return next(one["valueBoolean"] for one in loads(answer.data)["parameter"] if one["name"] == "result")


def rule(answer: TestResponse) -> str:
    return str(loads(answer.data)["issue"][0]["details"]["coding"][0]["code"])


# ---- the maps -------------------------------------------------------------------------


def test_the_maps_are_listed_page_by_page_and_each_is_read_under_its_id(decided: World) -> None:
    bearer = decided.bearer()
    page = loads(decided.http.get("/fhir/ConceptMap?_count=10", headers=bearer).data)
    assert check(page) == []
    found = [one["resource"]["id"] for one in page["entry"]]
    while following := [one["url"] for one in page["link"] if one["relation"] == "next"]:
        page = loads(decided.http.get(following[0].removeprefix(BASE), headers=bearer).data)
        found += [one["resource"]["id"] for one in page["entry"]]
    assert found == [*(one["id"] for one in project_maps()), f"local-{HOME}"]
    assert len(found) == page["total"]
    for logical_id in found:
        read = decided.http.get(f"/fhir/ConceptMap/{logical_id}", headers=bearer)
        assert (read.status_code, loads(read.data)["id"]) == (200, logical_id)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"url={SEX_MAP}", ["hl7v2-administrative-sex"]), ("_id=units,local", ["units"]),
        (f"source-system={OWN}", [f"local-{HOME}"]), (f"url={SEX_MAP}&target-system={LOINC}", []),
    ],
)  # fmt: skip
def test_maps_are_found_by_what_they_map(decided: World, query: str, found: list[str]) -> None:
    page = loads(decided.http.get(f"/fhir/ConceptMap?{query}", headers=decided.bearer()).data)
    assert [one["resource"]["id"] for one in page.get("entry", ())] == found


def test_the_facilitys_decisions_are_a_valid_map_that_names_nobody(decided: World) -> None:
    answer = decided.get(f"/fhir/ConceptMap/local-{HOME}")
    assert check(loads(answer.data)) == []
    assert b"Thu" not in answer.data


@pytest.mark.parametrize(
    ("query", "status", "refusal"),
    [("favourite=tea", 400, "search-parameter-unknown"), ("url=", 400, "search-value-empty"),
     ("_count=x", 400, "search-value-malformed"), ("_count=1&_count=2", 400, "search-parameter-repeated")],
)  # fmt: skip
def test_a_search_that_is_not_built_is_refused_by_name(door: World, query: str, status: int, refusal: str) -> None:
    answer = door.http.get(f"/fhir/ConceptMap?{query}", headers=door.bearer())
    assert (answer.status_code, rule(answer)) == (status, refusal)


def test_who_may_not_read_gets_no_map_and_no_translation(door: World) -> None:
    narrow = door.bearer(scope="system/Bundle.c")
    for path in ("", "/units", "/$translate?system=x&code=y"):
        assert door.http.get(f"/fhir/ConceptMap{path}").status_code == 401
        assert door.http.get(f"/fhir/ConceptMap{path}", headers=narrow).status_code == 403


# ---- $translate -----------------------------------------------------------------------


def test_a_code_is_translated_by_get_and_by_post_alike(door: World) -> None:
    expected = [("equivalent", f"{GENDER}|female", SEX_MAP)]
    assert matches(asked(door, system=V2_SEX, code="F", url=SEX_MAP)) == expected
    assert matches(asked(door, "/hl7v2-administrative-sex", system=V2_SEX, code="F")) == expected
    by_code = ({"name": "code", "valueCode": "F"}, {"name": "system", "valueUri": V2_SEX})
    assert matches(posted(door, *by_code, {"name": "url", "valueUri": SEX_MAP})) == expected
    coding = {"system": V2_SEX, "code": "F"}
    assert matches(posted(door, {"name": "coding", "valueCoding": coding})) == expected
    concept = {"coding": [{"system": "urn:x", "code": "w"}, coding], "text": "nữ"}
    assert matches(posted(door, {"name": "codeableConcept", "valueCodeableConcept": concept})) == expected


@pytest.mark.parametrize("target", ["http://hl7.org/fhir/ValueSet/administrative-gender", GENDER])
def test_only_the_system_that_is_wanted_is_answered(door: World, target: str) -> None:
    assert len(matches(asked(door, system=V2_SEX, code="F", target=target))) == 1
    assert matches(asked(door, system=V2_SEX, code="F", target=f"{LOINC}/vs")) == []
    assert matches(asked(door, system=V2_SEX, code="F", targetsystem=LOINC)) == []
    assert matches(asked(door, system=V2_SEX, code="F", source="http://terminology.hl7.org/ValueSet/v2-0002")) == []


def test_back_from_the_target_a_wider_code_is_narrower(door: World) -> None:
    found = matches(asked(door, system=GENDER, code="other", reverse="true", url=SEX_MAP))
    assert {(equivalence, code.rpartition("|")[2]) for equivalence, code, _ in found} == {
        ("equivalent", "O"), ("narrower", "A"), ("narrower", "N"),
    }  # fmt: skip


def test_a_code_without_a_row_has_no_result(door: World) -> None:
    answer = asked(door, system=V2_SEX, code="f")  # exact: no case folding
    assert matches(answer) == []
    assert result(answer) is False


def test_a_unit_as_senders_write_it_is_translated_by_the_table_of_units(door: World) -> None:
    texts = "https://lienthong.example/fhir/CodeSystem/unit-text"
    assert matches(asked(door, system=texts, code="G/L")) == [
        ("equivalent", "http://unitsofmeasure.org|10*9/L", UNIT_MAP)
    ]


def test_a_decision_is_translated_as_soon_as_it_is_made_and_no_longer_when_taken_back(decided: World) -> None:
    own = f"https://lienthong.example/fhir/ConceptMap/local-{HOME}"
    assert matches(asked(decided, system=OWN, code="GLU")) == [("equivalent", f"{LOINC}|14749-6", own)]
    assert matches(asked(decided, system=OWN, code="X")) == [("wider", f"{LOINC}|2345-7", own)]
    unmatched = asked(decided, system=OWN, code="Y")
    assert matches(unmatched) == [("unmatched", "|", own)]
    assert result(unmatched) is False
    decide(decided, "GLU", "", "")
    assert matches(asked(decided, system=OWN, code="GLU")) == []


@pytest.mark.parametrize(
    ("query", "status", "refusal"),
    [
        ({}, 400, "translate-what"),
        ({"code": "F"}, 400, "translate-what"),
        ({"system": V2_SEX}, 400, "translate-what"),
        ({"code": "F", "system": V2_SEX, "coding": "x"}, 400, "translate-parameter-unknown"),
        ({"code": "F", "system": V2_SEX, "version": "1"}, 400, "translate-parameter-unknown"),
        ({"code": "F", "system": V2_SEX, "reverse": "perhaps"}, 400, "search-value-malformed"),
        ({"code": "F", "system": V2_SEX, "url": "urn:nowhere"}, 404, "concept-map-unknown"),
        ({"code": "F", "system": V2_SEX, "target": GENDER, "targetsystem": LOINC}, 400, "translate-two-targets"),
    ],
)
def test_a_question_that_cannot_be_answered_is_an_outcome(
    door: World, query: dict[str, str], status: int, refusal: str
) -> None:
    answer = asked(door, **query)
    assert (answer.status_code, rule(answer)) == (status, refusal)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'{"resourceType":"Parameters"}', b'{"resourceType":"Parameters","parameter":[7]}',
     b'{"resourceType":"Parameters","parameter":[{"name":7}]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":7},{"name":"system","valueUri":"x"}]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"code":7}}]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"code":"x","system":[]}}]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"codeableConcept","valueCodeableConcept":{"coding":[7]}}]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"codeableConcept","valueCodeableConcept":{"coding":7}}]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"conceptMap","resource":{}}]}',
     b'{"resourceType":"Parameters","parameter":[{"name":"dependency","part":[]}]}'],
)  # fmt: skip
def test_a_body_that_asks_nothing_is_refused_and_never_stumbles(door: World, body: bytes) -> None:
    answer = door.http.post("/fhir/ConceptMap/$translate", data=body, headers=door.bearer() | FHIR)
    assert answer.status_code == 400
    assert rule(answer) != "http-unexpected"


def test_another_map_than_asked_for_does_not_answer(door: World) -> None:
    assert asked(door, "/nowhere", system=V2_SEX, code="F").status_code == 404
    assert matches(asked(door, "/units", system=V2_SEX, code="F")) == []


def found(door: World, query: str, **headers: str) -> list[dict[str, Any]]:
    """The entries of a search for maps, which is valid R4."""
    answer = door.get(f"/fhir/ConceptMap?{query}", **headers)
    assert answer.status_code == 200, answer.text
    assert check(loads(answer.data)) == []
    return list(loads(answer.data).get("entry", ()))


def test_a_map_is_found_by_the_beginning_of_its_name_in_small_letters_or_large(door: World) -> None:
    name = str(found(door, "_count=1")[0]["resource"]["name"])
    for asked_for in (name, name[:5].lower(), name[:5].upper()):
        assert name in [one["resource"]["name"] for one in found(door, f"name={asked_for}")]
    assert found(door, f"name={name[1:]}") == []


def test_an_unknown_parameter_is_refused_or_named_where_lenience_is_asked_for(door: World) -> None:
    assert door.get("/fhir/ConceptMap?favourite=tea").status_code == 400
    entries = found(door, "favourite=tea&_count=1", Prefer="handling=lenient")
    assert [one["search"]["mode"] for one in entries] == ["match", "outcome"]
    assert "favourite" in entries[1]["resource"]["issue"][0]["diagnostics"]
