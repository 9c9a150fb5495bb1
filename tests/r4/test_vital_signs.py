"""R4's vital signs: told by LOINC code and category, and what the first look says of them."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4 import check
from gateway.r4.built_in import built_in_profiles
from gateway.r4.definition_files import definition_file
from gateway.r4.profiles import profile_issues
from gateway.r4.quick import certainly_valid
from gateway.r4.vital_signs import LOINC, implied_profiles, profile_by_code, vital_sign
from tests.r4.instances import damaged
from tests.r4.samples import OBSERVATION, PATIENT, observation, patient

HL7 = "http://hl7.org/fhir/StructureDefinition"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
UNKNOWN = "r4-profile-unknown"  # said where the damage made a name of a profile: beside the first look
WEIGHT = {"value": 61, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}


def weight(**more: Any) -> dict[str, Any]:
    return (
        observation(
            category=[{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}],
            code={"coding": [{"system": LOINC, "code": "29463-7"}]},
            valueQuantity=WEIGHT,
        )
        | more
    )


def measured(code: str, number: int) -> dict[str, Any]:
    """A component of a blood pressure."""
    millimetres = {"unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {
        "code": {"coding": [{"system": LOINC, "code": code, "display": code}]},
        "valueQuantity": {"value": number, **millimetres},
    }


SYSTOLIC, DIASTOLIC = measured("8480-6", 120), measured("8462-4", 80)


def pressure(**more: Any) -> dict[str, Any]:
    made = weight(code={"coding": [{"system": LOINC, "code": "85354-9"}]}, component=[SYSTOLIC, DIASTOLIC])
    del made["valueQuantity"]
    return made | more


def category(code: str) -> list[dict[str, Any]]:
    return [{"coding": [{"system": CATEGORY, "code": code}]}]


def test_r4_has_ten_vital_signs_each_with_its_code() -> None:
    assert len(profile_by_code()) == 10
    assert {profile_by_code()[code].rpartition("/")[2] for code in ("29463-7", "85354-9", "2708-6", "85353-1")} == {
        "bodyweight", "bp", "oxygensat", "vitalspanel",
    }  # fmt: skip


def test_a_vital_sign_is_told_by_its_loinc_code_and_no_other_systems() -> None:
    assert vital_sign(weight()) == f"{HL7}/bodyweight"
    local = {"system": "urn:oid:1.2.3", "code": "W"}
    assert vital_sign(weight(code={"coding": [local, {"system": LOINC, "code": "8302-2"}]})) == f"{HL7}/bodyheight"
    assert vital_sign(weight(code={"coding": [{"system": "urn:oid:1.2.3", "code": "29463-7"}]})) is None
    assert vital_sign(observation()) is None
    assert vital_sign(patient()) is None


def test_it_must_conform_when_its_category_says_so() -> None:
    assert implied_profiles(weight()) == [f"{HL7}/bodyweight"]
    assert implied_profiles(weight(category=category("laboratory"))) == []
    assert implied_profiles(observation(category=category("vital-signs"))) == []


def test_a_laboratorys_own_measurement_is_told_and_not_refused() -> None:
    """A blood gas analyser's oxygen saturation has the code of the vital sign, and must not be lost."""
    saturation = weight(category=category("laboratory"), code={"coding": [{"system": LOINC, "code": "2708-6"}]})
    said = [(issue.severity, issue.rule, issue.expression) for issue in check(saturation)]
    assert said == [("warning", "r4-vital-sign-category", "Observation")]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": OBSERVATION, "resource": saturation}],
    }
    assert [issue.expression for issue in check(bundle)] == ["Bundle.entry[0].resource"]


def test_who_names_the_profile_is_held_to_it_and_not_told_of_the_category() -> None:
    named = weight(category=category("laboratory"), meta={"profile": [f"{HL7}/bodyweight|4.0.1"]})
    assert "r4-vital-sign-category" not in [issue.rule for issue in check(named)]


