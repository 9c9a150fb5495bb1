"""The samples become FHIR R4: a patient, a study with what it holds, and where its images are."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter import Payload
from gateway.bundle import body, references
from gateway.installed import running_adapters
from gateway.jsontext import loads
from gateway.r4 import check
from gateway.search import STORED_TYPES
from tests.dicomweb.building import SAMPLES, of_bytes, only, unplaced

FILES = sorted(SAMPLES.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_sample_becomes_resources_that_pass_the_r4_check_and_can_be_read(file: Path) -> None:
    made = of_bytes(file.read_bytes())
    assert not made.held
    for one in (*made.resources, made.bundle()):
        assert [issue for issue in check(one) if issue.refuses] == []
    assert {one["resourceType"] for one in made.resources} <= set(STORED_TYPES)
    inside = {one["fullUrl"] for one in made.bundle()["entry"]}
    assert set(references(made.bundle())) <= inside
    for one in loads(body(made.bundle()))["entry"]:
        kind = one["resource"]["resourceType"]
        getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind).model_validate(one["resource"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_sample_is_recognised_by_its_form_and_by_this_adapter_alone(file: Path) -> None:
    asked = running_adapters()
    assert [one.name for one in asked if one.recognises(Payload(file.read_bytes()))] == ["dicomweb"]
    others = [
        path for path in SAMPLES.parents[1].glob("*/samples/*.*") if path.parent != SAMPLES and path.suffix != ".md"
    ]
    (own,) = (one for one in asked if one.name == "dicomweb")
    assert [path.name for path in others if own.recognises(Payload(path.read_bytes()))] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_attribute_is_placed_or_listed_and_every_lineage_path_leads_somewhere(file: Path) -> None:
    made = of_bytes(file.read_bytes())
    sources = " ".join(made.lineage.values()) + " ".join(one.field for one in made.unplaced)
    names = {**{tag: known.keyword for tag, known in _dictionary().items()}}
    for dataset in loads(file.read_bytes()):
        for tag in dataset:
            assert names.get(tag, tag) in sources or names.get(tag) in _READ_BESIDE, names.get(tag, tag)
    by_type: dict[str, list[Any]] = {}
    for one in made.resources:
        by_type.setdefault(one["resourceType"], []).append(one)
    for path in made.lineage:
        value: Any = by_type
        for step in path.replace("]", "").replace("[", ".").split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert not isinstance(value, dict | list), path


# What is said of another attribute: whose number it is, which zone, which letters, what stands where.
_READ_BESIDE = {
    *("SpecificCharacterSet", "TimezoneOffsetFromUTC", "IssuerOfPatientID", "IssuerOfAccessionNumberSequence"),
    *("InstanceAvailability",),
}


def _dictionary() -> dict[str, Any]:
    from adapters.dicomweb.dictionary import by_tag

    return by_tag()


def test_the_radiograph_is_told_whole() -> None:
    made = of_bytes((SAMPLES / "chest-radiograph.json").read_bytes())
    patient, study, endpoint = (only(made, kind) for kind in ("Patient", "ImagingStudy", "Endpoint"))
    assert [name["text"] for name in patient["name"]] == ["NGUYEN VAN AN", "Nguyễn Văn An"]
    assert patient["identifier"] == [{"system": "urn:vn:cskcb:01999:mrn", "value": "26001234"}]
    assert study["identifier"][0] == {"system": "urn:dicom:uid", "value": "urn:oid:1.2.826.0.1.3680043.10.1999.1"}
    assert study["started"] == "2026-11-20T08:15:30+07:00"
    (series,) = study["series"]
    assert series["bodySite"] == {"system": "http://snomed.info/sct", "code": "816094009", "display": "Chest"}
    assert [one["number"] for one in series["instance"]] == [1, 2]
    assert [one["actor"]["display"] for one in series["performer"]] == [
        "Lê Văn Cường", "Phạm Thị Dung", "Bệnh viện đa khoa huyện Mẫu",
    ]  # fmt: skip
    assert study["endpoint"] == [{"reference": f"urn:uuid:{endpoint['id']}"}]
    assert endpoint["address"] == "https://pacs.benhvien.example/dicom-web"
    assert study["basedOn"][0]["identifier"]["value"] == "CDHA26110012"


def test_metadata_that_says_everything_with_each_image_is_told_once() -> None:
    made = of_bytes((SAMPLES / "chest-ct.json").read_bytes())
    study = only(made, "ImagingStudy")
    assert [(one["number"], len(one["instance"])) for one in study["series"]] == [(1, 3), (2, 3)]
    assert (study["numberOfSeries"], study["numberOfInstances"]) == (2, 6)
    assert unplaced(made)["[1].7FE00010"] == "the pixels; they stay where they are (6 values)"
    assert len([field for field in unplaced(made) if "Manufacturer" in field]) == 1
    cccd = {"system": "http://fhir.hl7.org.vn/core/sid/cccd", "value": "001065000001"}
    assert cccd in only(made, "Patient")["identifier"]


def test_the_same_bytes_give_the_same_bundle() -> None:
    payload = (SAMPLES / "chest-ct.json").read_bytes()
    assert body(of_bytes(payload).bundle()) == body(of_bytes(payload).bundle())
