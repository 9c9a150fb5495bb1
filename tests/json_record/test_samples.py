"""The law of an adapter, over its samples: docs/write-an-adapter.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.bhyt import BhytAdapter
from adapters.bhyt.record_export import is_json_export
from adapters.dicomweb import DicomwebAdapter
from adapters.fhir import FhirAdapter
from adapters.hl7v2 import Hl7v2Adapter
from adapters.json_record import JsonRecordAdapter
from adapters.json_record.form import EXPORTED
from adapters.tabular import TabularAdapter
from gateway.adapter import MappingText, Payload, SourceAdapter, Translation, choose
from gateway.bundle import body
from gateway.errors import PayloadError
from gateway.r4 import check
from tests.blueprint import ROOT
from tests.json_record.building import SAMPLES, of, translations

FILES = sorted(SAMPLES.glob("*.json"))
ALL: list[SourceAdapter] = [
    *(BhytAdapter(), DicomwebAdapter(), FhirAdapter(), Hl7v2Adapter(), JsonRecordAdapter(), TabularAdapter())
]


def made(record: Path) -> list[Translation]:
    return translations(record.read_bytes(), MappingText.read(record.with_suffix(".toml").read_bytes()))


@pytest.mark.parametrize("record", FILES, ids=lambda path: path.name)
def test_1_the_same_bytes_give_the_same_bundle(record: Path) -> None:
    assert [body(one.bundle()) for one in made(record)] == [body(one.bundle()) for one in made(record)]


@pytest.mark.parametrize(
    "sample",
    [
        path
        for path in sorted(ROOT.glob("adapters/*/samples/*"))
        if path.is_file() and path.suffix not in (".toml", ".md", ".txt")
    ],
    ids=lambda path: f"{path.parent.parent.name}/{path.name}",
)
def test_2_each_sample_of_the_project_is_one_adapters_own(sample: Path) -> None:
    assert choose(ALL, Payload(sample.read_bytes())).name == sample.parent.parent.name


def test_2_every_beginning_of_an_exported_record_is_another_adapters() -> None:
    for name in EXPORTED:
        sent = f'{{"{name}": {{}}}}'.encode()
        assert is_json_export(sent)
        assert not JsonRecordAdapter().recognises(Payload(sent))


@pytest.mark.parametrize(
    ("data", "media", "claimed"),
    [
        (b'{"phieu": 1}', "application/json", True),
        (b'\xef\xbb\xbf\n[{"phieu": 1}]', "", True),
        (b'{"phieu": 1}\n{"phieu": 2}\n', "", True),
        (b'{"phieu": 1}', "application/fhir+json", False),
        (b'{"id": "1", "resourceType": "Patient"}', "application/json", False),
        (b'[{"00080005": {"vr": "CS"}}]', "", False),
        (b"PHIEU;KQ\n1;2\n", "", False),
    ],
)
def test_2_it_takes_json_that_is_nobody_elses(data: bytes, media: str, claimed: bool) -> None:
    assert JsonRecordAdapter().recognises(Payload(data, media)) is claimed


@pytest.mark.parametrize("record", FILES, ids=lambda path: path.name)
def test_3_every_resource_is_r4_and_says_where_it_came_from(record: Path) -> None:
    for one in made(record):
        assert [issue for issue in check(one.bundle()) if issue.refuses] == []
        assert len({path.partition(".")[0] for path in one.lineage}) == len(one.resources)
        assert not one.held
        assert one.mapping == MappingText.read(record.with_suffix(".toml").read_bytes()).label


def test_without_a_mapping_file_a_record_is_refused() -> None:
    with pytest.raises(PayloadError) as refused:
        JsonRecordAdapter().records(Payload(FILES[0].read_bytes()))
    assert refused.value.issues[0].rule == "mapping-none-registered"


def test_a_health_stations_reports_are_patients_reports_and_results() -> None:
    first, second = made(SAMPLES / "his-xa.json")
    glucose, crp, hbsag = of(first, "Observation")
    assert str(glucose["valueQuantity"]["value"].token) == "6.10"
    assert glucose["effectiveDateTime"] == "2026-11-20T07:30:00+07:00"
    assert (crp["valueQuantity"]["comparator"], crp["valueQuantity"]["value"]) == ("<", 5)
    assert hbsag["valueString"] == "Âm tính"
    assert first.lineage["Observation[1].valueQuantity.value"] == "[0].ket_qua[1].gia_tri"
    assert len(of(first, "DiagnosticReport")[0]["result"]) == 3
    (potassium,) = of(second, "Observation")
    assert potassium["interpretation"][0]["coding"][0]["code"] == "H"
    assert of(second, "Patient")[0]["gender"] == "male"
