"""Extensions: where they may stand, what they hold, and which are not known."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.bundle import CANONICAL
from gateway.r4 import check
from gateway.r4.check import walked_issues
from gateway.r4.definition_files import definition_file, extensions_pack, own_extensions
from gateway.r4.extension_definitions import extension_definition, read
from gateway.r4.extension_rows import compact
from gateway.r4.extensions import extension_issues
from gateway.r4.quick import certainly_valid
from gateway.r4.references import Resolver
from gateway.r4.structure import walk
from tests.r4.samples import found, observation, patient
from tests.r4.translated import bundles

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
         "Patient.extension[0].valueString"),
        (on({"url": f"{CORE}/data-absent-reason", "valueCode": "gone"}), "r4-code", "Patient.extension[0].valueCode"),
        (on({"url": NATIONALITY, "valueCodeableConcept": VIETNAM}), "r4-extension-value-forbidden",
         "Patient.extension[0]"),
        (nationality({"url": "code", "valueString": "VN"}), "r4-extension-type",
         "Patient.extension[0].extension[0].valueString"),
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


def test_the_reference_of_a_known_extension_points_to_the_types_of_its_definition() -> None:
    genetics = {"url": f"{CORE}/DiagnosticReport-geneticsAssessedCondition"}
    report = {"resourceType": "DiagnosticReport", "status": "final", "code": VIETNAM}
    right, wrong = ({**genetics, "valueReference": {"reference": f"{name}/1"}} for name in ("Condition", "Patient"))
    assert check({**report, "extension": [right]}) == []
    assert found({**report, "extension": [wrong]}) == [
        ("r4-reference-type", "DiagnosticReport.extension[0].valueReference.reference")
    ]


def structure(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "StructureDefinition", "type": "Extension", "derivation": "constraint",
        "url": "https://ward.example/ext", "differential": {"element": [
            {"path": "Extension", "max": "1"},
            {"path": "Extension.extension", "sliceName": "floor", "min": 1, "max": "2"},
            {"path": "Extension.extension.url", "fixedUri": "floor"},
            {"path": "Extension.extension.value[x]", "type": [{"code": "integer"}]},
            {"path": "Extension.value[x]", "max": "0"},
        ]}, **more}  # fmt: skip


def said_of(resource: dict[str, Any], definition: dict[str, Any]) -> list[str]:
    """The rules broken, with one definition brought by somebody."""
    walked = walk(resource)
    brought = read("https://ward.example/ext", compact(definition))
    known = {brought.url: brought}.get
    return [issue.rule for issue in extension_issues(walked, Resolver(walked), known)]


def ward(*floors: object) -> dict[str, Any]:
    parts = [{"url": "floor", "valueInteger": floor} for floor in floors]
    return {"url": "https://ward.example/ext", "extension": parts}


def test_a_definition_that_is_brought_holds_as_hl7s_own() -> None:
    assert said_of(on(ward(1)), structure()) == []
    assert said_of(on(ward(1, 2, 3)), structure()) == ["r4-extension-part-repeated"]
    assert said_of(on(ward()), structure()) == ["r4-extension-part-missing"]
    assert said_of(on({**ward(1), "valueString": "a"}), structure()) == ["r4-extension-value-forbidden"]
    assert said_of(on(ward(1), ward(1)), structure()) == ["r4-extension-repeated"]
    modifier = structure(snapshot={"element": [{"path": "Extension", "isModifier": True}]})
    plain = {"url": "https://ward.example/ext", "valueBoolean": True}
    assert said_of(patient(modifierExtension=[plain]), modifier) == []
    assert said_of(on(plain), modifier) == ["r4-extension-modifier"]


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        ({"type": "element", "expression": "DomainResource"}, True),
        ({"type": "element", "expression": "Observation.value[x]"}, False),
        ({"type": "element", "expression": "https://ward.example/profile#Patient.name"}, True),
        ({"type": "fhirpath", "expression": "Patient.where(gender = 'male')"}, True),
        ({"type": "fhirpath", "expression": "Patient.where(gender = 'female')"}, False),
        ({"type": "fhirpath", "expression": "this is (no expression"}, True),
        ({"type": "extension", "expression": "https://ward.example/other"}, False),
    ],
)
def test_a_context_is_an_element_a_query_or_an_extension(context: dict[str, str], allowed: bool) -> None:
    said = said_of(on(ward(1)), structure(context=[context]))
    assert said == ([] if allowed else ["r4-extension-context"])


def test_an_extension_may_stand_on_the_extension_that_is_its_context_or_on_what_a_query_finds() -> None:
    only_there = structure(context=[{"type": "extension", "expression": "https://ward.example/other"}])
    other = {"url": "https://ward.example/other", "extension": [ward(1)]}
    assert said_of(on(other), only_there) == []
    assert said_of(on({**other, "url": "https://ward.example/third"}), only_there) == ["r4-extension-context"]
    query = structure(context=[{"type": "fhirpath", "expression": "Patient.birthDate | Patient.name.given"}])
    assert said_of(patient(_birthDate={"extension": [ward(1)]}), query) == []
    assert said_of(patient(_gender={"extension": [ward(1)]}), query) == ["r4-extension-context"]


def test_the_condition_of_a_context_is_asked_of_the_element_and_knows_the_extension() -> None:
    rule = "gender = 'male' and %extension.extension.count() < 2"
    assert said_of(on(ward(1)), structure(contextInvariant=[rule])) == []
    assert said_of(on(ward(1, 2)), structure(contextInvariant=[rule])) == ["r4-extension-context-rule"]


def test_every_definition_can_be_read() -> None:
    for url in (*definition_file("extensions"), *own_extensions()):
        definition = extension_definition(url)
        assert definition is not None
        assert definition.contexts, url


def test_what_hl7_added_since_r4_is_in_hl7s_namespace_and_widens_what_is_known() -> None:
    for url, added in extensions_pack().items():
        assert url.startswith(CORE)
        assert (extension_definition(url) is not None) == bool(added)


def test_the_gateways_own_extensions_are_defined() -> None:
    def urls(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(urls, value))
        if not isinstance(value, dict):
            return set()
        own = {each["url"] for each in value.get("extension", ()) if each["url"].startswith(CANONICAL)}
        return own.union(*map(urls, value.values()))

    emitted = set().union(*map(urls, bundles().values()))
    assert emitted
    assert emitted <= own_extensions().keys()
    assert all(url.startswith(f"{CANONICAL}/StructureDefinition/") for url in own_extensions())
