"""Bindings: what is refused, what is remarked on, what is left open. https://hl7.org/fhir/R4/terminologies.html#strength"""

from __future__ import annotations

from typing import Any

import pytest

from gateway.r4 import check
from gateway.r4.bindings import member_of
from gateway.r4.code_systems import has_code
from gateway.r4.quick import certainly_valid
from tests.r4.samples import found, observation, patient

_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_VALUE_SET = "http://hl7.org/fhir/ValueSet"
_UCUM = "http://unitsofmeasure.org"


def interpreted(*codings: dict[str, Any]) -> dict[str, Any]:
    return observation(interpretation=[{"coding": list(codings), "text": "cao"}])


def said(resource: dict[str, Any]) -> list[tuple[str, str]]:
    return [(issue.severity, issue.rule) for issue in check(resource)]


@pytest.mark.parametrize(
    "codings",
    [
        [{"system": _INTERPRETATION, "code": "H"}],
        [{"system": "http://a.example", "code": "cao"}, {"system": _INTERPRETATION, "code": "H"}],
        [{"display": "cao"}],
        [{"code": "H"}],
    ],
    ids=["in the set", "one of two in the set", "no code", "no system"],
)
def test_an_extensible_value_set_is_met_or_not_asked(codings: list[dict[str, Any]]) -> None:
    for _ in range(2):  # what is found valid is remembered
        assert said(interpreted(*codings)) == []
        assert certainly_valid(interpreted(*codings))


@pytest.mark.parametrize("system", ["http://a.example", "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"])
def test_a_code_outside_of_an_extensible_value_set_is_remarked_on_and_never_refused(system: str) -> None:
    made = interpreted({"display": "x"}, {"system": system, "code": "UNK"})
    assert said(made) == [("warning", "r4-code-extensible")]


def test_a_code_known_to_be_in_the_set_does_not_vouch_for_one_without_system() -> None:
    assert certainly_valid(interpreted({"display": "x"}))
    assert not certainly_valid(interpreted({"display": "x"}, {"system": "http://a.example", "code": "x"}))


def test_identifiers_may_be_of_a_type_that_r4_does_not_list() -> None:
    def typed(code: str) -> dict[str, Any]:
        kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": code}]}
        return patient(identifier=[{"type": kind, "value": "1"}])

    assert found(typed("PI")) == []
    assert [rule for rule, _ in found(typed("XYZ"))] == ["r4-code-unknown"]


def test_what_nobody_lists_is_said_to_be_unchecked_and_not_wrong() -> None:
    study: dict[str, Any] = {
        "resourceType": "ImagingStudy",
        "status": "available",
        "subject": {"reference": "Patient/1"},
    }
    study["procedureCode"] = [{"coding": [{"system": "http://www.radlex.org", "code": "RPID2589"}]}]
    assert said(study) == [("information", "r4-code-unchecked")]
    assert not certainly_valid(study)


def test_a_code_that_its_system_has_is_enough_where_the_value_set_is_nowhere_to_be_had() -> None:
    study: dict[str, Any] = {
        "resourceType": "ImagingStudy",
        "status": "available",
        "subject": {"reference": "Patient/1"},
    }
    study["modality"] = [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}]
    assert said(study) == []


@pytest.mark.parametrize(
    ("value", "rules"),
    [("vi-VN", []), ("vi_VN", ["r4-code"]), ("Vietnamese language", ["r4-code"]), (7, ["r4-json-string"])],
)
def test_a_language_is_a_bcp_47_tag(value: Any, rules: list[str]) -> None:
    assert [rule for rule, _ in found(patient(language=value))] == rules


@pytest.mark.parametrize(("value", "rules"), [("application/pdf; a=b c", []), ("pdf", ["r4-code"])])
def test_a_content_type_is_a_media_type(value: str, rules: list[str]) -> None:
    assert [rule for rule, _ in found(patient(photo=[{"contentType": value, "url": "http://a.example"}]))] == rules


@pytest.mark.parametrize(("value", "rules"), [("VND", []), ("SLL", []), ("XYZ", ["r4-code"]), ("vnd", ["r4-code"])])
def test_a_currency_is_one_of_iso_4217(value: str, rules: list[str]) -> None:
    account = {"resourceType": "Invoice", "status": "issued", "totalNet": {"value": 1, "currency": value}}
    assert [rule for rule, _ in found(account)] == rules


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("administrative-gender", "male", True),
        ("administrative-gender|4.0.1", "M", False),
        ("ucum-bodyweight", {"system": _UCUM, "code": "kg", "value": 1}, True),
        ("ucum-bodyweight", {"system": _UCUM, "code": "t", "value": 1}, False),
        ("ucum-units", {"system": _UCUM, "code": "mg/dL"}, True),
        ("observation-category", {"coding": [{"code": "x"}, {"system": None}]}, False),
        ("observation-codes", {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]}, None),
        ("observation-codes", {"coding": [{"system": "http://loinc.org", "code": "2345-8"}]}, False),
        ("observation-codes", {"text": "glucose"}, False),
        ("no-such-value-set", {"system": _UCUM, "code": "kg"}, None),
        ("no-such-value-set", "kg", None),
        ("administrative-gender", ["male"], False),
        ("administrative-gender", {"coding": "male"}, False),
    ],
)
def test_member_of_answers_or_says_that_it_cannot_know(name: str, value: Any, answer: bool | None) -> None:
    assert member_of(f"{_VALUE_SET}/{name}", value) is answer


@pytest.mark.parametrize(
    ("system", "code", "answer"),
    [
        ("urn:ietf:bcp:13", "text/plain", True),
        ("urn:iso:std:iso:3166", "VN", True),
        ("urn:iso:std:iso:3166", "704", True),
        ("urn:iso:std:iso:3166", "VIE", False),
        ("http://hl7.org/fhir/administrative-gender", "female", True),
        ("http://snomed.info/sct", "112283007", None),
        ("http://a.example", "x", None),
    ],
)
def test_a_system_has_a_code_or_not_or_nobody_knows(system: str, code: str, answer: bool | None) -> None:
    assert has_code(system, code) is answer


@pytest.mark.parametrize(
    ("system", "code", "severity", "rule"),
    [
        ("http://hl7.org/fhir/administrative-gender", "M", "error", "r4-code-unknown"),
        ("http://terminology.hl7.org/CodeSystem/observation-category", "lab", "warning", "r4-code-unknown"),
        ("http://snomed.info/sct", "112283008", "warning", "r4-code-form"),
        ("http://loinc.org", "2345-8", "warning", "r4-code-form"),
    ],
)
def test_a_code_that_its_system_has_not(system: str, code: str, severity: str, rule: str) -> None:
    made = observation(category=[{"coding": [{"system": system, "code": code}]}])
    assert said(made) == [(severity, rule)]
    assert found(made) == [(rule, "Observation.category[0].coding[0].code")]
