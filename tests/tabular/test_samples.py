"""The law of an adapter, over its samples: docs/write-an-adapter.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.tabular import TabularAdapter
from gateway.adapter import MappingText, Payload, Translation, choose
from gateway.bundle import body
from gateway.errors import PayloadError
from gateway.installed import running_adapters
from gateway.r4 import check
from tests.blueprint import ROOT
from tests.tabular.building import SAMPLES, of, translations

TABLES = sorted([*SAMPLES.glob("*.csv"), *SAMPLES.glob("*.xlsx")])


def made(table: Path) -> list[Translation]:
    return translations(table.read_bytes(), MappingText.read(table.with_suffix(".toml").read_bytes()))


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_1_the_same_bytes_give_the_same_bundle(table: Path) -> None:
    assert [body(one.bundle()) for one in made(table)] == [body(one.bundle()) for one in made(table)]


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_2_it_claims_its_own_samples_and_nobody_else_does(table: Path) -> None:
    running = [one for one in running_adapters() if one.name != "tabular"]
    assert choose([*running, TabularAdapter()], Payload(table.read_bytes())).name == "tabular"


def test_2_it_claims_none_of_the_others() -> None:
    others = [*ROOT.glob("adapters/*/samples/*.hl7"), *ROOT.glob("adapters/*/samples/*.xml")]
    others += ROOT.glob("docs/examples/*/*/samples/*.txt")
    assert others
    assert [other.name for other in others if TabularAdapter().recognises(Payload(other.read_bytes()))] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_3_every_resource_is_r4_and_says_where_it_came_from(table: Path) -> None:
    for one in made(table):
        assert [issue for issue in check(one.bundle()) if issue.refuses] == []
        assert len({path.partition(".")[0] for path in one.lineage}) == len(one.resources)
        assert all(source.startswith(("row ", "mapping file ")) for source in one.lineage.values())
        assert not one.held


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_3_every_lineage_path_names_an_element_that_is_there(table: Path) -> None:
    for one in made(table):
        by_type: dict[str, list[object]] = {}
        for resource in one.resources:
            by_type.setdefault(resource["resourceType"], []).append(resource)
        for path in one.lineage:
            value: object = by_type
            for step in path.replace("]", "").replace("[", ".").split("."):
                value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]  # walked by path
            assert not isinstance(value, dict | list), path


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_the_mapping_that_made_it_is_named_with_its_digest(table: Path) -> None:
    label = MappingText.read(table.with_suffix(".toml").read_bytes()).label
    assert {one.mapping for one in made(table)} == {label}


def test_without_a_mapping_file_a_table_is_refused() -> None:
    with pytest.raises(PayloadError) as refused:
        TabularAdapter().records(Payload(TABLES[0].read_bytes()))
    assert refused.value.issues[0].rule == "mapping-none-registered"


def test_a_laboratorys_reports_are_patients_reports_and_results() -> None:
    first, second = made(SAMPLES / "xn-huyen.csv")
    assert [len(of(one, "Observation")) for one in (first, second)] == [3, 2]
    glucose, creatinine, crp = of(first, "Observation")
    assert str(glucose["valueQuantity"]["value"]) == "7.2"
    assert [str(glucose["referenceRange"][0][end]["value"]) for end in ("low", "high")] == ["3.9", "6.4"]
    assert glucose["referenceRange"][0]["high"]["code"] == "mmol/L"
    assert creatinine["valueQuantity"]["code"] == "umol/L"
    assert (crp["valueQuantity"]["comparator"], str(crp["valueQuantity"]["value"])) == ("<", "5.0")
    assert crp["code"] == {
        "text": "CRP định lượng",
        "coding": [{"system": "urn:vn:cskcb:79001:test-name", "code": "CRP định lượng"}],
    }
    (report,) = of(first, "DiagnosticReport")
    assert len(report["result"]) == 3
    assert report["issued"] == "2026-11-15T09:10:00+07:00"
    assert first.lineage["Observation[0].valueQuantity.value"] == "row 2, column KET_QUA"
    assert first.lineage["Observation[0].valueQuantity.code"] == "row 2, column DON_VI"
    (patient,) = of(second, "Patient")
    assert (patient["birthDate"], patient["gender"]) == ("1985", "male")


def test_a_commune_stations_workbook_is_a_result_for_each_cell() -> None:
    first, second = made(SAMPLES / "tram-y-te.xlsx")
    assert [one["code"]["text"] for one in of(first, "Observation")] == ["Glucose", "Creatinin", "HBsAg (test nhanh)"]
    assert str(of(first, "Observation")[0]["valueQuantity"]["value"]) == "7.20"
    assert of(first, "Observation")[0]["effectiveDateTime"] == "2026-11-15T07:30:00+07:00"
    assert of(second, "Patient")[0]["birthDate"] == "1985-12-31"
    assert len(of(second, "Observation")) == 2
