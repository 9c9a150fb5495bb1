"""References, contained resources and the rules of Bundles."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.r4 import check
from tests.r4.samples import LAB, OBSERVATION, found, message, observation, patient

NOWHERE = "urn:uuid:ffffffff-ffff-4fff-8fff-ffffffffffff"
OF_ORGANIZATION = {"resourceType": "Organization", "id": "o", "name": "Khoa Xét nghiệm"}


@pytest.mark.parametrize("kind", ["message", "collection"])
def test_a_urn_that_no_entry_has_is_refused(kind: str) -> None:
    bundle = {**message(), "type": kind}
    bundle["entry"][3]["resource"]["subject"]["reference"] = NOWHERE
    assert found(bundle) == [("r4-reference-dangling", "Bundle.entry[3].resource.subject.reference")]


def test_a_urn_may_stand_outside_a_bundle() -> None:
    assert found(observation(subject={"reference": NOWHERE})) == []


def test_a_search_answer_need_not_hold_all_it_points_to() -> None:
    entry = {"fullUrl": OBSERVATION, "resource": observation(id="a", subject={"reference": NOWHERE})}
    assert found({"resourceType": "Bundle", "type": "searchset", "entry": [entry]}) == []


def test_a_reference_to_a_type_that_is_not_allowed_is_refused() -> None:
    issue = check(observation(subject={"reference": "Encounter/1"}))[0]
    assert (issue.rule, issue.expression) == ("r4-reference-type", "Observation.subject.reference")
    assert issue.text() == "The reference points to a Encounter; allowed are: Device, Group, Location, Patient."


@pytest.mark.parametrize(
    "text", ["https://a.example/fhir/Encounter/1", "Encounter/1/_history/2", "http://a.example/x/y/Encounter/1"]
)
def test_the_type_is_read_from_every_form_of_a_reference(text: str) -> None:
    assert found(observation(subject={"reference": text})) == [("r4-reference-type", "Observation.subject.reference")]


def test_the_type_of_an_entry_counts_when_the_reference_is_a_urn() -> None:
    bundle = message()
    bundle["entry"][3]["resource"]["subject"]["reference"] = LAB
    assert found(bundle) == [("r4-reference-type", "Bundle.entry[3].resource.subject.reference")]


def test_a_contained_resource_that_is_pointed_to_is_valid() -> None:
    assert found(observation(contained=[OF_ORGANIZATION], performer=[{"reference": "#o"}])) == []


def test_a_link_to_nothing_contained_breaks_ref_1() -> None:
    assert found(observation(performer=[{"reference": "#o"}])) == [("ref-1", "Observation.performer[0].reference")]


def test_a_contained_resource_nobody_points_to_breaks_dom_3() -> None:
    assert found(observation(contained=[OF_ORGANIZATION])) == [("dom-3", "Observation.contained[0]")]


def test_a_contained_resource_may_instead_point_to_its_container() -> None:
    provenance = {
        "resourceType": "Provenance",
        "id": "o",
        "target": [{"reference": "#"}],
        "recorded": "2026-11-22T03:04:05Z",
        "agent": [{"who": {"display": "a"}}],
    }
    assert found(observation(contained=[provenance])) == []


def test_contained_resources_may_point_to_each_other() -> None:
    above = {"resourceType": "Organization", "id": "above", "name": "Bệnh viện"}
    below = {**OF_ORGANIZATION, "partOf": {"reference": "#above"}}
    assert found(observation(contained=[above, below], performer=[{"reference": "#o"}])) == []


def test_a_contained_resource_needs_an_id() -> None:
    nameless = {"resourceType": "Organization", "name": "a"}
    assert found(observation(contained=[nameless])) == [("r4-contained-id", "Observation.contained[0]")]


def test_the_contained_resources_of_one_entry_are_not_those_of_another() -> None:
    bundle = message()
    bundle["entry"][2]["resource"] = patient(contained=[OF_ORGANIZATION], managingOrganization={"reference": "#o"})
    assert found(bundle) == []
    bundle["entry"][3]["resource"]["performer"] = [{"reference": "#o"}]
    assert found(bundle) == [("ref-1", "Bundle.entry[3].resource.performer[0].reference")]


@pytest.mark.parametrize(
    ("rule", "inner"),
    [
        ("dom-2", {"contained": [{"resourceType": "Basic", "id": "x", "code": {"text": "a"}}]}),
        ("dom-4", {"meta": {"versionId": "1"}}),
        ("dom-5", {"meta": {"security": [{"code": "R"}]}}),
    ],
)
def test_what_a_contained_resource_may_not_have_is_refused(rule: str, inner: dict[str, Any]) -> None:
    resource = observation(contained=[{**OF_ORGANIZATION, **inner}], performer=[{"reference": "#o"}])
    assert (rule, "Observation") in found(resource)


def test_broken_references_and_ids_do_not_raise() -> None:
    broken = observation(
        contained=[{**OF_ORGANIZATION, "id": ["o"]}, {**OF_ORGANIZATION, "id": {"a": 1}}, 7],
        performer=[{"reference": 7}, {"reference": ["#o"]}, "#o"],
    )
    rules = {rule for rule, _ in found(broken)}
    assert {"r4-json-object", "r4-json-string", "r4-not-a-list"} <= rules


@pytest.mark.parametrize("kind", [{"a": 1}, ["message"], None])
def test_a_type_of_a_bundle_that_is_no_code_does_not_raise(kind: Any) -> None:
    bundle = {**message(), "type": kind}
    bundle["entry"][3]["resource"]["subject"]["reference"] = NOWHERE
    assert "Bundle.type" in [place for _, place in found(bundle)]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("bdl-1", {"total": 1}),
        ("bdl-7", {"entry": [*message()["entry"], message()["entry"][3]]}),
        ("bdl-12", {"entry": message()["entry"][1:]}),
        ("bdl-2", {"entry": [{**message()["entry"][0], "search": {"mode": "match"}}, *message()["entry"][1:]]}),
        ("bdl-3", {"entry": [{**entry, "request": {"method": "GET", "url": "a"}} for entry in message()["entry"]]}),
    ],
)
def test_the_rules_of_a_bundle_hold(rule: str, change: dict[str, Any]) -> None:
    assert (rule, "Bundle") in found({**message(), **change})


def test_an_entry_is_a_resource_a_request_or_a_response() -> None:
    bundle = message()
    bundle["entry"].append({"fullUrl": NOWHERE})
    assert ("bdl-5", "Bundle.entry[5]") in found(bundle)


def answer(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries), **more}


@pytest.mark.parametrize("url", ["https://a.example/fhir/Patient/p1", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"])
def test_an_entry_may_stand_under_its_url_or_a_urn(url: str) -> None:
    assert found(answer({"fullUrl": url, "resource": patient()})) == []


@pytest.mark.parametrize(
    ("rule", "place", "bundle"),
    [
        ("r4-full-url", "Bundle.entry[0].fullUrl", answer({"fullUrl": "Patient/p1", "resource": patient()})),
        ("r4-search-id", "Bundle.entry[0].resource", answer({"resource": observation()})),
        (
            "r4-link-twice",
            "Bundle.link[1].relation",
            answer(link=[{"relation": "next", "url": "https://a.example"}] * 2),
        ),
    ],
)
def test_what_is_said_of_bundles_in_words_is_held_too(rule: str, place: str, bundle: dict[str, Any]) -> None:
    bundle = {key: value for key, value in bundle.items() if value != []}
    assert found(bundle) == [(rule, place)]


def test_a_url_that_does_not_end_with_the_id_is_remarked_on_and_not_refused() -> None:
    [issue] = check(answer({"fullUrl": "https://a.example/Patient/p2", "resource": patient()}))
    assert (issue.rule, issue.refuses) == ("r4-full-url-id", False)
    assert check(answer({"fullUrl": "https://a.example/archive/p2", "resource": patient()})) == []


def test_the_outcome_of_a_search_needs_no_id() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-supported"}]}
    assert found(answer({"resource": outcome, "search": {"mode": "outcome"}})) == []


def test_an_element_id_is_used_once_in_a_resource_but_again_in_the_next() -> None:
    twice = patient(name=[{"id": "a", "text": "b"}, {"id": "a", "text": "c"}])
    assert found(twice) == [("r4-element-id-twice", "Patient.name[1].id")]


def test_an_element_definition_has_the_same_id_in_snapshot_and_differential() -> None:
    elements = {"element": [{"id": "Patient", "path": "Patient", "definition": "a", "min": 0, "max": "*",
                             "base": {"path": "Patient", "min": 0, "max": "*"}}]}  # fmt: skip
    structure = {
        "resourceType": "StructureDefinition", "url": "http://a.example/StructureDefinition/a", "name": "A",
        "status": "draft", "kind": "resource", "abstract": False, "type": "Patient", "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "snapshot": elements, "differential": elements,
    }  # fmt: skip
    assert found(structure) == []
    assert ("sdf-16", "StructureDefinition") in found(
        {**structure, "snapshot": {"element": [*elements["element"], {**elements["element"][0]}]}}
    )
    bundle = message()
    for entry in bundle["entry"][2:4]:
        entry["resource"]["identifier"] = [{"id": "a", "value": "1"}]
    assert found(bundle) == []
