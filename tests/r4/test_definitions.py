"""The generated definitions: whole, and what HL7's package says."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from gateway.r4 import is_resource_type, search_parameters
from gateway.r4.definition_files import definition_file
from gateway.r4.fhir_package import FhirPackage, read_package
from gateway.r4.generate import FOLDER, definitions, main, write
from gateway.r4.schema import Primitive, Type, type_named

UCUM = "http://unitsofmeasure.org"
ROOT = Path(__file__).parents[2]
_NAMED = os.environ.get("TEST_FHIR_PACKAGE")
PACKAGE = Path(_NAMED) if _NAMED else ROOT.parent / "shared" / "fhir" / "hl7.fhir.r4.core-4.0.1.tgz"


def test_the_committed_files_are_those_that_were_generated() -> None:
    sums = json.loads((FOLDER / "checksums.json").read_bytes())
    assert {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in sums} == sums
    assert set(sums) == {path.name for path in FOLDER.glob("*.json")} - {"checksums.json"}


def test_they_are_what_hl7s_package_says(tmp_path: Path) -> None:
    """With the package at hand (TEST_FHIR_PACKAGE) generated anew; else the files' own content written anew."""
    if PACKAGE.exists():
        main([str(PACKAGE), str(tmp_path)])
    else:
        write(
            {path.name: json.loads(path.read_bytes()) for path in FOLDER.glob("*.json") if _is_content(path)}, tmp_path
        )
    for path in FOLDER.glob("*.json"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def _is_content(path: Path) -> bool:
    return path.name != "checksums.json"


def test_no_file_is_larger_than_a_megabyte() -> None:
    assert max(path.stat().st_size for path in FOLDER.iterdir()) < 1_000_000


def test_r4_has_its_146_resource_types() -> None:
    types = definition_file("types")
    assert sum(is_resource_type(name) for name in types) == 146
    assert not is_resource_type("DomainResource")


def test_every_type_can_be_built_to_its_last_element() -> None:
    definitions_of = definition_file("types")
    nested = {
        f"{name}.{row[0].rpartition('.')[0]}"
        for name, definition in definitions_of.items()
        for row in definition["elements"]
        if "." in row[0]
    }
    built: set[str] = set()
    waiting: list[Type | Primitive | None] = [type_named(name) for name in definitions_of]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Type) and here.name not in built:
            built.add(here.name)
            assert here.properties, here.name
            waiting.extend(each.type for each in here.properties.values())
    assert built == nested | set(definitions_of)


def test_a_resources_id_is_an_id_though_its_definition_says_string() -> None:
    kind = type_named("Patient").properties["id"].type
    assert isinstance(kind, Primitive)
    assert kind.name == "id"


def test_what_cannot_be_listed_says_why() -> None:
    unlisted = {
        url: entry["not_enumerable"] for url, entry in definition_file("codes").items() if "systems" not in entry
    }
    missing = {"media-modality": "dicom-cid29", "use-context": "usps-state"}
    prefix = "http://hl7.org/fhir/ValueSet"
    assert unlisted == {
        f"{prefix}/{name}": f"the value set {prefix}/{other} is not known" for name, other in missing.items()
    }


def test_search_parameters_are_those_r4_defines_for_the_type() -> None:
    found = search_parameters("Observation")
    assert {"_id", "_lastUpdated", "code", "date", "patient", "subject", "status", "value-quantity"} <= set(found)
    assert "name" not in found
    assert found["subject"].target == {"Device", "Group", "Location", "Patient"}
    assert found["code-value-quantity"].component[0][0] == "http://hl7.org/fhir/SearchParameter/clinical-code"


def test_hl7s_profiles_are_those_of_resources_and_datatypes_with_their_differential_only() -> None:
    profiles = definition_file("profiles")
    assert {name for name, made in profiles.items() if made["derivation"] != "constraint"} == set()
    assert "Extension" not in {made["type"] for made in profiles.values()}
    vital = "http://hl7.org/fhir/StructureDefinition/vitalsigns"
    assert {name.rpartition("/")[2] for name, made in profiles.items() if made["baseDefinition"] == vital} == {
        "bmi", "bodyheight", "bodytemp", "bodyweight", "bp", "headcircum", "heartrate", "oxygensat", "resprate",
        "vitalspanel",
    }  # fmt: skip
    assert {key for made in profiles.values() for key in made} & {"snapshot", "text", "mapping"} == set()
    (unit,) = [
        row for row in profiles[vital]["differential"]["element"] if row["id"] == "Observation.component.value[x]"
    ]
    assert unit["binding"] == {
        "strength": "required",
        "valueSet": "http://hl7.org/fhir/ValueSet/ucum-vitals-common|4.0.1",
    }
    assert "mm[Hg]" in definition_file("codes")["http://hl7.org/fhir/ValueSet/ucum-vitals-common"]["systems"][UCUM]


def test_a_file_that_is_no_fhir_package_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        member = tarfile.TarInfo("package/package.json")
        member.size = 2
        archive.addfile(member, BytesIO(b"{}"))
    with pytest.raises(ValueError, match="not a FHIR package"):
        read_package(tmp_path / "a.tgz")


def test_a_package_gives_the_same_definitions_each_time() -> None:
    structure = {
        "resourceType": "StructureDefinition", "url": "http://hl7.org/fhir/StructureDefinition/Tiny", "type": "Tiny",
        "kind": "resource", "abstract": False, "fhirVersion": "4.0.1",
        "snapshot": {"element": [
            {"path": "Tiny", "min": 0, "max": "*", "constraint": [
                {"key": "Tin-1", "severity": "error", "human": "a", "expression": "b.exists()"}]},
            {"path": "Tiny.b", "min": 1, "max": "1", "type": [
                {"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Patient"]}],
             "binding": {"strength": "required", "valueSet": "urn:v|4.0.1"}}]},
    }  # fmt: skip
    tiny = FhirPackage("hl7.fhir.r4.core", "4.0.1", {
        "StructureDefinition": {"t": structure}, "ValueSet": {}, "CodeSystem": {}, "SearchParameter": {}})  # fmt: skip
    made = definitions(tiny)
    assert made["types.json"]["Tiny"]["elements"] == [
        ["", 0, "*", [], {"c": ["tin-1"]}],
        ["b", 1, "1", ["Reference(Patient)"], {"b": "urn:v"}],
    ]
    assert made["codes.json"] == made["code_systems.json"] == {}
    assert definitions(tiny) == made
