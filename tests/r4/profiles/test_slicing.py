"""Slices: which items are in them, how many, in which order. https://hl7.org/fhir/R4/profiling.html#slicing"""

from __future__ import annotations

from typing import Any

import pytest

from tests.r4.profiles.made import CORE, URL, broken, profile, row, slicing
from tests.r4.samples import PATIENT, observation, patient, without

A, B, C = ({"system": f"http://a.example/{name}", "value": name} for name in "abc")


def identifiers(*rows: dict[str, Any], **rules: Any) -> dict[str, Any]:
    """Patient.identifier with the slices a and b, by their systems."""
    return profile(
        "Patient",
        row("Patient.identifier", slicing=slicing(("value", "system"), **rules)),
        row("Patient.identifier:a"),
        row("Patient.identifier:a.system", fixedUri=A["system"]),
        row("Patient.identifier:b"),
        row("Patient.identifier:b.system", patternUri=B["system"]),
        *rows,
    )


def of(*items: dict[str, Any]) -> dict[str, Any]:
    return patient(identifier=list(items))


@pytest.mark.parametrize(
    ("definition", "resource", "found"),
    [
        (identifiers(), of(C, B, A), []),
        (identifiers(rules="closed"), of(B, A), []),
        (identifiers(rules="closed"), of(B, C), [("closed", "Patient.identifier[1]")]),
        (identifiers(ordered=True), of(A, C, B), []),
        (identifiers(ordered=True), of(B, A), [("order", "Patient.identifier[1]")]),
        (identifiers(rules="openAtEnd"), of(B, A, C), []),
        (identifiers(rules="openAtEnd"), of(A, C, B), [("order", "Patient.identifier[2]")]),
        (identifiers(row("Patient.identifier:a", min=1)), of(A), []),
        (identifiers(row("Patient.identifier:a", min=1)), of(B, C), [("slice", "Patient")]),
        (identifiers(row("Patient.identifier:a", max="0")), of(B, A), [("slice-max", "Patient.identifier[1]")]),
        (identifiers(row("Patient.identifier:a.period", min=1)), of(B), []),
        (identifiers(row("Patient.identifier:a.period", min=1)), of(B, A), [("required", "Patient.identifier[1]")]),
        (identifiers(row("Patient.identifier:@default.period", min=1)), of(A, B), []),
        (
            identifiers(row("Patient.identifier:@default.period", min=1)),
            of(A, C),
            [("required", "Patient.identifier[1]")],
        ),
    ],
)
def test_rules_and_counts_of_slices(
    definition: dict[str, Any], resource: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert broken(resource, definition) == found


def test_a_slice_is_sliced_again() -> None:
    definition = identifiers(
        row("Patient.identifier:a", slicing=slicing(("value", "use"))),
        row("Patient.identifier:a/old", "a/old", max="1"),
        row("Patient.identifier:a/old.use", fixedCode="old"),
    )
    old, usual = {**A, "use": "old"}, {**A, "use": "usual"}
    assert broken(of(old, usual, usual, {**B, "use": "old"}), definition) == []
    assert broken(of(old, usual, old), definition) == [("slice-max", "Patient.identifier[2]")]


def observed(*discriminators: tuple[str, str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Observation.component with one slice, s, which must stand once."""
    return profile(
        "Observation",
        row("Observation.component", slicing=slicing(*discriminators)),
        row("Observation.component:s", min=1, max="1"),
        *rows,
    )


CODE = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
PART = {"code": CODE, "valueString": "a"}


@pytest.mark.parametrize(
    ("discriminator", "rows", "inside", "outside"),
    [
        (
            ("value", "code.coding.code"),
            [row("Observation.component:s.code", patternCodeableConcept=CODE)],
            {**PART, "code": {**CODE, "text": "a"}},
            {**PART, "code": {"coding": [{"code": "1-8"}]}},
        ),
        (
            ("pattern", "code"),
            [row("Observation.component:s.code", patternCodeableConcept=CODE)],
            PART,
            {**PART, "code": {"text": "a"}},
        ),
        (
            ("value", "code"),
            [
                row("Observation.component:s.code.coding", slicing=slicing(("value", "code"))),
                row("Observation.component:s.code.coding:l", min=1),
                row("Observation.component:s.code.coding:l.code", fixedCode="718-7"),
            ],
            PART,
            {**PART, "code": {"text": "a"}},
        ),
        (
            ("value", "value.ofType(CodeableConcept)"),
            [
                row("Observation.component:s.value[x]", type=[{"code": "CodeableConcept"}]),
                row("Observation.component:s.value[x]", patternCodeableConcept=CODE),
            ],
            {**without(PART, "valueString"), "valueCodeableConcept": CODE},
            PART,
        ),
        (
            ("exists", "interpretation"),
            [row("Observation.component:s.interpretation", min=1)],
            {**PART, "interpretation": [{"text": "a"}]},
            PART,
        ),
        (
            ("exists", "interpretation"),
            [row("Observation.component:s.interpretation", max="0")],
            PART,
            {**PART, "interpretation": [{"text": "a"}]},
        ),
        (
            ("type", "value"),
            [row("Observation.component:s.value[x]", type=[{"code": "boolean"}])],
            {**without(PART, "valueString"), "valueBoolean": True},
            PART,
        ),
        (
            ("value", "extension('http://a.example/x').value"),
            [
                row("Observation.component:s.extension:x", type=[{"code": "Extension"}]),
                row("Observation.component:s.extension:x.url", fixedUri="http://a.example/x"),
                row("Observation.component:s.extension:x.value[x]", fixedCode="1"),
            ],
            {**PART, "extension": [{"url": "http://a.example/x", "valueCode": "1"}]},
            {**PART, "extension": [{"url": "http://a.example/x", "valueCode": "2"}]},
        ),
        (
            ("value", "code"),
            [row("Observation.component:s.code", binding={"strength": "required", "valueSet": f"{URL}/codes"})],
            {**PART, "code": {"coding": [{"system": "http://a.example/cs", "code": "1"}]}},
            PART,
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_discriminators_tell_what_is_in_a_slice(
    discriminator: tuple[str, str], rows: list[dict[str, Any]], inside: dict[str, Any], outside: dict[str, Any]
) -> None:
    codes = {
        "resourceType": "ValueSet",
        "url": f"{URL}/codes",
        "compose": {"include": [{"system": "http://a.example/cs", "concept": [{"code": "1"}]}]},
    }
    definition = observed(discriminator, rows=rows)
    said = [each for each in broken(observation(component=[outside, inside]), definition, codes) if each[0] != "x"]
    assert [each for each in said if not each[0].startswith("r4-")] == []
    said = broken(observation(component=[outside]), definition, codes)
    assert ("slice", "Observation") in said
    said = broken(observation(component=[inside, inside]), definition, codes)
    assert ("slice-max", "Observation.component[1]") in said


def test_a_choice_is_sliced_by_type() -> None:
    definition = profile(
        "Observation",
        row("Observation.value[x]", slicing=slicing(("type", "$this"))),
        row("Observation.value[x]:valueQuantity.code", min=1),
    )
    assert broken(observation(valueQuantity={"value": 1, "code": "1", "system": "http://a.example"}), definition) == []
    assert broken(observation(valueQuantity={"value": 1}), definition) == [("required", "Observation.value")]
    assert broken({**without(observation(), "valueQuantity"), "valueString": "a"}, definition) == []


def test_a_choice_named_with_its_type_has_that_type_alone() -> None:
    definition = profile("Observation", row("Observation.valueQuantity", min=0), row("Observation.valueString"))
    assert broken(observation(), definition) == []
    made = {**without(observation(), "valueQuantity"), "valueString": "a"}
    assert broken(made, definition) == []
    made = {**without(observation(), "valueQuantity"), "valueBoolean": True}
    assert broken(made, definition) == [("type", "Observation.value")]


def extension(url: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return profile("Extension", row("Extension.url", fixedUri=url), *rows, url=url)


def test_extensions_are_sliced_by_their_url_and_held_to_their_definition() -> None:
    url = "http://a.example/StructureDefinition/religion"
    definition = profile(
        "Patient", row("Patient.extension:religion", min=1, type=[{"code": "Extension", "profile": [url]}])
    )
    coded = extension(url, row("Extension.value[x]", min=1, type=[{"code": "code"}]))
    right, wrong = {"url": url, "valueCode": "a"}, {"url": url, "valueString": "a"}
    other = {"url": "http://a.example/other", "valueString": "a"}
    assert broken(patient(extension=[other, right]), definition, coded) == []
    assert broken(patient(extension=[other]), definition, coded) == [("slice", "Patient")]
    assert broken(patient(extension=[wrong]), definition, coded) == [("type", "Patient.extension[0].value")]
    assert broken(patient(extension=[right]), definition) == []  # the definition is not needed to know its url


def entry(resource: dict[str, Any], number: int = 0) -> dict[str, Any]:
    return {"fullUrl": f"{PATIENT[:-1]}{number}", "resource": resource}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [entry(each, number) for number, each in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


ACTIVE = profile("Patient", row("Patient.active", min=1), url="http://a.example/StructureDefinition/active")


def test_entries_are_sliced_by_the_type_or_the_profile_of_their_resource() -> None:
    of_type = profile(
        "Bundle",
        row("Bundle.entry", slicing=slicing(("type", "resource"))),
        row("Bundle.entry:patient", min=1, max="1"),
        row("Bundle.entry:patient.resource", min=1, type=[{"code": "Patient", "profile": [ACTIVE["url"]]}]),
    )
    good, bare = patient(active=True), without(patient(), "active")
    assert broken(bundle(observation(subject={"display": "a"}), good), of_type, ACTIVE) == []
    assert broken(bundle(observation(subject={"display": "a"}), bare), of_type, ACTIVE) == [
        ("required", "Bundle.entry[1].resource")
    ]
    of_profile = {**of_type, "differential": {"element": [*of_type["differential"]["element"]]}}
    of_profile["differential"]["element"][0] = row("Bundle.entry", slicing=slicing(("profile", "resource")))
    assert broken(bundle(bare, good, bare), of_profile, ACTIVE) == []
    assert broken(bundle(bare, observation(subject={"display": "a"})), of_profile, ACTIVE) == [("slice", "Bundle")]


def test_references_are_sliced_by_what_they_point_to() -> None:
    definition = profile(
        "Observation",
        row("Observation.performer", slicing=slicing(("type", "resolve()"))),
        row(
            "Observation.performer:who",
            min=1,
            type=[{"code": "Reference", "targetProfile": [CORE + "Practitioner"]}],
        ),
    )
    assert broken(observation(performer=[{"reference": "Practitioner/1"}]), definition) == []
    assert broken(observation(performer=[{"reference": "Organization/1"}]), definition) == [("slice", "Observation")]
    unknown = {"identifier": {"value": "1"}}
    assert broken(observation(performer=[unknown]), definition) == []  # it may be one


def test_a_slice_is_told_by_a_slice_that_it_requires() -> None:
    """As the components of R4's blood pressure are: by code.coding.code, which a slice of coding fixes."""
    definition = observed(
        ("value", "code.coding.code"),
        rows=[
            row("Observation.component:s.code.coding", slicing=slicing(("value", "code"))),
            row("Observation.component:s.code.coding:l", min=1),
            row("Observation.component:s.code.coding:l.code", fixedCode="718-7"),
        ],
    )
    other = {**PART, "code": {"coding": [{"code": "1-8"}]}}
    assert broken(observation(component=[other, PART]), definition) == []
    assert broken(observation(component=[other]), definition) == [("slice", "Observation")]


def test_what_no_slice_can_be_told_of_is_not_counted() -> None:
    definition = observed(("value", "code.memberOf('x')"), rows=[row("Observation.component:s.code", fixedCode="1")])
    assert broken(observation(component=[PART, PART]), definition) == []
