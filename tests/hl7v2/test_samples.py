"""The project's samples and those of other hands become what is expected, and conformant FHIR."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from gateway.bundle import CCCD
from gateway.jsontext import dumps
from gateway.r4 import check
from gateway.workbench.differences import differences
from gateway.workbench.expected import expected_file, read
from gateway.workbench.samples import Sample
from tests.hl7v2.building import PAYLOADS, SAMPLES, as_brought, of_type, only, translate, unplaced
from tests.hl7v2.expectations import OF_OTHER_HANDS, becomes
from tests.hl7v2.must_place_sample import FIELDS, WITHOUT_ORC, write

ALL = sorted([*SAMPLES.glob("*.hl7"), *PAYLOADS.glob("*.hl7")])


@pytest.mark.parametrize("sample", OF_OTHER_HANDS, ids=lambda one: one.path.name)
def test_a_message_by_other_hands_becomes_what_is_expected(sample: Sample) -> None:
    """Our own samples: tests/workbench/test_all_samples.py."""
    assert [str(one) for one in differences(read(expected_file(sample)) or {}, becomes(sample))] == []


@pytest.mark.parametrize("sample", ALL, ids=lambda path: path.name)
def test_every_bundle_passes_the_r4_check(sample: Path) -> None:
    made = translate(as_brought(sample))
    assert not made.held
    assert [issue.text() for issue in check(made.bundle()) if issue.refuses] == []


@pytest.mark.parametrize("fields", [FIELDS, WITHOUT_ORC])
def test_a_message_with_everything_passes_the_r4_check(fields: Any) -> None:
    assert [issue.text() for issue in check(translate(write(fields)).bundle()) if issue.refuses] == []


@pytest.mark.parametrize("sample", ALL, ids=lambda path: path.name)
def test_every_resource_is_read_by_the_models_authors_use(sample: Path) -> None:
    for resource in translate(as_brought(sample)).resources:
        get_fhir_model_class(resource["resourceType"]).model_validate_json(dumps(resource))


@pytest.mark.parametrize("sample", ALL, ids=lambda path: path.name)
def test_every_element_names_a_field_of_the_message(sample: Path) -> None:
    made = translate(as_brought(sample))
    names = {line[:3] for line in sample.read_bytes().decode().replace("\n", "\r").split("\r") if line}
    assert {source[:3] for source in made.lineage.values()} <= names
    assert {field[:3] for field in unplaced(made)} <= names


def test_the_demo_sample_is_the_citizen_whom_the_insurance_sample_knows() -> None:
    made = translate((SAMPLES / "lab-hematology.hl7").read_bytes())
    patient = only(made, "Patient")
    assert {"system": CCCD, "value": "001090000001"}.items() <= patient["identifier"][1].items()
    assert patient["name"][0]["text"] == "NGUYỄN VĂN THỬ NGHIỆM"
    assert (patient["gender"], patient["birthDate"]) == ("male", "1990-03-15")
    assert len(of_type(made, "Observation")) == 20


def test_the_samples_of_a_stay_are_versions_of_one_visit() -> None:
    made = [
        translate((SAMPLES / f"{name}.hl7").read_bytes()) for name in ("admission", "transfer-cancelled", "discharge")
    ]
    visits = [only(one, "Encounter") for one in made]
    assert len({visit["id"] for visit in visits}) == 1
    assert [visit["status"] for visit in visits] == ["in-progress", "in-progress", "finished"]
    beds = [next(one["id"] for one in of_type(each, "Location") if one["name"] == "G2") for each in made]
    assert len(set(beds)) == 1


def test_leading_zeros_and_a_digit_too_many_cost_no_result() -> None:
    made = translate((PAYLOADS / "sample_oru_CDPH_NBS_20241021-001.hl7").read_bytes())
    quantities = [one["valueQuantity"] for one in of_type(made, "Observation") if "valueQuantity" in one]
    assert dumps(quantities[0]["value"]) == b"65.88"
    assert dumps(quantities[3]["value"]) == b"850.00"
    assert "OBX[4]-14" in unplaced(made)
    assert [issue.expression for issue in made.issues] == ["MSH-11", "OBX[18]", "OBX[4]-14", "OBX[13]-14"]


def test_every_sample_stands_in_the_readme_and_back() -> None:
    readme = (SAMPLES / "README.md").read_text("utf-8")
    for sample in SAMPLES.glob("*.hl7"):
        assert f"`{sample.name}`" in readme
