"""The invariants: each of the common ones broken once, all of them compiled; errors, warnings, good practice."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.jsontext import dumps
from gateway.messages import catalogue
from gateway.outcome import Issue
from gateway.r4 import check, check_json
from gateway.r4.check import invariant_issues
from gateway.r4.definition_files import definition_file, rules_apart
from gateway.r4.fhirpath import FhirPathError, compile_text
from gateway.r4.invariants import Invariant, invariant
from gateway.r4.references import Resolver
from gateway.r4.structure import walk
from tests.r4.samples import found, observation, patient, without

PERIOD_BACKWARDS = {"start": "2026-02-01", "end": "2026-01-01"}
UCUM = "http://unitsofmeasure.org"

BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    ("obs-3", "Observation.referenceRange[0]", observation(referenceRange=[{"type": {"text": "a"}}])),
    ("obs-6", "Observation", observation(dataAbsentReason={"text": "a"})),
    ("obs-7", "Observation", observation(component=[{"code": observation()["code"]}])),
    ("pat-1", "Patient.contact[0]", patient(contact=[{"gender": "male"}])),
    ("cpt-2", "Patient.telecom[0]", patient(telecom=[{"value": "115"}])),
    ("per-1", "Patient.name[0].period", patient(name=[{"period": PERIOD_BACKWARDS}])),
    ("att-1", "Patient.photo[0]", patient(photo=[{"data": "YQ=="}])),
    ("ext-1", "Patient.extension[0]", patient(extension=[{"url": "http://a.example"}])),
    ("qty-3", "Observation.valueQuantity", observation(valueQuantity={"value": 5, "code": "g"})),
    ("rng-2", "Observation.valueRange", {
        **without(observation(), "valueQuantity"), "valueRange": {"low": {"value": 2}, "high": {"value": 1}}}),
    ("rat-1", "Observation.valueRatio", {
        **without(observation(), "valueQuantity"), "valueRatio": {"numerator": {"value": 1}}}),
    ("org-1", "Organization", {"resourceType": "Organization", "active": True}),
    ("org-2", "Organization.address[0]", {
        "resourceType": "Organization", "name": "a", "address": [{"use": "home", "text": "b"}]}),
    ("prr-1", "ServiceRequest", {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"display": "a"},
        "orderDetail": [{"text": "a"}]}),
    ("con-4", "Condition", {
        "resourceType": "Condition", "subject": {"display": "a"}, "abatementDateTime": "2026",
        "clinicalStatus": {"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}}),
    ("inv-1-task", "Task", {
        "resourceType": "Task", "status": "ready", "intent": "order",
        "authoredOn": "2026-01-02T00:00:00Z", "lastModified": "2026-01-01T00:00:00Z"}),
    ("inv-1-parameters", "Parameters.parameter[0]", {"resourceType": "Parameters", "parameter": [{"name": "a"}]}),
    ("app-2", "Appointment", {
        "resourceType": "Appointment", "status": "proposed", "start": "2026-01-01T00:00:00Z",
        "participant": [{"actor": {"display": "a"}, "status": "accepted"}]}),
    ("cpb-9", "CapabilityStatement.rest[0]", {
        "resourceType": "CapabilityStatement", "status": "active", "date": "2026", "kind": "requirements",
        "description": "a", "fhirVersion": "4.0.1", "format": ["json"],
        "rest": [{"mode": "server", "resource": [{"type": "Patient"}, {"type": "Patient"}]}]}),
    ("drt-1", "Specimen.collection.duration", {
        "resourceType": "Specimen", "collection": {"duration": {"value": 1, "system": "urn:x", "code": "h"}}}),
    ("tim-1", "ServiceRequest.occurrenceTiming.repeat", {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"display": "a"},
        "occurrenceTiming": {"repeat": {"duration": 1}}}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "place", "resource"), BROKEN, ids=[rule for rule, _, _ in BROKEN])
def test_a_broken_invariant_is_named_by_its_key_at_its_element(rule: str, place: str, resource: dict[str, Any]) -> None:
    assert check(resource) == [Issue("error", "invariant", rule, place)]


SHOULD: list[tuple[str, str, dict[str, Any]]] = [
    ("vsd-0", "ValueSet", {"resourceType": "ValueSet", "status": "draft", "name": "mã xét nghiệm"}),
    ("nor-1", "NutritionOrder", {
        "resourceType": "NutritionOrder", "status": "active", "intent": "order", "dateTime": "2026",
        "patient": {"display": "a"}}),
    ("eld-21", "StructureDefinition.differential.element[0].constraint[0]", {
        "resourceType": "StructureDefinition", "url": "http://a.example/b", "name": "B", "status": "draft",
        "kind": "resource", "abstract": False, "type": "Patient", "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "differential": {"element": [{"id": "Patient", "path": "Patient", "constraint": [
            {"key": "a-1", "severity": "error", "human": "a"}]}]}}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "place", "resource"), SHOULD, ids=[rule for rule, _, _ in SHOULD])
def test_what_r4_says_should_be_is_a_warning_and_refuses_nothing(
    rule: str, place: str, resource: dict[str, Any]
) -> None:
    assert check(resource) == [Issue("warning", "invariant", rule, place)]


UNNARRATED = {"resourceType": "Condition", "subject": {"display": "a"}}
BY_GOOD_PRACTICE = [("dom-6", "Bundle.entry[0].resource"), ("dom-6", "Bundle.entry[1].resource")]


def test_good_practice_is_said_only_to_who_asks_for_it() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": patient()}, {"resource": UNNARRATED}],
    }
    assert check(bundle) == []
    asked = check(bundle, best_practice=True)
    assert [(issue.rule, issue.expression) for issue in asked] == BY_GOOD_PRACTICE
    assert {issue.severity for issue in asked} == {"warning"}
    assert check_json(dumps(bundle), best_practice=True) == asked


def test_good_practice_is_what_r4_marks_so() -> None:
    assert {
        rule for rule in definition_file("invariants") if (found := invariant(rule)) and found.is_best_practice
    } == {
        "con-3",
        "dom-6",
    }


@pytest.mark.parametrize(
    "resource",
    [
        observation(component=[{"code": {"text": "khác"}}]),
        patient(name=[{"period": {"start": "2026-01", "end": "2026-01-15"}}]),
        patient(name=[{"period": {"start": "2026-01-01T23:00:00+07:00", "end": "2026-01-01T17:00:00Z"}}]),
        observation(valueQuantity={"value": 5, "system": UCUM, "code": "g"}),
        {
            **without(observation(), "valueQuantity"),
            "valueRange": {"low": {"value": 2, "unit": "g"}, "high": {"value": 1, "unit": "kg"}},
        },
    ],
    ids=["other component", "finer end", "zones", "unit with system", "two units"],
)
def test_what_only_looks_like_a_break_is_accepted(resource: dict[str, Any]) -> None:
    assert found(resource) == []


def test_the_sentence_of_an_invariant_is_the_specifications_own() -> None:
    for rule, definition in definition_file("invariants").items():
        human = definition["human"].replace("{", "{{").replace("}", "}}")
        assert catalogue()[rule]["en"] == human


def test_the_vietnamese_of_an_invariant_is_a_sentence_of_its_own() -> None:
    for rule, definition in definition_file("invariants").items():
        vietnamese = catalogue()[rule]["vi"]
        assert vietnamese.endswith(".")
        assert definition["human"] not in vietnamese


def test_every_invariant_is_compiled_or_stands_apart_with_its_reason() -> None:
    refused = set()
    for rule, definition in definition_file("invariants").items():
        try:
            compile_text(definition["expression"])
        except FhirPathError:
            refused.add(rule)
    assert refused == set(rules_apart()["not_evaluated"])


def test_the_rules_judged_outside_fhirpath_are_named_and_judged() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
    narrated = [patient(text={"status": "generated", "div": div.format(text)}) for text in ("<script>1</script>", " ")]
    organization = {"resourceType": "Organization", "id": "o", "name": "a"}
    broken = [
        *narrated,
        patient(name=[{}]),
        observation(contained=[organization]),
        observation(performer=[{"reference": "#o"}]),
    ]
    assert {rule for resource in broken for rule, _ in found(resource)} == set(rules_apart()["native"])


def test_a_rule_that_cannot_be_decided_is_a_warning_and_refuses_nothing() -> None:
    walked = walk(patient())
    rule = Invariant("a-1", "name.given.startsWith('V')")
    walked.rules = [(rule, walked.scopes[0].node, "Patient", walked.scopes[0])]
    [issue] = invariant_issues(walked, Resolver(walked))
    assert (issue.rule, issue.parameters, issue.refuses) == ("r4-rule-undecided", {"key": "a-1"}, False)


@pytest.mark.parametrize(
    ("resource", "rule", "place"),
    [
        (
            {
                "resourceType": "Questionnaire",
                "status": "draft",
                "item": [
                    {
                        "linkId": "1",
                        "type": "group",
                        "item": [{"linkId": "2", "type": "display", "required": True}],
                    }
                ],
            },
            "que-6",
            "Questionnaire.item[0].item[0]",
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "a", "part": [{"name": "b", "valueString": "x", "part": [{"name": "c"}]}]}],
            },
            "inv-1-parameters",
            "Parameters.parameter[0].part[0]",
        ),
    ],
)
def test_an_element_defined_as_another_is_held_to_the_others_invariants(
    resource: dict[str, Any], rule: str, place: str
) -> None:
    """contentReference: an item in an item is an item."""
    assert (rule, place) in [(issue.rule, issue.expression) for issue in check(resource)]
