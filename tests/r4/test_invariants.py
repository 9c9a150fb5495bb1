"""The invariants: all of them compiled; errors, warnings, good practice. Each is broken in the catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.jsontext import dumps
from gateway.messages import catalogue
from gateway.r4 import check, check_json
from gateway.r4.check import invariant_issues
from gateway.r4.definition_files import definition_file, rules_apart
from gateway.r4.fhirpath import FhirPathError, compile_text
from gateway.r4.invariants import Invariant, invariant
from gateway.r4.resolving import Resolver
from gateway.r4.structure import walk
from tests.r4.samples import OBSERVATION, PATIENT, found, observation, patient, without

UCUM = "http://unitsofmeasure.org"


UNNARRATED = {"resourceType": "Condition", "subject": {"display": "a"}}
BY_GOOD_PRACTICE = [("dom-6", "Bundle.entry[0].resource"), ("dom-6", "Bundle.entry[1].resource")]


def test_good_practice_is_said_only_to_who_asks_for_it() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": PATIENT, "resource": patient()}, {"fullUrl": OBSERVATION, "resource": UNNARRATED}],
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
    walked.ruled = [((rule,), walked.scopes[0].node, "Patient", walked.scopes[0])]
    [issue] = invariant_issues(walked, Resolver(walked))
    assert (issue.rule, issue.parameters, issue.refuses) == ("r4-rule-undecided", {"key": "a-1"}, False)
