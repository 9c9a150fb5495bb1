"""``gateway bench`` at its smallest: every benchmark runs and says its figures. Nothing here is about speed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import gateway
from gateway.cli.bench import NAMES, scratch_folder

KEYS = {
    "benchmark", "figure", "value", "unit", "target", "better", "ratio", "n", "median", "p99", "spread", "size",
    "settings", "note", "machine",
}  # fmt: skip
# benchmark → what its targets are called and are
TARGETS: dict[str, dict[str, float]] = {
    "translate": {"translation with lineage, and R4 check": 500},
    "bhyt": {"nine tables: translation with lineage, and R4 check": 300, "streamed: peak memory of the process": 300,
             "reading the file, its signature checked and believed": 3},
    "dicomweb": {"translation with lineage, and R4 check": 50,
                 "collected: from the PACS until it stands in the gateway": 50},
    "tabular": {"CSV: translation with lineage": 20_000},
    "validate": {"check of a valid Bundle: issues and paths": 0.7, "is it certainly valid?": 0.15,
                 "a new process until its first Bundle is judged": 0.5, "its memory then": 80,
                 "gateway validate, the command from start to end": 500},
    "exchange": {"SQLite: rate that holds": 150, "SQLite: p99": 150, "SQLite: memory of a worker after": 200},
    "mllp": {"SQLite: acknowledged at saturation": 200, "SQLite: 20/s offered: acknowledged": 200},
    "search": {"gateway serve until ready": 2, "p50, 1 client, idle": 5, "p99, 1 client, idle": 20,
               "p50, 8 clients, idle": 5, "p99, 8 clients, idle": 20},
    "reuse": {"20 verdicts: p50": 30, "20 verdicts: p99": 100},
    "sign": {"signing, of the whole exchange": 10},
    "store": {},
    "start": {"gateway --help": 0.3, "gateway serve until ready": 2},
}  # fmt: skip
PEERS: dict[str, set[str]] = {
    "translate": {"python-hl7: parsing alone", "hl7apy: parsing alone", "fhir.resources R4B: reading the same Bundle"},
    "validate": {"fhir.resources R4B: reading the same JSON text",
                 "pyfhircheck without HL7's package: checking the same Bundle"},
    "sign": {"rfc8785 library and joserfc, without digits as written"},
    "store": {"naively: one after another, each durable"},
}  # fmt: skip


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled databases for all benchmarks of one test process."""
    return tmp_path_factory.mktemp("bench")


def _figures(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(gateway, ["bench", *arguments])
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_says_each_of_its_figures_on_a_line(name: str, cache: Path, tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    part = f"{name} sqlite" if name in ("exchange", "mllp") else name
    document.write_text(f"<!-- bench {part}: begin -->\n<!-- bench {part}: end -->\n")
    figures = _figures(name, "--size", "tiny", "--cache", str(cache), "--write", str(document))
    assert all(set(one) == KEYS and one["benchmark"] == name for one in figures)
    assert all(one["value"] is not None and one["n"] > 0 for one in figures), figures
    assert all(one["value"] > 0 for one in figures if "CPU" not in one["figure"]), figures  # CPU is counted in 10 ms
    targets = {one["figure"]: one["target"] for one in figures if one["target"] is not None}
    assert TARGETS[name].items() <= targets.items()
    assert all(one["ratio"] > 0 for one in figures if one["target"] is not None)
    assert PEERS.get(name, set()) <= {one["figure"] for one in figures}
    assert all(one["figure"] in document.read_text() for one in figures)
    assert not [left for left in (cache / "gateway-bench").iterdir() if left.name.startswith("run-")]


def test_on_postgresql_two_processes_serve_and_the_figure_says_so(cache: Path, postgresql_url: str) -> None:
    asked = ("exchange", "--size", "tiny", "--stored", "1", "--database", postgresql_url, "--cache", str(cache))
    figures = {one["figure"]: one for one in _figures(*asked)}
    rate = figures["PostgreSQL: rate that holds"]
    assert rate["settings"] == {"GATEWAY_PROCESSES": "2"}
    assert "{201:" in rate["note"]
    again = CliRunner().invoke(gateway, ["bench", *asked])
    assert again.exit_code == 1
    assert "the database is not empty" in again.stderr


def test_what_a_killed_run_left_behind_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, own = tmp_path / f"run-{ended.pid}-x", tmp_path / f"run-{os.getpid()}-x"
    left.mkdir()
    own.mkdir()
    made = scratch_folder(tmp_path)
    assert set(tmp_path.iterdir()) == {own, made}


def test_an_unknown_benchmark_is_wrong_usage() -> None:
    assert CliRunner().invoke(gateway, ["bench", "everything"]).exit_code == 2
