"""Every sample: taken, held for a stated reason, or refused; and what comes out is FHIR R4."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from adapters.bhyt import BhytAdapter
from gateway.adapter import DefaultProfile, Payload, Translation, split, translate
from gateway.bundle import body, references
from gateway.r4 import check
from gateway.search import STORED_TYPES
from gateway.sensitive import divide
from tests.bhyt.building import SUMMARY, envelope, hoso_xml, refusal, rules, translated

SHARED = Path(__file__).parent / "payloads"
OWN = Path(__file__).parents[2] / "adapters" / "bhyt" / "samples"
TAKEN = sorted(file for file in SHARED.glob("*.xml") if file.name[0] in "34o" and "modified" not in file.name)
REFUSED = {
    "3176_full_signed_then_modified.xml": "xml-signature-digest",
    "attack_xxe.xml": "bhyt-dtd-refused",
    "bad_base64.xml": "bhyt-base64-broken",
    "bad_truncated.xml": "bhyt-xml-malformed",
}


def translations(file: Path) -> list[Translation]:
    adapter = BhytAdapter()
    return [translate(adapter, record, DefaultProfile()) for record in split(adapter, Payload(file.read_bytes()))]


@pytest.mark.parametrize("file", [*TAKEN, *sorted(OWN.glob("*.xml"))], ids=lambda file: file.name)
def test_a_sample_becomes_resources_that_pass_the_r4_check(file: Path) -> None:
    for translation in translations(file):
        for resource in (*translation.resources, translation.bundle()):
            assert [issue for issue in check(resource) if issue.refuses] == []


@pytest.mark.parametrize("file", [*TAKEN, *sorted(OWN.glob("*.xml"))], ids=lambda file: file.name)
def test_a_sample_is_read_by_the_r4b_models(file: Path) -> None:
    for translation in translations(file):
        for resource in json.loads(body(translation.bundle()))["entry"]:
            kind = resource["resource"]["resourceType"]
            model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
            model.model_validate(resource["resource"])


@pytest.mark.parametrize("file", [*TAKEN, *sorted(OWN.glob("*.xml"))], ids=lambda file: file.name)
def test_everything_a_sample_becomes_can_be_read_and_found(file: Path) -> None:
    """But for what the law keeps apart, which nobody reads by default."""
    for translation in translations(file):
        ordinary, _, _ = divide(list(translation.resources))
        assert {resource["resourceType"] for resource in ordinary} <= set(STORED_TYPES)


@pytest.mark.parametrize("file", TAKEN, ids=lambda file: file.name)
def test_every_reference_resolves_inside_the_bundle(file: Path) -> None:
    for translation in translations(file):
        bundle = translation.bundle()
        inside = {entry["fullUrl"] for entry in bundle["entry"]}
        assert len(inside) == len(bundle["entry"])
        assert set(references(bundle)) <= inside


@pytest.mark.parametrize("file", TAKEN, ids=lambda file: file.name)
def test_every_lineage_path_names_an_element_that_is_there(file: Path) -> None:
    for translation in translations(file):
        by_type: dict[str, list[object]] = {}
        for resource in translation.resources:
            by_type.setdefault(resource["resourceType"], []).append(resource)
        for path, source in translation.lineage.items():
            assert source.startswith(("XML", "THONGTINDONVI")), path
            value: object = by_type
            for step in path.replace("]", "").replace("[", ".").split("."):
                value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]  # walked by path
            assert not isinstance(value, dict | list), path


@pytest.mark.parametrize(("name", "rule"), REFUSED.items())
def test_a_bad_sample_is_refused(name: str, rule: str) -> None:
    data = (SHARED / name).read_bytes()
    assert BhytAdapter().recognises(Payload(data))
    assert refusal(data)[0] == rule


def test_the_full_sample_is_held_for_its_comma_alone() -> None:
    (translation,) = translations(SHARED / "3176_full_unsigned.xml")
    assert [(issue.rule, issue.expression) for issue in translation.holds] == [
        ("value-number-ambiguous", "XML4[2].GIA_TRI")
    ]
    assert translation.recipients == ["01998"]


def test_the_demo_sample_is_not_held() -> None:
    (translation,) = translations(OWN / "provincial-hospital.xml")
    assert not translation.held
    patient = translation.resources[0]
    assert {"system": "http://fhir.hl7.org.vn/core/sid/cccd", "value": "001090000001"} in patient["identifier"]


def test_the_same_bytes_give_the_same_bundle() -> None:
    once, again = translations(SHARED / "3176_full_unsigned.xml"), translations(SHARED / "3176_full_unsigned.xml")
    assert body(once[0].bundle()) == body(again[0].bundle())


def test_encoding_oddities_change_nothing() -> None:
    odd = [translations(SHARED / f"odd_{name}.xml")[0] for name in ("bom_prefix", "wrapped_base64")]
    assert body(odd[0].bundle()) == body(odd[1].bundle())


def test_a_count_that_lies_is_a_warning() -> None:
    assert "bhyt-count-differs" in rules(translated(envelope(hoso_xml({"XML1": [SUMMARY]}), count="2")))
    assert "bhyt-count-differs" not in rules(translations(SHARED / "3176_full_signed_test.xml")[0])


def test_two_episodes_are_two_patients() -> None:
    one, other = translations(OWN / "two-episodes.xml")
    assert not {resource["id"] for resource in one.resources if resource["resourceType"] == "Patient"} & {
        resource["id"] for resource in other.resources if resource["resourceType"] == "Patient"
    }
