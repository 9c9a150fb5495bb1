"""R4 is taken; R5, R4B, STU3 and others are refused by their name, wherever they show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.fhir.generate_versions import OUT
from gateway.bundle import Resource
from gateway.r4 import is_resource_type
from tests.fhir.building import bundle, observation, patient, refusal, refused_by, translated

BASE = "http://hl7.org/fhir"


def _version(sent: Resource, content_type: str = "") -> tuple[str, str]:
    (issue,) = refusal(sent, content_type).issues
    assert issue.rule == "fhir-version"
    return str(issue.parameters["version"]), issue.expression


@pytest.mark.parametrize(
    ("number", "name"), [("5.0", "R5"), ("4.3", "R4B"), ("3.0.2", "STU3"), ("1.0", "DSTU2"), ("6.0", "R6"), ("9", "-")]
)
def test_the_media_type_says_the_version(number: str, name: str) -> None:
    assert _version(patient(), f"application/fhir+json; fhirVersion={number}") == (name, "Content-Type")


def test_r4_in_the_media_type_is_taken() -> None:
    assert translated(patient(), 'application/fhir+json;charset=utf-8;fhirVersion="4.0"').resources


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        (f"{BASE}/StructureDefinition/Patient|5.0.0", "R5"),
        (f"{BASE}/5.0/StructureDefinition/Patient", "R5"),
        (f"{BASE}/STU3/StructureDefinition/Patient", "STU3"),
        (f"{BASE}/StructureDefinition/Patient|4.3.0", "R4B"),
        (f"{BASE}/StructureDefinition/Patient|3.0.1", "STU3"),
    ],
)
def test_a_profile_of_hl7s_own_says_the_version(profile: str, name: str) -> None:
    sent = bundle(patient(meta={"profile": [profile]}))
    assert _version(sent) == (name, "Bundle.entry[0].resource.meta.profile[0]")


def test_a_profile_of_r4_or_of_a_guide_says_nothing_else() -> None:
    profiles = [
        f"{BASE}/StructureDefinition/Patient|4.0.1",
        "http://hl7.org/fhir/uv/ips/StructureDefinition/Patient-uv-ips",
    ]
    assert translated(bundle(patient(meta={"profile": profiles}))).resources


def test_a_statement_of_what_a_server_can_do_says_the_version() -> None:
    statement = {"resourceType": "CapabilityStatement", "id": "c", "fhirVersion": "5.0.0"}
    assert _version(bundle(patient(), statement)) == ("R5", "Bundle.entry[1].resource.fhirVersion")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("MedicationUsage", ""),
        ("ImagingSelection", "R5"),
        ("ProcedureRequest", "STU3"),
        ("SubstanceDefinition", "R4B or R5"),
    ],
)
def test_a_type_that_only_another_version_has_says_which(kind: str, name: str) -> None:
    sent = bundle(patient(), {"resourceType": kind, "id": "x"})
    if name:
        assert _version(sent) == (name, "Bundle.entry[1].resource.resourceType")
    else:  # of no version known
        assert "r4-resource-type" in refused_by(sent)


@pytest.mark.parametrize(
    ("one", "name", "element"),
    [
        (observation(triggeredBy=[{"type": "reflex"}]), "R5", "triggeredBy"),
        (observation(context={"reference": "Encounter/1"}), "STU3", "context"),
        (patient("p2", animal={"species": {"text": "chó"}}), "STU3", "animal"),
    ],
)
def test_an_element_that_only_another_version_has_says_which(one: Resource, name: str, element: str) -> None:
    assert _version(bundle(patient(), one)) == (name, f"Bundle.entry[1].resource.{element}")


def test_an_element_of_no_version_is_told_as_the_r4_check_does() -> None:
    (issue,) = refusal(bundle(patient(), observation(ketQua="13"))).issues
    assert (issue.rule, issue.expression) == ("r4-unknown-property", "Bundle.entry[1].resource")
    assert issue.parameters["name"] == "?"  # a key that is nobody's element may be anything, a name too
    (issue,) = refusal(bundle(patient(), observation(birthDate="1985"))).issues
    assert issue.parameters["name"] == "birthDate"


def test_an_extension_that_carries_a_later_versions_element_is_r4() -> None:
    extension = [{"url": f"{BASE}/5.0/StructureDefinition/extension-Patient.link", "valueString": "x"}]
    assert translated(bundle(patient(extension=extension))).resources


def test_the_table_of_other_versions_has_nothing_of_r4() -> None:
    table: dict[str, Any] = json.loads(OUT.read_text(encoding="utf-8"))
    assert {name for names in table["types"].values() for name in names if is_resource_type(name)} == set()
    assert set(table["types"]) == set(table["elements"]) == {"R5", "R4B", "STU3"}
    assert "status" not in table["elements"]["R5"]["Observation"]
