"""Every sample becomes resources that are FHIR R4, each element with its place in the payload."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from adapters.fhir import FhirAdapter
from gateway.adapter import Payload, choose
from gateway.bundle import Resource, references
from gateway.installed import running_adapters
from gateway.jsontext import loads
from gateway.r4 import check
from tests.fhir.building import SAMPLES, translated

FILES = sorted(SAMPLES.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_sample_becomes_resources_that_pass_the_r4_check(file: Path) -> None:
    made = translated(file.read_bytes())
    assert made.resources
    assert not made.held
    assert check(made.bundle()) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_same_bytes_become_the_same_resources(file: Path) -> None:
    assert translated(file.read_bytes()) == translated(file.read_bytes())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_urn_leads_to_a_resource_of_the_record(file: Path) -> None:
    bundle = translated(file.read_bytes()).bundle()
    inside = {entry["fullUrl"] for entry in bundle["entry"]}
    assert {one for one in references(bundle) if one.startswith("urn:")} <= inside


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_element_names_the_place_in_the_payload_it_came_from(file: Path) -> None:
    sent = loads(file.read_bytes())
    made = translated(file.read_bytes())
    by_type: dict[str, list[Resource]] = {}
    for resource in made.resources:
        if resource["resourceType"] == "Provenance":
            continue
        by_type.setdefault(resource["resourceType"], []).append(resource)
    assert {path for path in made.lineage if not path.startswith("Provenance")} == {
        f"{kind}[{index}].{path}"
        for kind, found in by_type.items()
        for index, resource in enumerate(found)
        for path in _leaves({key: item for key, item in resource.items() if key != "resourceType"})
    }
    for source in made.lineage.values():
        _at(sent, source)


def _leaves(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in _leaves(item, f"{path}[{index}]")]
    return [path]


def _at(sent: Resource, path: str) -> Any:
    found: Any = sent
    for step in re.findall(r"\w+", path)[1:]:
        found = found[int(step) if step.isdigit() else step]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_sample_is_recognised_by_this_adapter_alone(file: Path) -> None:
    others = [adapter for adapter in running_adapters() if adapter.name != "fhir"]
    assert choose([*others, FhirAdapter()], Payload(file.read_bytes())).name == "fhir"


def test_the_samples_of_other_formats_are_not_recognised() -> None:
    others = [path for path in SAMPLES.parents[1].glob("*/samples/*") if path.parent != SAMPLES and path.is_file()]
    assert len(others) > 20
    assert [path.name for path in others if FhirAdapter().recognises(Payload(path.read_bytes()))] == []


def test_digits_stay_as_they_were_written() -> None:
    text = (SAMPLES / "laboratory-transaction.json").read_bytes()
    made = translated(text.replace(b"13.10", b"1.310e1"))
    values = [one["valueQuantity"]["value"] for one in made.resources if "valueQuantity" in one]
    assert [value.token for value in values] == ["1.310e1", "0.50"]
    assert made.resources[3]["valueQuantity"]["comparator"] == "<"
