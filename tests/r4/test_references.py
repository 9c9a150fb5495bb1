"""References and contained resources; what they find in a Bundle stands in test_bundles.py."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.r4 import check
from gateway.r4.literals import literal
from tests.r4.samples import LAB, found, message, observation, patient

NOWHERE = "urn:uuid:ffffffff-ffff-4fff-8fff-ffffffffffff"
OF_ORGANIZATION = {"resourceType": "Organization", "id": "o", "name": "Khoa Xét nghiệm"}


def test_a_urn_may_stand_outside_a_bundle() -> None:
    assert found(observation(subject={"reference": NOWHERE})) == []


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


@pytest.mark.parametrize("target", [{"reference": "Patient/1"}, {"identifier": {"value": "1"}}, {"display": "a"}])
def test_the_type_a_reference_says_is_that_of_what_it_points_to(target: dict[str, Any]) -> None:
    assert found(observation(subject={**target, "type": "Patient"})) == []


def test_a_reference_that_says_another_type_than_it_points_to_is_refused() -> None:
    [issue] = check(observation(subject={"reference": "Patient/1", "type": "Group"}))
    assert (issue.rule, issue.expression) == ("r4-reference-says", "Observation.subject.type")
    assert issue.text() == "Reference.type must be the type of what the reference points to, Patient."


def test_a_reference_that_says_a_type_which_may_not_stand_there_is_refused() -> None:
    said = observation(subject={"identifier": {"value": "1"}, "type": "Encounter"})
    assert found(said) == [("r4-reference-type", "Observation.subject.type")]


@pytest.mark.parametrize(
    "said", ["Patiënt", "http://a.example/model", "http://hl7.org/fhir/StructureDefinition/Patient"]
)
def test_a_type_that_is_no_resource_types_name_is_remarked_on(said: str) -> None:
    [issue] = check(observation(subject={"display": "a", "type": said}))
    assert (issue.rule, issue.severity) == ("r4-reference-says-unknown", "warning")


def test_a_contained_resource_is_of_the_type_that_is_said() -> None:
    contained = observation(contained=[OF_ORGANIZATION], performer=[{"reference": "#o", "type": "Practitioner"}])
    assert found(contained) == [("r4-reference-says", "Observation.performer[0].type")]


def test_a_reference_by_a_search_is_remarked_on_and_its_type_is_held() -> None:
    [issue] = check(observation(subject={"reference": "Patient?identifier=1"}))
    assert (issue.rule, issue.severity) == ("r4-reference-conditional", "warning")
    assert "r4-reference-type" in dict(found(observation(subject={"reference": "Encounter?identifier=1"})))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Patient/1", ("", "Patient", "1", "")),
        ("http://a.example/Patient/1", ("http://a.example/", "Patient", "1", "")),
        ("https://a.example/x/Patient/1/_history/2#c", ("https://a.example/x/", "Patient", "1", "2")),
    ],
)
def test_a_literal_reference_has_a_base_a_type_an_id_and_a_version(text: str, parts: tuple[str, ...]) -> None:
    named = literal(text)
    assert named is not None
    assert (named.base, named.type, named.id, named.version) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#a",
        "1",
        "Patient",
        "Patient/",
        "patient/1",
        "Patiënt/1",
        "Patient/a b",
        "Patient/1/_history/",
        "Patient/1/2",
        "/Patient/1",
        "x/Patient/1",
        "ftp://a.example/Patient/1",
        "http://a b/Patient/1",
        "urn:uuid:1",
        "Patient?a=b",
    ],
)
def test_other_texts_name_no_resource(text: str) -> None:
    assert literal(text) is None


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
