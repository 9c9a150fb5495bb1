"""Structure: what stands where, how often and in which JSON form."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.outcome import Issue
from gateway.r4 import check
from gateway.r4.schema import type_named
from tests.r4.samples import found, message, observation, patient, without


@pytest.mark.parametrize("resource", [patient(), observation(), message()])
def test_a_valid_resource_has_no_issue(resource: dict[str, Any]) -> None:
    assert check(resource) == []


@pytest.mark.parametrize("name", ["Patiënt", "DomainResource", "Quantity", "", None, 7, ["Patient"]])
def test_a_resource_type_that_r4_does_not_have_is_refused(name: object) -> None:
    assert found({"resourceType": name}) == [("r4-resource-type", "")]


@pytest.mark.parametrize("resource", [None, [], "Patient", 1])
def test_what_is_not_an_object_is_no_resource(resource: Any) -> None:
    assert found(resource) == [("r4-json-object", "")]


def test_a_property_that_r4_does_not_have_is_named() -> None:
    assert check(patient(nickname="An")) == [
        Issue("error", "structure", "r4-unknown-property", "Patient", {"name": "nickname"})
    ]


def test_a_property_whose_name_could_be_a_value_is_not_repeated() -> None:
    issue = check(patient(**{"Nguyễn Văn An 1980": 1}))[0]
    assert (issue.rule, issue.parameters) == ("r4-unknown-property", {"name": "?"})


def test_a_property_of_another_type_is_unknown_at_any_depth() -> None:
    wrong = observation(component=[{"code": {"text": "a"}, "gender": "male"}])
    assert found(wrong) == [("r4-unknown-property", "Observation.component[0]")]


def test_a_missing_required_element_is_named_at_its_parent() -> None:
    assert check(without(observation(), "status")) == [
        Issue("error", "required", "r4-required", "Observation", {"element": "status", "least": 1})
    ]


def test_a_required_primitive_may_be_an_extension_alone() -> None:
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    assert found({**without(observation(), "status"), "_status": {"extension": [absent]}}) == []


def test_a_required_choice_element_may_have_any_of_its_types() -> None:
    dose = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"text": "a"},
        "patient": {"display": "b"},
    }
    assert found({**dose, "occurrenceString": "mùa xuân"}) == []
    assert found(dose) == [("r4-required", "Immunization")]


def test_two_types_of_one_choice_are_refused() -> None:
    assert found(observation(valueString="cao")) == [("r4-choice", "Observation")]


def test_a_choice_and_the_extension_of_another_type_are_refused_too() -> None:
    wrong = observation(_valueString={"extension": [{"url": "http://a.example", "valueCode": "x"}]})
    assert found(wrong) == [("r4-choice", "Observation")]


def test_a_repeating_element_must_be_an_array_and_a_single_one_must_not() -> None:
    assert found(patient(name={"text": "An"})) == [("r4-list", "Patient.name")]
    assert found(patient(gender=["male"])) == [("r4-not-a-list", "Patient.gender")]


@pytest.mark.parametrize(
    ("broken", "rule", "place"),
    [
        ({"name": []}, "r4-empty-list", "Patient.name"),
        ({"name": [{}]}, "ele-1", "Patient.name[0]"),
        ({"name": [{"id": "a"}]}, "ele-1", "Patient.name[0]"),
        ({"_deceasedBoolean": {"id": "a"}}, "ele-1", "Patient.deceased"),
        ({"name": [None]}, "r4-null", "Patient.name[0]"),
        ({"gender": None}, "r4-null", "Patient.gender"),
        ({"gender": ""}, "r4-empty-string", "Patient.gender"),
        ({"name": ["An"]}, "r4-json-object", "Patient.name[0]"),
        ({"maritalStatus": "M"}, "r4-json-object", "Patient.maritalStatus"),
        ({"active": "true"}, "r4-json-boolean", "Patient.active"),
        ({"birthDate": 1980}, "r4-json-string", "Patient.birthDate"),
        ({"birthDate": {"value": "1980"}}, "r4-json-string", "Patient.birthDate"),
        ({"_birthDate": "1980"}, "r4-json-object", "Patient.birthDate"),
        ({"_birthDate": {}}, "ele-1", "Patient.birthDate"),
        ({"_name": [{"id": "a"}]}, "r4-unknown-property", "Patient"),
        ({"contact": [{"resourceType": "Patient"}]}, "r4-unknown-property", "Patient.contact[0]"),
    ],
)
def test_what_json_may_not_hold_is_refused(broken: dict[str, Any], rule: str, place: str) -> None:
    assert (rule, place) in found(patient(**broken))


def test_a_value_may_have_an_id_beside_it_and_no_more() -> None:
    assert found(patient(_birthDate={"id": "a"})) == []


def test_values_and_their_extensions_stand_side_by_side_in_arrays() -> None:
    unread = {"extension": [{"url": "http://a.example/unread", "valueBoolean": True}]}
    name = {"given": ["Văn", None], "_given": [None, unread]}
    assert found(patient(name=[name])) == []
    assert found(patient(name=[{**name, "_given": [unread]}])) == [("r4-list-length", "Patient.name[0].given")]
    assert found(patient(name=[{**name, "_given": [unread, None]}])) == [("r4-null", "Patient.name[0].given[1]")]


def test_an_element_that_repeats_its_parents_content_is_checked_at_every_depth() -> None:
    item = {"linkId": "1", "item": [{"linkId": "2", "item": [{"text": "a"}]}]}
    answers = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [item]}
    assert found(answers) == [("r4-required", "QuestionnaireResponse.item[0].item[0].item[0]")]


def test_a_code_outside_its_required_value_set_is_refused() -> None:
    assert found(patient(gender="M")) == [("r4-code", "Patient.gender")]
    assert found(observation(status="done")) == [("r4-code", "Observation.status")]


def test_a_code_that_is_only_an_example_may_be_any() -> None:
    assert found(observation(code={"coding": [{"system": "urn:x", "code": "mine"}]})) == []


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "mild"}]},
            "r4-code",
        ),
        ({"coding": [{"system": "urn:mine", "code": "active"}]}, "r4-code-system"),
        ({"text": "active"}, "r4-code-missing"),
    ],
)
def test_a_concept_needs_one_coding_of_its_required_value_set(status: dict[str, Any], rule: str) -> None:
    condition = {"resourceType": "Condition", "subject": {"display": "a"}, "clinicalStatus": status}
    assert (rule, "Condition.clinicalStatus") in found(condition)


def test_a_concept_with_one_right_coding_may_have_others() -> None:
    right = {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
    codings = [{"system": "urn:mine", "code": "x"}, right]
    assert (
        found({"resourceType": "Condition", "subject": {"display": "a"}, "clinicalStatus": {"coding": codings}}) == []
    )


def test_the_issues_of_nested_resources_say_where_they_are() -> None:
    bundle = message()
    bundle["entry"][3]["resource"]["status"] = "done"
    assert found(bundle) == [("r4-code", "Bundle.entry[3].resource.status")]


def test_nesting_without_end_is_refused_and_does_not_raise() -> None:
    extension: dict[str, Any] = {"url": "http://a.example", "valueBoolean": True}
    for _ in range(5000):
        extension = {"url": "http://a.example", "extension": [extension]}
    assert [rule for rule, _ in found(patient(extension=[extension]))] == ["r4-too-deep"]


def test_an_issue_never_carries_a_value() -> None:
    secret = "Nguyễn-Văn-Bí-Mật"
    wrong = patient(gender=secret, birthDate=secret, active=secret, photo=secret, telecom=[{"value": secret}])
    issues = check(wrong)
    assert len(issues) == 5
    assert all(secret not in f"{issue.text()}{issue.expression}" for issue in issues)


def test_types_know_what_they_specialise() -> None:
    assert {"Age", "Quantity", "Element"} <= type_named("Age").ancestors
    contact = type_named("Patient").properties["contact"].type
    assert contact is not None
    assert "BackboneElement" in contact.ancestors
