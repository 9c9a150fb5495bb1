"""``gateway adapter check`` and ``expect``: samples held against the law and against what is written down of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.blueprint import ROOT
from tests.cli.terminal import Terminal

TITRES = ROOT / "adapters" / "hl7v2" / "samples" / "merge.hl7"


@pytest.fixture
def sample(tmp_path: Path) -> str:
    return str(shutil.copy(TITRES, tmp_path / TITRES.name))


def test_a_sample_is_held_against_every_clause_and_in_another_process(terminal: Terminal, sample: str) -> None:
    terminal.well("adapter", "expect", sample)
    ran = terminal.well("adapter", "check", sample)
    assert [(one["clause"], one["verdict"]) for one in ran.lines] == [(clause, "pass") for clause in range(1, 8)]
    assert ran.lines[0]["tried"] == 3
    assert ran.err.splitlines()[-1] == "1 samples, 0 failures"


def test_what_is_written_down_is_written_over_by_force_alone(terminal: Terminal, sample: str) -> None:
    (first,) = terminal.well("adapter", "expect", sample).lines
    assert first["state"] == "written"
    file = Path(first["expected"])
    file.write_text(file.read_text("utf-8").replace('"hl7v2 1.0.0"', '"hl7v2 0.9.0"'), "utf-8")
    ran = terminal("adapter", "expect", sample)
    assert (ran.code, ran.lines[0]["state"]) == (1, "differs")
    assert 'merge.hl7   adapter: "hl7v2 0.9.0" → "hl7v2 1.0.0"' in ran.err
    checked = terminal("adapter", "check", sample)
    assert (checked.code, checked.lines[-1]["issues"][0]["rule"]) == (1, "law-7-expected-older")
    assert terminal.well("adapter", "expect", "--force", sample).lines[0]["state"] == "written"
    assert terminal.well("adapter", "expect", sample).lines[0]["state"] == "same"


def test_samples_that_differ_in_their_ending_alone_have_a_file_each(terminal: Terminal, tmp_path: Path) -> None:
    for name in ("record-export.xml", "record-export.json"):
        shutil.copy(ROOT / "adapters" / "bhyt" / "samples" / name, tmp_path / name)
    assert [one["state"] for one in terminal.well("adapter", "expect", str(tmp_path)).lines] == ["written"] * 2
    names = sorted(path.name for path in (tmp_path / "expected").iterdir())
    assert names == ["record-export.json.json", "record-export.xml.json"]


_ENTRY = '{"records": [{"bundle": {"entry": [%s]}}]}'


@pytest.mark.parametrize(
    "broken",
    ["{", '{"records": 1}', "\u00ff", '{"records": [1]}', '{"records": [], "refused": 3}', _ENTRY % '{"resource": {}}',
     '{"records": [{"lineage": []}]}', _ENTRY % "[" * 90_000, _ENTRY % ("9" * 5000)],
    ids=["cut", "no records", "no UTF-8", "a record of none", "refused of none", "a resource of none", "no lineage",
         "too deep", "a long number"],
)  # fmt: skip
def test_an_expectation_that_cannot_be_read_is_told_and_stays(
    terminal: Terminal, sample: str, tmp_path: Path, broken: str
) -> None:
    file = tmp_path / "expected" / f"{Path(sample).name}.json"
    file.parent.mkdir()
    file.write_text(broken, "latin-1")
    for command in (["expect", "--force"], ["check"]):
        ran = terminal("adapter", *command, sample)
        assert (ran.code, str(file) in ran.err) == (2, True)
    assert file.read_text("latin-1") == broken


def test_a_folder_in_an_expectations_place_is_told_and_stays(terminal: Terminal, sample: str, tmp_path: Path) -> None:
    folder = tmp_path / "expected" / f"{Path(sample).name}.json"
    folder.mkdir(parents=True)
    for command in ("expect", "check"):
        ran = terminal("adapter", command, sample)
        assert (ran.code, str(folder) in ran.err) == (2, True)


def test_what_no_adapter_recognises_is_wrong_usage(terminal: Terminal, tmp_path: Path) -> None:
    odd = tmp_path / "odd.txt"
    odd.write_text("fax", "utf-8")
    for typed in ([str(odd)], ["--adapter", "fax", str(odd)], [str(tmp_path / "nowhere.hl7")]):
        assert terminal("adapter", "check", *typed).code == 2
        assert terminal("adapter", "expect", *typed).code == 2
