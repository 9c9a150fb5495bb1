"""Extensions: where they may stand, what they hold, and which are not known."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.r4 import check
from gateway.r4.check import walked_issues
from gateway.r4.quick import certainly_valid
from tests.r4.samples import found, observation, patient

CORE = "http://hl7.org/fhir/StructureDefinition"
ABSENT = {"url": f"{CORE}/data-absent-reason", "valueCode": "unknown"}
BIRTH_PLACE = {"url": f"{CORE}/patient-birthPlace", "valueAddress": {"text": "Huế"}}
BIRTH_TIME = {"url": f"{CORE}/patient-birthTime", "valueDateTime": "1980-02-29T08:00:00+07:00"}
NOT_PERFORMED = {"url": f"{CORE}/request-doNotPerform", "valueBoolean": True}
NATIONALITY = f"{CORE}/patient-nationality"
VIETNAM = {"coding": [{"system": "urn:iso:std:iso:3166", "code": "VN"}]}
PERIOD = {"start": "2020-01-01"}


def nationality(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return patient(extension=[{"url": NATIONALITY, "extension": list(parts), **more}])


def on(*extensions: dict[str, Any]) -> dict[str, Any]:
    return patient(extension=list(extensions))


def questionnaire(kind: str, extension: dict[str, Any]) -> dict[str, Any]:
    inner = {"linkId": "1.1", "text": "a", "type": kind, "extension": [extension]}
    item = {"linkId": "1", "text": "a", "type": "group", "item": [inner]}
    return {"resourceType": "Questionnaire", "status": "active", "item": [item]}


VERTICAL = {"url": f"{CORE}/questionnaire-choiceOrientation", "valueCode": "vertical"}
ORDER = {"resourceType": "NutritionOrder", "status": "active", "intent": "order",
         "patient": {"reference": "Patient/1"}, "dateTime": "2026-11-22", "oralDiet": {"instruction": "a"}}  # fmt: skip


def contexts_broken(resource: dict[str, Any]) -> list[str]:
    """Where extensions stand that may not; the resource may lack what is beside the matter."""
    return [issue.expression for issue in walked_issues(resource) if issue.rule == "r4-extension-context"]


@pytest.mark.parametrize(
    "resource",
    [
        on(BIRTH_PLACE),
        on({"url": f"{CORE}/patient-mothersMaidenName", "_valueString": {"extension": [ABSENT]}}),
        patient(_birthDate={"extension": [BIRTH_TIME]}),
        patient(_birthDate={"extension": [ABSENT]}),
        patient(name=[{"family": "Nguyễn", "_family": {"extension": [
            {"url": f"{CORE}/humanname-own-name", "valueString": "Nguyễn"}]}}]),
        patient(contact=[{"name": {"text": "a", "extension": [ABSENT]}}]),
        nationality({"url": "code", "valueCodeableConcept": VIETNAM}, {"url": "period", "valuePeriod": PERIOD}),
        on({"url": "https://hospital.example/ward", "valueString": "A"}),
        on({"url": "urn:oid:1.2.3", "extension": [{"url": "a", "extension": [{"url": "b", "valueCode": "c"}]}]}),
        on({"url": "http://hl7.org/fhir/5.0/StructureDefinition/extension-Patient.name", "valueString": "A"}),
        on({"url": f"{CORE}/annotationType", "valueCodeableConcept": VIETNAM}),
        observation(valueQuantity={"value": 1, "extension": [
            {"url": f"{CORE}/iso21090-uncertainty", "valueDecimal": 1}]}),
        {"resourceType": "Basic", "code": VIETNAM, "extension": [ABSENT]},
    ],
)  # fmt: skip
def test_a_known_extension_in_its_place_is_valid_and_so_is_one_of_somebody_elses(resource: dict[str, Any]) -> None:
    assert walked_issues(resource) == []


@pytest.mark.parametrize(
    ("resource", "rule", "place"),
    [
        (observation(extension=[BIRTH_PLACE]), "r4-extension-context", "Observation.extension[0]"),
        (patient(_gender={"extension": [BIRTH_TIME]}), "r4-extension-context", "Patient.gender.extension[0]"),
        (patient(name=[{"text": "a", "extension": [BIRTH_PLACE]}]), "r4-extension-context",
         "Patient.name[0].extension[0]"),
        (on({"url": f"{CORE}/patient-birthPlace", "valueString": "Huế"}), "r4-extension-type",
         "Patient.extension[0].value"),
        (on({"url": f"{CORE}/data-absent-reason", "valueCode": "gone"}), "r4-code", "Patient.extension[0].value"),
        (on({"url": NATIONALITY, "valueCodeableConcept": VIETNAM}), "r4-extension-value-forbidden",
         "Patient.extension[0]"),
        (nationality({"url": "code", "valueString": "VN"}), "r4-extension-type",
         "Patient.extension[0].extension[0].value"),
        (nationality(*[{"url": "code", "valueCodeableConcept": VIETNAM}] * 2), "r4-extension-part-repeated",
         "Patient.extension[0]"),
        (on({"url": f"{CORE}/patient-birthPlace", "extension": [{"url": "a", "valueString": "b"}]}),
         "r4-extension-part-forbidden", "Patient.extension[0].extension[0]"),
        (on({"url": f"{CORE}/patient-birthPlace", "extension": [ABSENT]}), "r4-extension-value-missing",
         "Patient.extension[0]"),
        (on({"url": f"{CORE}/patient-proficiency", "extension": []}), "r4-extension-context", "Patient.extension[0]"),
        (on(BIRTH_PLACE, BIRTH_PLACE), "r4-extension-repeated", "Patient"),
        (patient(modifierExtension=[BIRTH_PLACE]), "r4-extension-no-modifier", "Patient.modifierExtension[0]"),
        ({**ORDER, "extension": [NOT_PERFORMED]}, "r4-extension-modifier", "NutritionOrder.extension[0]"),
        (patient(modifierExtension=[{"url": "https://hospital.example/not", "valueBoolean": True}]),
         "r4-modifier-extension-unknown", "Patient.modifierExtension[0]"),
        (patient(modifierExtension=[{"url": f"{CORE}/artifact-status", "valueCode": "a"}]),
         "r4-modifier-extension-unknown", "Patient.modifierExtension[0]"),
        (on({"url": "ward", "valueString": "A"}), "r4-extension-url", "Patient.extension[0].url"),
        (on({**BIRTH_PLACE, "url": f"{CORE}/patient-birthPlace|4.0.1"}), "r4-extension-version",
         "Patient.extension[0].url"),
        (on({"url": "https://hospital.example/a|1", "valueString": "A"}), "r4-extension-version",
         "Patient.extension[0].url"),
        (on({"url": "https://hospital.example/a", "extension": [{"url": "b", "extension": [NOT_PERFORMED]}]}),
         "r4-extension-modifier", "Patient.extension[0].extension[0].extension[0]"),
        (questionnaire("string", VERTICAL), "r4-extension-context-rule", "Questionnaire.item[0].item[0].extension[0]"),
        (on({"url": f"{CORE}/patient-cadavericDonor", "valueBoolean": True},
            {"url": f"{CORE}/relatedperson-no-such", "valueBoolean": True}), "r4-extension-unknown",
         "Patient.extension[1]"),
        (nationality({"url": "land", "valueCodeableConcept": VIETNAM}), "r4-extension-part-unknown",
         "Patient.extension[0].extension[0]"),
    ],
)  # fmt: skip
def test_what_its_definition_does_not_allow_is_said(resource: dict[str, Any], rule: str, place: str) -> None:
    assert (rule, place) in found(resource)
    assert not certainly_valid(resource)


def test_a_modifier_that_is_known_stands_under_modifier_extension() -> None:
    assert check({**ORDER, "modifierExtension": [NOT_PERFORMED]}) == []


def test_an_unknown_name_of_hl7_and_an_unknown_part_are_warnings() -> None:
    unknown = on({"url": f"{CORE}/no-such-extension", "valueString": "a"})
    part = nationality({"url": "land", "valueCodeableConcept": VIETNAM})
    assert [issue.severity for resource in (unknown, part) for issue in check(resource)] == ["warning"] * 2


def test_no_value_and_no_url_of_the_sender_is_told() -> None:
    secret = {"url": "https://secret.example/secret", "valueString": "secret"}
    for made in (
        patient(modifierExtension=[secret]),
        nationality({**secret, "url": "secret"}),
        on({**secret, "url": "secret"}),
        on({**secret, "url": f"{CORE}/patient-birthPlace"}),
        on({**secret, "url": f"{CORE}/secret"}),
    ):
        issues = check(made)
        assert issues
        assert "secret" not in " ".join(f"{issue.text('en')} {issue.text('vi')} {issue.parameters}" for issue in issues)


def test_a_context_may_be_a_datatype_a_path_through_one_or_an_element_that_repeats_another() -> None:
    assert check(questionnaire("choice", VERTICAL)) == []
    lowered = {"url": f"{CORE}/specimen-collectionPriority", "valueCodeableConcept": VIETNAM}
    assert check({"resourceType": "Specimen", "collection": {"extension": [lowered]}}) == []
    code = {"url": f"{CORE}/patient-preferenceType", "valueCoding": {"system": "urn:a", "code": "a"}}
    language = [{"language": VIETNAM, "preferred": True, "_preferred": {"extension": [code]}}]
    assert check(patient(communication=language)) == []


def test_a_path_through_a_datatype_is_a_context_of_that_element_alone() -> None:
    permitted = {"url": f"{CORE}/11179-permitted-value-valueset", "valueCanonical": "http://a.example/v"}
    bound = {"strength": "example", "valueSet": "http://a.example/v", "_valueSet": {"extension": [permitted]}}

    def with_binding(binding: dict[str, Any]) -> dict[str, Any]:
        rows = {"element": [{"id": "a", "path": "Ward.a", "binding": binding}]}
        return {"resourceType": "StructureDefinition", "differential": rows}

    assert contexts_broken(with_binding(bound)) == []
    place = "StructureDefinition.differential.element[0].binding.extension[0]"
    assert contexts_broken(with_binding({**bound, "extension": [permitted]})) == [place]


def test_a_later_context_of_canonical_resources_is_those_with_a_url_and_a_status() -> None:
    normative = {"url": f"{CORE}/structuredefinition-normative-version", "valueCode": "4.0.0"}
    system = {"resourceType": "CodeSystem", "status": "active", "content": "complete", "extension": [normative]}
    assert contexts_broken(system) == []
    assert contexts_broken(on(normative)) == ["Patient.extension[0]"]


def test_where_r4s_own_definitions_use_an_extension_it_may_stand() -> None:
    regex = {"url": f"{CORE}/regex", "valueString": "[a-z]"}
    kinds = [{"code": "string", "extension": [regex]}]
    rows = {"element": [{"id": "a", "path": "Ward.a", "type": kinds}]}
    assert contexts_broken({"resourceType": "StructureDefinition", "differential": rows}) == []
    assert contexts_broken(on(regex)) == ["Patient.extension[0]"]


def test_the_reference_of_a_known_extension_points_to_the_types_of_its_definition() -> None:
    genetics = {"url": f"{CORE}/DiagnosticReport-geneticsAssessedCondition"}
    report = {"resourceType": "DiagnosticReport", "status": "final", "code": VIETNAM}
    right, wrong = ({**genetics, "valueReference": {"reference": f"{name}/1"}} for name in ("Condition", "Patient"))
    assert check({**report, "extension": [right]}) == []
    assert found({**report, "extension": [wrong]}) == [
        ("r4-reference-type", "DiagnosticReport.extension[0].value.reference")
    ]