def test_the_first_look_knows_a_vital_sign_that_is_whole() -> None:
    assert certainly_valid(weight())
    assert certainly_valid(weight(effectiveDateTime="2026-11-22"))


@pytest.mark.parametrize(
    "change",
    [
        {"category": category("laboratory")},
        {"category": [*category("vital-signs"), *category("vital-signs")]},
        {"code": {"coding": [{"system": LOINC, "code": code} for code in ("29463-7", "8302-2")]}},
        {"code": {"coding": [{"system": LOINC, "code": "85354-9"}]}},
        {"effectiveDateTime": "2026-11"},
        {"subject": {"reference": "Group/1"}},
        {"subject": {"type": "Group", "display": "a ward"}},
        {"valueQuantity": WEIGHT | {"code": "cm"}},
        {"valueQuantity": WEIGHT | {"system": "http://example.org/units"}},
        {"valueQuantity": {key: WEIGHT[key] for key in ("value", "system", "code")}},
        {"hasMember": [{"reference": "Observation/1"}]},
        {"component": [{"code": {"text": "khác"}}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_first_look_leaves_every_other_to_the_walk(change: dict[str, Any]) -> None:
    assert not certainly_valid(weight(**change))


@pytest.mark.parametrize("missing", ["subject", "effectiveDateTime", "category", "valueQuantity"])
def test_the_first_look_leaves_one_that_lacks_something_to_the_walk(missing: str) -> None:
    assert not certainly_valid({key: value for key, value in weight().items() if key != missing})


def test_the_first_look_knows_a_blood_pressure_that_is_whole() -> None:
    assert certainly_valid(pressure())
    assert certainly_valid(pressure(component=[DIASTOLIC, SYSTOLIC]))


@pytest.mark.parametrize(
    "change",
    [
        {"component": [SYSTOLIC]},
        {"component": [SYSTOLIC, SYSTOLIC]},
        {"component": [SYSTOLIC, DIASTOLIC, {"code": {"text": "arm"}, "valueString": "left"}]},
        {"component": [SYSTOLIC, measured("8478-0", 93)]},
        {"component": [SYSTOLIC, DIASTOLIC | {"code": {"text": "diastolic"}}]},
        {"component": [SYSTOLIC, DIASTOLIC | {"code": {"coding": [{"system": "urn:oid:1.2.3", "code": "8462-4"}]}}]},
        {"component": [SYSTOLIC, DIASTOLIC | {"code": {"coding": DIASTOLIC["code"]["coding"] * 2}}]},
        {"component": [SYSTOLIC, DIASTOLIC | {"valueQuantity": WEIGHT}]},
        {"component": [SYSTOLIC, {"code": DIASTOLIC["code"], "valueInteger": 80}]},
        {"component": [SYSTOLIC, {"code": DIASTOLIC["code"]}]},
        {"valueQuantity": WEIGHT},
        {"hasMember": [{"reference": "Observation/1"}]},
        {"effectiveDateTime": "2026-11"},
        {"category": category("laboratory")},
    ],
    ids=str,
)
def test_the_first_look_leaves_every_other_blood_pressure_to_the_walk(change: dict[str, Any]) -> None:
    assert not certainly_valid(pressure(**change))


@pytest.mark.parametrize(
    ("change", "rule", "place"),
    [
        ({"component": [SYSTOLIC]}, "required", "Observation"),
        ({"component": [SYSTOLIC, SYSTOLIC]}, "slice-max", "Observation.component[1]"),
        (
            {"component": [SYSTOLIC, DIASTOLIC | {"valueQuantity": WEIGHT}]},
            "fixed",
            "Observation.component[1].value.code",
        ),
        ({"valueQuantity": WEIGHT}, "slice-max", "Observation.value"),
    ],
)
def test_a_blood_pressure_that_breaks_its_profile_is_refused(change: dict[str, Any], rule: str, place: str) -> None:
    assert ("error", rule, place) in said(pressure(**change))


def test_in_a_bundle_the_subject_of_a_vital_sign_is_a_patient() -> None:
    def bundle(subject: dict[str, Any]) -> dict[str, Any]:
        entries = [
            {"fullUrl": PATIENT, "resource": subject},
            {"fullUrl": OBSERVATION, "resource": weight(subject={"reference": PATIENT})},
        ]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}

    assert certainly_valid(bundle(patient()))
    assert not certainly_valid(bundle({"resourceType": "Device"}))


@pytest.mark.parametrize("wrong", [None, 7, "29463-7", [], {}, [7], {"coding": 7}, {"coding": [7, {"code": []}]}])
def test_whatever_stands_there_is_asked_without_harm(wrong: Any) -> None:
    assert implied_profiles(weight(code=wrong)) == []
    assert implied_profiles(weight(category=wrong)) == []
    assert implied_profiles(weight(category=[wrong])) == []
    assert check(weight(code=wrong, category=[wrong], meta={"profile": wrong}))


def test_the_units_of_the_first_look_are_r4s() -> None:
    systems = definition_file("codes")["http://hl7.org/fhir/ValueSet/ucum-bodyweight"]["systems"]
    for unit in systems["http://unitsofmeasure.org"]:
        assert certainly_valid(weight(valueQuantity=WEIGHT | {"unit": unit, "code": unit}))


# ---- held to its profile without naming it ------------------------------------------------------


def said(resource: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(issue.severity, issue.rule.removeprefix("r4-profile-"), issue.expression) for issue in check(resource)]


@pytest.mark.parametrize(
    ("change", "rule", "place"),
    [
        ({"subject": {"reference": "Group/1"}}, "reference-type", "Observation.subject.reference"),
        ({"effectiveDateTime": "2026-11"}, "constraint", "Observation.effective"),
        ({"valueQuantity": WEIGHT | {"code": "cm"}}, "code", "Observation.value.code"),
        (
            {"valueQuantity": WEIGHT | {"system": "http://example.org/units"}},
            "fixed",
            "Observation.value.system",
        ),
        ({"component": [{"code": {"text": "khác"}}]}, "constraint", "Observation.component[0]"),
        ({"category": [*category("vital-signs"), *category("vital-signs")]}, "slice-max", "Observation.category[1]"),
    ],
)
def test_a_vital_sign_that_breaks_its_profile_is_refused(change: dict[str, Any], rule: str, place: str) -> None:
    assert ("error", rule, place) in said(weight(**change))
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": weight(**change)}]}
    assert ("error", rule, f"Bundle.entry[0].resource{place.removeprefix('Observation')}") in said(bundle)


def test_one_without_a_time_is_refused_unless_it_says_that_the_time_is_unknown() -> None:
    timeless = {key: value for key, value in weight().items() if key != "effectiveDateTime"}
    assert ("error", "required", "Observation") in said(timeless)
    unknown = {"url": f"{HL7}/data-absent-reason", "valueCode": "unknown"}
    assert said(timeless | {"_effectiveDateTime": {"extension": [unknown]}}) == []


def test_what_is_sent_along_in_units_of_its_own_is_told_and_refused_only_of_who_names_the_profile() -> None:
    flow = {"value": 6, "unit": "L/min", "system": "http://unitsofmeasure.org", "code": "L/min"}
    along = weight(component=[{"code": {"text": "oxygen"}, "valueQuantity": flow}])
    assert [(severity, rule) for severity, rule, _ in said(along)] == [("warning", "code")]
    named = along | {"meta": {"profile": [f"{HL7}/bodyweight"]}}
    assert ("error", "code") in [(severity, rule) for severity, rule, _ in said(named)]


@given(st.randoms(use_true_random=True), st.integers(0, 3))
def test_of_what_the_first_look_knows_the_profile_finds_nothing(random: Random, damages: int) -> None:
    entries = [{"resource": random.choice((weight, pressure))()}]
    made = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    for _ in range(damages):
        made = damaged(random, made)
    if certainly_valid(made):
        assert [issue for issue in profile_issues(made, built_in_profiles(), ()) if issue.rule != UNKNOWN] == []
