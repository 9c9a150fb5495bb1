"""The example adapter keeps the law of docs/write-an-adapter.md, and runs as a package of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter import DefaultProfile, Payload, SourceAdapter, Translation, choose, split, translate
from gateway.errors import GatewayError, PayloadError
from gateway.installed import running_adapters
from gateway.r4 import check
from gateway.settings import environment_without_settings
from tests.blueprint import ROOT
from tests.docs.commands import fences
from tests.glucometer import PACKAGE, SAMPLES, glucometer

WARD, ODD = (SAMPLES / name for name in ("ward.txt", "odd-unit.txt"))


@pytest.fixture(scope="module")
def adapter() -> Iterator[SourceAdapter]:
    with glucometer() as module:
        made = module.GlucometerAdapter()
        assert isinstance(made, SourceAdapter)
        yield made


def _translated(adapter: SourceAdapter, data: bytes) -> Translation:
    (record,) = split(adapter, Payload(data))
    return translate(adapter, record, DefaultProfile(record.facility))


def _observations(made: Translation) -> list[dict[str, Any]]:
    return [one for one in made.resources if one["resourceType"] == "Observation"]


@pytest.mark.parametrize("sample", [WARD, ODD], ids=lambda path: path.name)
def test_1_the_same_bytes_give_the_same_resources(adapter: SourceAdapter, sample: Path) -> None:
    assert _translated(adapter, sample.read_bytes()) == _translated(adapter, sample.read_bytes())


def test_2_it_claims_its_own_samples_and_no_others_do_and_it_none_of_theirs(adapter: SourceAdapter) -> None:
    running = [*running_adapters(), adapter]
    assert {choose(running, Payload(one.read_bytes())).name for one in (WARD, ODD)} == {"glucometer"}
    others = [*ROOT.glob("adapters/*/samples/*.hl7"), *ROOT.glob("adapters/*/samples/*.xml")]
    assert others
    assert not any(adapter.recognises(Payload(other.read_bytes())) for other in others)


@pytest.mark.parametrize("sample", [WARD, ODD], ids=lambda path: path.name)
def test_3_every_resource_is_r4_and_says_where_it_came_from(adapter: SourceAdapter, sample: Path) -> None:
    made = _translated(adapter, sample.read_bytes())
    assert [issue for issue in check(made.bundle()) if issue.refuses] == []
    kinds = {path.partition(".")[0] for path in made.lineage}
    assert len(kinds) == len(made.resources)


def test_4_every_field_is_placed_or_listed_and_a_clinical_one_without_a_place_holds(adapter: SourceAdapter) -> None:
    fields = {f"GLUCO-{n}" for n in (1, 2)} | {f"P-{n}" for n in (1, 2, 3, 4)} | {f"R[1]-{n}" for n in (1, 2, 3, 4)}
    made = _translated(adapter, WARD.read_bytes())
    told = set(made.lineage.values()) | {one.field for one in made.unplaced}
    assert fields <= told
    assert not made.held
    odd = _translated(adapter, ODD.read_bytes())
    assert [(issue.rule, issue.expression) for issue in odd.holds] == [
        ("glucometer-unit", "R[1]-3"),
        ("time-impossible", "R[2]-1"),
    ]
    assert "effectiveDateTime" not in _observations(odd)[1]


def test_4_what_was_written_is_kept_as_meant(adapter: SourceAdapter) -> None:
    first, second = (one["valueQuantity"] for one in _observations(_translated(adapter, WARD.read_bytes())))
    assert str(first["value"]) == "6.10"
    assert (second["comparator"], str(second["value"])) == ("<", "1.1")


@pytest.mark.parametrize(
    "broken",
    [
        WARD.read_bytes()[:-20],
        WARD.read_bytes().replace(b"GLUCO;1", b"GLUCO;2"),
        WARD.read_bytes().decode().encode("utf-16"),
        b"GLUCO;",
        WARD.read_bytes().replace(b"P;BN000123", b"P;"),
    ],
    ids=["truncated", "another version", "another encoding", "next to nothing", "no patient"],
)
def test_5_broken_input_is_refused(adapter: SourceAdapter, broken: bytes) -> None:
    with pytest.raises(PayloadError):
        _translated(adapter, broken)


def test_6_no_error_repeats_what_was_sent(adapter: SourceAdapter) -> None:
    said = []
    for data in (WARD.read_bytes()[:-20], ODD.read_bytes()):
        try:
            said += [issue.text() + issue.expression for issue in _translated(adapter, data).issues]
        except GatewayError as refused:
            said.append(str(refused))
    assert said
    assert not any(value in text for text in said for value in ("BN000", "001090000001", "NGUYỄN", "110", "units"))


def test_it_runs_beside_the_gateway_by_its_entry_point_alone(tmp_path: Path) -> None:
    """As pip would lay it out: its metadata on the path, nothing of the gateway changed."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = tmp_path / "glucometer_adapter-1.0.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = "".join(f"{name} = {place}\n" for name, place in project["entry-points"]["gateway.adapters"].items())
    (metadata / "entry_points.txt").write_text(f"[gateway.adapters]\n{points}")
    environment = environment_without_settings() | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(PACKAGE)])}

    def gateway(*arguments: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments], cwd=ROOT, env=environment, capture_output=True, check=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert {"name": "glucometer", "version": "1.0.0", "running": True} in gateway("adapter", "list")
    (told,) = gateway("translate", str(WARD))
    assert (told["adapter"], told["held"]) == ("glucometer", False)


def test_the_page_shows_lines_that_stand_in_the_example() -> None:
    stands = (PACKAGE / "glucometer" / "__init__.py").read_text(encoding="utf-8")
    stands += (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
    shown = [
        line.removesuffix(" ...")  # of a function the page does not show whole
        for block in fences(Path("docs/write-an-adapter.md"), "python", "toml")
        for line in block.splitlines()
    ]
    assert shown
    assert [line for line in shown if line not in stands] == []
