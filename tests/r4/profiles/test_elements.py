"""What a profile says of one element: how often, of which type, with which value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from gateway.r4.check import check
from gateway.r4.profiles import Profiles
from tests.r4.profiles.made import CORE, URL, broken, profile, row, slicing
from tests.r4.samples import observation, patient, without

QUANTITY = {"value": Decimal("5.1"), "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"}
HEMOGLOBIN = {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin"}]}
OTHER = {"coding": [{"system": "http://loinc.org", "code": "789-8"}]}


def measured(**more: Any) -> dict[str, Any]:
    return observation(**{"code": HEMOGLOBIN, "valueQuantity": QUANTITY, **more})


def text(**more: Any) -> dict[str, Any]:
    return {**without(measured(), "valueQuantity"), "valueString": "năm", **more}


@pytest.mark.parametrize(
    ("asked", "kept", "departs", "rule", "place"),
    [
        (row("Observation.bodySite", min=1), measured(bodySite={"text": "a"}), measured(), "required", ""),
        (row("Observation.bodySite", max="0"), measured(), measured(bodySite={"text": "a"}), "max", ".bodySite"),
        (
            row("Observation.category", max="1"),
            measured(category=[{"text": "a"}]),
            measured(category=[{"text": "a"}, {"text": "b"}]),
            "max",
            ".category[1]",
        ),
        (row("Observation.value[x]", type=[{"code": "Quantity"}]), measured(), text(), "type", ".value"),
        (row("Observation.status", fixedCode="final"), measured(), measured(status="amended"), "fixed", ".status"),
        (
            row("Observation.code", fixedCodeableConcept=OTHER),
            measured(code=OTHER),
            measured(code={**OTHER, "text": "a"}),
            "fixed",
            ".code",
        ),
        (
            row("Observation.code", patternCodeableConcept={"coding": [{"code": "718-7"}]}),
            measured(code={"coding": [*OTHER["coding"], *HEMOGLOBIN["coding"]]}),
            measured(code=OTHER),
            "pattern",
            ".code",
        ),
        (
            row("Observation.value[x]", minValueQuantity={**QUANTITY, "value": Decimal("5.10")}),
            measured(),
            measured(valueQuantity={**QUANTITY, "value": Decimal("5.09")}),
            "value-min",
            ".value",
        ),
        (
            row("Observation.effective[x]", maxValueDateTime="2026-11"),
            measured(effectiveDateTime="2026-11-30"),
            measured(effectiveDateTime="2026-12-01"),
            "value-max",
            ".effective",
        ),
        (row("Observation.value[x]", maxLength=3), text(), text(valueString="năm5"), "length", ".value"),
        (
            row("Observation.code", constraint=[{"key": "a-1", "severity": "error", "expression": "text.exists()"}]),
            measured(code={"text": "a"}),
            measured(),
            "constraint",
            ".code",
        ),
        (
            row("Observation.subject", type=[{"code": "Reference", "targetProfile": [CORE + "Group"]}]),
            measured(subject={"reference": "Group/1"}),
            measured(subject={"reference": "Patient/1"}),
            "reference-type",
            ".subject.reference",
        ),
    ],
    ids=lambda value: value.get("id") if isinstance(value, dict) else None,
)
def test_each_statement_is_held_to(
    asked: dict[str, Any], kept: dict[str, Any], departs: dict[str, Any], rule: str, place: str
) -> None:
    definition = profile("Observation", asked)
    assert broken(kept, definition) == []
    assert broken(departs, definition) == [(rule, f"Observation{place}")]


def test_what_nothing_is_said_of_is_free() -> None:
    assert broken(measured(), profile("Observation", row("Observation"))) == []


def test_a_constraint_with_the_severity_warning_refuses_nothing() -> None:
    rule = {"key": "a-1", "severity": "warning", "expression": "false", "human": "never"}
    assert broken(patient(), profile("Patient", row("Patient", constraint=[rule]))) == [("constraint", "Patient")]


def test_an_element_below_a_slice_is_asked_of_its_items_only() -> None:
    definition = profile(
        "Patient",
        row("Patient.identifier", slicing=slicing(("value", "system"))),
        row("Patient.identifier:mr", min=1, max="1"),
        row("Patient.identifier:mr.system", fixedUri="http://a.example/mr"),
        row("Patient.identifier:mr.value", min=1),
    )
    mr, other = {"system": "http://a.example/mr", "value": "1"}, {"system": "http://a.example/other"}
    assert broken(patient(identifier=[other, mr]), definition) == []
    assert broken(patient(identifier=[other, without(mr, "value")]), definition) == [
        ("required", "Patient.identifier[1]")
    ]
    assert broken(patient(identifier=[other]), definition) == [("slice", "Patient")]
    assert broken(patient(identifier=[mr, mr]), definition) == [("slice-max", "Patient.identifier[1]")]


def test_what_cannot_be_told_is_said_to_be_unchecked() -> None:
    unlisted = {"strength": "required", "valueSet": "http://a.example/ValueSet/unknown"}
    definition = profile("Observation", row("Observation.code", binding=unlisted))
    assert broken(measured(), definition) == [("code-unchecked", "Observation.code")]
    rule = {"key": "a-1", "severity": "error", "human": "a", "expression": "no such(thing"}
    definition = profile("Observation", row("Observation.code", constraint=[rule]))
    assert broken(measured(), definition) == [("constraint-unchecked", "Observation.code")]


def test_a_binding_asks_for_a_code_of_its_value_set() -> None:
    listed = {
        "resourceType": "ValueSet",
        "url": "http://a.example/ValueSet/v",
        "compose": {"include": [{"system": "http://loinc.org", "concept": [{"code": "718-7"}]}]},
    }

    def bound(strength: str) -> dict[str, Any]:
        binding = {"strength": strength, "valueSet": f"{listed['url']}|1.0"}
        return profile("Observation", row("Observation.code", binding=binding))

    for strength, severity in (("required", "error"), ("extensible", "warning")):
        definition = bound(strength)
        assert broken(measured(), definition, listed) == []
        [issue] = check(measured(code=OTHER), profiles=Profiles.of([definition, listed]), asked=[URL])
        assert (issue.severity, issue.rule, issue.expression) == (severity, "r4-profile-code", "Observation.code")
    assert broken(measured(code={"text": "a"}), bound("extensible"), listed) == []
    assert broken(measured(code={"text": "a"}), bound("required"), listed) == [("code", "Observation.code")]
    assert broken(measured(code=OTHER), bound("preferred"), listed) == []


def test_a_code_that_r4_and_the_profile_ask_for_alike_is_told_once() -> None:
    alike = {"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/observation-status|4.0.1"}
    definition = profile("Observation", row("Observation.status", binding=alike))
    said = [issue.rule for issue in check(measured(status="x"), profiles=Profiles.of([definition]), asked=[URL])]
    assert said == ["r4-code"]
    narrower = {
        "resourceType": "ValueSet",
        "url": "http://a.example/ValueSet/v",
        "compose": {"include": [{"system": "http://hl7.org/fhir/observation-status", "concept": [{"code": "final"}]}]},
    }
    definition = profile(
        "Observation", row("Observation.status", binding={"strength": "required", "valueSet": narrower["url"]})
    )
    assert broken(measured(status="preliminary"), definition, narrower) == [("code", "Observation.status")]


def test_a_constraint_may_ask_for_another_profile() -> None:
    other = profile("Quantity", row("Quantity.unit", min=1), url="http://a.example/unit")
    expression = f"value.conformsTo('{other['url']}')"
    rule = {"key": "a-1", "severity": "error", "human": "a", "expression": expression}
    definition = profile("Observation", row("Observation", constraint=[rule]))
    assert broken(measured(), definition, other) == []
    bare = measured(valueQuantity=without(QUANTITY, "unit"))
    assert broken(bare, definition, other) == [("constraint", "Observation")]
    assert broken(bare, definition) == [("constraint-unchecked", "Observation")]


def test_a_constraint_that_answers_nothing_is_not_met() -> None:
    rule = {"key": "a-1", "severity": "error", "human": "a", "expression": "bodySite.text = 'a'"}
    definition = profile("Observation", row("Observation", constraint=[rule]))
    assert broken(measured(bodySite={"text": "a"}), definition) == []
    assert broken(measured(), definition) == [("constraint", "Observation")]


def test_a_constraint_may_ask_for_a_value_set_brought_or_of_r4() -> None:
    listed = "http://a.example/ValueSet/v"
    brought = {
        "resourceType": "ValueSet",
        "url": listed,
        "compose": {"include": [{"system": "http://loinc.org", "concept": [{"code": "718-7"}]}]},
    }

    def asking(value_set: str, path: str = "code") -> dict[str, Any]:
        rule = {"key": "a-1", "severity": "error", "human": "a", "expression": f"{path}.memberOf('{value_set}')"}
        return profile("Observation", row("Observation", constraint=[rule]))

    assert broken(measured(), asking(listed), brought) == []
    assert broken(measured(code=OTHER), asking(listed), brought) == [("constraint", "Observation")]
    assert broken(measured(), asking("http://a.example/none"), brought) == [("constraint-unchecked", "Observation")]
    statuses = "http://hl7.org/fhir/ValueSet/observation-status"
    assert broken(measured(), asking(statuses, "status")) == []
    assert broken(measured(), asking("http://hl7.org/fhir/ValueSet/administrative-gender", "status")) == [
        ("constraint", "Observation")
    ]
