"""The guides for a hospital's IT team and for a receiving hospital run, command by command, as they stand."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.jsontext import loads
from gateway.settings import environment_without_settings
from tests.blueprint import ROOT
from tests.docs.commands import fences
from tests.docs.shell import readers_environment
from tests.docs.warm import warm_gateway

_PORTS = ("8080", "8081", "8082")
_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")
_PATIENCE = 180  # seconds until a page that waits for something in vain has failed


def _ran(page: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """All ``sh`` blocks of a page, one after another in one shell, in a folder that has the samples."""
    environment = readers_environment(folder)
    with warm_gateway(folder, environment) as place:
        return _typed(page, folder, environment | {"PATH": f"{place}{os.pathsep}{environment['PATH']}"})


def _typed(page: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    script = "\n".join(fences(Path(page), "sh"))
    for port in _PORTS:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            script = script.replace(f"127.0.0.1:{port}", f"127.0.0.1:{probe.getsockname()[1]}")
    (folder / "adapters").symlink_to(ROOT / "adapters")
    environment = environment | {
        "GATEWAY_DATA_DIR": str(folder / "data"),
        "GATEWAY_BIND": (_ADDRESS.findall(script) or [""])[0],
    }
    with (folder / "said").open("w+") as said, (folder / "complained").open("w+") as complained:
        shell = subprocess.Popen(
            ["sh", "-eu", "-c", script], cwd=folder, env=environment, stdout=said, stderr=complained,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = shell.wait(timeout=_PATIENCE)
        finally:
            with suppress(ProcessLookupError):  # a page that starts no server leaves nobody
                os.killpg(shell.pid, signal.SIGTERM)
        said.seek(0)
        complained.seek(0)
        return subprocess.CompletedProcess(shell.args, code, said.read(), complained.read())


@pytest.mark.slow
def test_the_guide_for_hospital_it_runs_as_it_stands(tmp_path: Path) -> None:
    done = _typed("docs/hospital-it.md", tmp_path, readers_environment(tmp_path))  # each command a process of its own
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line for line in said if line.startswith('"held"')] == ['"held":true', '"held":false']
    assert '"status":"kept"' in done.stdout
    assert '"status":"held"' in (tmp_path / "held.json").read_text()


@pytest.mark.slow
def test_the_guide_for_a_receiving_hospital_runs_as_it_stands(tmp_path: Path) -> None:
    done = _ran("docs/receiving.md", tmp_path)
    assert done.returncode == 0, done.stderr
    assert '{"source":"evidence.json","verdict":"valid"' in done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_the_guide_for_local_codes_runs_as_it_stands(tmp_path: Path) -> None:
    done = _ran("docs/vocabulary.md", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "urn:vn:cskcb:79001:codesystem:L|DUONG Đường máu (mmol/lít)  →  http://loinc.org|14749-6" in done.stdout
    assert (tmp_path / "waits.json").read_text() == ""
    assert [line[:9] for line in re.findall(r'"total":\d+', done.stdout)] == ['"total":1', '"total":2']
    assert "different: 1, replaced: 0" in done.stdout  # shown, then done, then nothing is left
    assert "different: 0, replaced: 0" in done.stdout
    assert '{"name":"result","valueBoolean":true}' in done.stdout
    shown = json.loads((tmp_path / "shown.json").read_text())
    assert {one["by"] for one in shown["decisions"]} == {"BS. Trần Thị Mẫu"}
    assert [json.loads(line)["equivalence"] for line in (tmp_path / "history.json").read_text().splitlines()] == [
        "equivalent", "unmatched", "equivalent", "",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_way_to_the_first_live_exchange_runs_as_it_stands(tmp_path: Path) -> None:
    done = _ran("docs/onboarding.md", tmp_path)
    assert done.returncode == 0, done.stderr
    steps = [line[:3] + line[4:].partition(":")[0] for line in done.stdout.splitlines() if line.startswith("[")]
    names = ["adapter", "samples", "codes", "key", "subscription", "conformance", "delivery"]
    first, last = dict(zip(names, steps[:7], strict=True)), dict(zip(names, steps[7:], strict=True))
    assert [name for name in names if first[name] != f"[ ]{name}"] == ["key", "conformance"]
    assert [name for name in names if last[name] != f"[x]{name}"] == ["conformance"]


@pytest.mark.slow
def test_a_backup_made_as_the_guide_says_reads_back_and_opens_its_keys_with_its_own_secret_only(tmp_path: Path) -> None:
    done = _ran("docs/operate.md", tmp_path)
    assert done.returncode == 0, done.stderr
    checked, rotated = done.stdout.splitlines()[-2:]
    assert checked == '{"findings":0}'
    assert '"facility":"79001"' in rotated
    (tmp_path / "backup" / "key-secret").write_text("another")
    refused = subprocess.run(
        [sys.executable, "-m", "gateway", "key", "rotate", "79001"],
        env=environment_without_settings() | {"GATEWAY_DATA_DIR": str(tmp_path / "backup")},
        capture_output=True,
        text=True,
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith("[key-unreadable]\n")


def _values(folder: Path) -> list[tuple[str, str, str]]:
    """Of the Observations found at the end of a tutorial: comparator, value, unit."""
    found = loads((folder / "found.json").read_bytes())
    quantities = [entry["resource"].get("valueQuantity", {}) for entry in found["entry"]]
    return sorted((one.get("comparator", ""), str(one.get("value", "")), one.get("unit", "")) for one in quantities)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("docs/tutorial-csv.md", [("", "7.2", "mmol/L"), ("<", "5.0", "mg/L")]),
        ("docs/tutorial-json.md", [("", "6.10", "mmol/L"), ("<", "5", "mg/L")]),
    ],
)
def test_a_tutorial_takes_an_export_live_without_python_and_what_it_says_is_found(
    page: str, found: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    done = _ran(page, tmp_path)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == ["kept", "kept"]
    checked = [json.loads(line) for line in (tmp_path / "checked.json").read_text().splitlines()]
    assert [one["verdict"] for one in checked] == ["pass"] * 7
    assert _values(tmp_path) == found
    commands = [line for block in fences(Path(page), "sh") for line in block.splitlines() if "gateway " in line]
    assert len(commands) < 20
