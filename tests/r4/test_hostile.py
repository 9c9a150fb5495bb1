"""Content made to hurt: an issue or validity, with work that grows as the content does, and never an exception."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outcome import Issue, Severity
from gateway.r4 import check, check_json
from gateway.r4.check import walked_issues
from gateway.r4.definition_files import definition_file
from gateway.r4.most import MOST, bounded
from gateway.r4.schema import primitive
from gateway.r4.structure import walk
from tests.r4.samples import PATIENT, observation, of_entries, patient

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

_KEYS = ["resourceType", "id", "type", "entry", "resource", "fullUrl", "contained", "extension", "url", "reference"]
_KEYS += [
    "subject",
    "name",
    "_name",
    "text",
    "div",
    "status",
    "code",
    "coding",
    "system",
    "meta",
    "profile",
    "versionId",
]
_KEYS += ["request", "method", "search", "mode", "link", "relation", "valueString", "valueReference", "identifier"]
_TEXTS = ["Patient", "Bundle", "Observation", "Composition", "document", "message", "batch", "collection", "searchset"]
_TEXTS += [
    "#",
    "#a",
    "a",
    "Patient/a",
    "Patient/a/_history/1",
    "Patient?a=b",
    "http://a.example/Patient/a",
    PATIENT,
    "",
]
_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_TEXTS) | st.text(max_size=5)
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=40,
)


def said(resource: Any) -> set[tuple[str, str, str]]:
    return {(issue.severity, issue.rule, issue.expression) for issue in check(resource)}


@given(_values)
def test_no_value_makes_it_raise_and_none_is_changed(value: Any) -> None:
    before = copy.deepcopy(value)
    check(value)
    assert repr(value) == repr(before)


@given(_values)
def test_the_order_of_keys_is_no_matter(value: Any) -> None:
    def turned(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: turned(item[key]) for key in reversed(item)}
        return [turned(each) for each in item] if isinstance(item, list) else item

    resource = {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": PATIENT, "resource": value}]}
    assert said(resource) == said(turned(resource))


@pytest.mark.parametrize("text", [b"", b"a", b"[]", b"7", b"null", b"\xff", b"{", b'{"resourceType":"Patient"'])
def test_what_is_no_resource_is_an_issue(text: bytes) -> None:
    assert any(issue.refuses for issue in check_json(text))


def test_ten_thousand_levels_are_an_issue() -> None:
    text = b'{"resourceType":"Patient","extension":' + b"[{" * 5 + b'"extension":[{' * 10_000
    assert [issue.rule for issue in check_json(text)] == ["json-too-deep"]
    deep: dict[str, Any] = {"url": "http://a.example", "valueBoolean": True}
    for _ in range(10_000):
        deep = {"url": "http://a.example", "extension": [deep]}
    assert "r4-too-deep" in [issue.rule for issue in check(patient(extension=[deep]))]


def test_of_a_million_faults_a_thousand_are_said_and_that_there_are_more() -> None:
    found = check({"resourceType": "Bundle", "type": "collection", "entry": [{}] * (3 * MOST)})
    assert len(found) == MOST + 1
    assert (found[-1].rule, found[-1].severity) == ("r4-too-many-issues", "error")


@pytest.mark.parametrize("entry", [{}, 7, None, {"a": 1}, {"resource": {}}, {"resource": patient(gender="M")}])
def test_where_everything_is_wrong_the_walk_ends_when_enough_is_refused(entry: Any) -> None:
    found = walk({"resourceType": "Bundle", "type": "collection", "entry": [entry] * (3 * MOST)})
    assert found.is_cut_short
    assert len(found.issues) == MOST + 1
    assert len(found.scopes) <= MOST + 2


def test_warnings_without_end_are_not_kept_and_do_not_end_the_walk() -> None:
    married = {"coding": [{"system": "http://a.example", "code": "a"}]}
    warned = {"fullUrl": PATIENT, "resource": patient(maritalStatus=married)}
    found = walk({**of_entries(), "entry": [*[warned] * (2 * MOST), {"resource": patient(gender="M")}]})
    assert not found.is_cut_short
    assert found.noted[False] >= 2 * MOST > len(found.issues)
    assert found.issues[-1].refuses


def test_of_many_refusals_none_after_the_last_that_is_said_is_looked_for() -> None:
    def endless() -> Iterator[Issue]:
        while True:
            yield Issue("error", "value", "r4-code", "a")

    assert len(bounded(endless())) == MOST + 1


def test_errors_are_not_crowded_out_by_warnings() -> None:
    def of(severity: Severity, count: int) -> list[Issue]:
        return [Issue(severity, "value", "r4-code", str(number)) for number in range(count)]

    assert bounded(of("warning", MOST)) == of("warning", MOST)
    found = bounded([*of("warning", MOST + 1), *of("error", 1)])
    assert [issue.severity for issue in found[-2:]] == ["error", "warning"]
    assert len(found) == MOST + 2


def _bundle(count: int, of: Callable[[int], dict[str, Any]], kind: str = "collection") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": [of(number) for number in range(count)]}


def _version(number: int) -> dict[str, Any]:
    link = [{"other": {"reference": "Patient/p1/_history/3"}, "type": "refer"}]
    return {"fullUrl": "http://a.example/Patient/p1", "resource": patient(meta={"versionId": str(number)}, link=link)}


def _pointing(number: int) -> dict[str, Any]:
    about = observation(id=f"o{number}", hasMember=[{"reference": f"Observation/o{number + 1}"}])
    return {"fullUrl": f"http://a.example/Observation/o{number}", "resource": about}


def _ring(count: int) -> dict[str, Any]:
    """Contained resources each of which points to the next, the last to the first."""
    ring = [
        {"resourceType": "Organization", "id": f"o{at}", "name": "a", "partOf": {"reference": f"#o{(at + 1) % count}"}}
        for at in range(count)
    ]
    return patient(contained=ring, managingOrganization={"reference": "#o0"})


def _narrative(inside: str) -> dict[str, Any]:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{inside}</div>'
    return patient(text={"status": "generated", "div": div})


GROWING: dict[str, Callable[[int], dict[str, Any]]] = {
    "contained in a ring": _ring,
    "references": lambda count: _bundle(count, _pointing),
    "versions of one resource": lambda count: _bundle(count, _version, "history"),
    "one id again and again": lambda count: patient(name=[{"id": "a", "text": "b"}] * count),
    "slashes": lambda count: observation(subject={"reference": "http://" + "/Aa/a#" * count * 50 + " "}),
    "an oid": lambda count: patient(identifier=[{"system": "urn:oid:1" + ".1" * count * 20 + ".x", "value": "1"}]),
    "base64": lambda count: {"resourceType": "Binary", "contentType": "text/plain", "data": "YQ= " * count * 50},
    "styles": lambda count: _narrative(f'<p style="{"expression " * count * 20}">a</p>'),
    "paragraphs that never end": lambda count: _narrative("<p>" * count * 20),
    "questions": lambda count: {
        "resourceType": "Questionnaire",
        "status": "draft",
        "item": [{"linkId": str(number), "type": "string", "text": "a"} for number in range(count)],
    },
    "contained that nobody points to": lambda count: patient(
        contained=[{"resourceType": "Organization", "id": f"o{at}", "name": "a"} for at in range(count)]
    ),
    "entries of one fullUrl": lambda count: _bundle(count, lambda _: {"fullUrl": PATIENT, "resource": patient()}),
    "components": lambda count: observation(component=[{"code": {"text": "a"}, "valueString": "b"}] * count),
    "extensions": lambda count: patient(extension=[{"url": "http://a.example", "valueString": "b"}] * count),
    "names nobody knows": lambda count: patient(**{f"a{at}": 1 for at in range(count)}),
    "a unit": lambda count: observation(
        valueQuantity={"value": 1, "system": "http://unitsofmeasure.org", "code": "(m." * count * 20}
    ),
    "an expression": lambda count: {
        "resourceType": "SearchParameter",
        "expression": "(a | b)." * count + "c",
    },
    "attributes": lambda count: _narrative("<p " + " ".join(f'a{at}="b"' for at in range(count * 5)) + ">a</p>"),
    "paragraphs in paragraphs": lambda count: _narrative("<p>" * count * 20 + "a" + "</p>" * count * 20),
    "spaces before a link": lambda count: _narrative(f'<a href="{" " * count * 50}javascript">a</a>'),
    "elements of a definition": lambda count: {
        "resourceType": "StructureDefinition",
        "snapshot": {"element": [{"id": f"Patient.a{at}", "path": f"Patient.a{at}"} for at in range(count // 5)]},
    },
}


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING)
def test_eight_times_the_content_costs_about_eight_times_the_work(make: Callable[[int], dict[str, Any]]) -> None:
    def cost(count: int) -> float:
        resource = make(count)
        spent = []
        for _ in range(3):
            begun = time.process_time()
            walked_issues(resource)
            spent.append(time.process_time() - begun)
        return min(spent)

    cost(5)  # types and expressions are compiled when first met
    assert cost(400) < 28 * cost(50) + 0.02  # a square would be 64 times


PRIMITIVES = sorted(name for name, row in definition_file("types").items() if row["kind"] == "primitive-type")


@pytest.mark.parametrize("name", PRIMITIVES)
def test_no_text_takes_a_primitive_the_square_of_its_length(name: str) -> None:
    def cost(text: str) -> float:
        begun = time.process_time()
        primitive(name).broken(text)
        return time.process_time() - begun

    for begin, again, end in product(
        ("", "1", "2020-01-01T00:00:00."), ("a", "0", " ", "a-", "1.", "AAAA "), ("", "!")
    ):
        short, long = (begin + again * (count // len(again)) + end for count in (10_000, 80_000))
        assert cost(long) < 28 * cost(short) + 0.02, (begin, again, end)


def test_a_profile_that_is_named_again_and_again_is_held_to_once() -> None:
    named = check(observation(meta={"profile": ["http://hl7.org/fhir/StructureDefinition/bp"] * 3}))
    once = check(observation(meta={"profile": ["http://hl7.org/fhir/StructureDefinition/bp"]}))
    assert named == once
    unknown = check(patient(meta={"profile": ["http://a.example/p"] * 3}))
    assert [issue.expression for issue in unknown] == ["Patient.meta.profile[0]"]


@pytest.mark.parametrize("text", ['"' * 400_000, '"a",' * 100_000, '{"a":"' + "\\" * 400_000, "[]" * 200_000])
def test_strings_that_do_not_end_and_brackets_in_them_are_no_depth(text: str) -> None:
    assert [issue.rule for issue in check_json(text.encode())] == ["json-malformed"]
    assert [issue.rule for issue in check_json(("[" * 101 + text).encode())] == ["json-too-deep"]
    inside = b'{"resourceType":"Patient","id":"a","language":"vi", "name":[{"text":"' + b"[{" * 200 + b'"}]}'
    assert check_json(inside) == []
