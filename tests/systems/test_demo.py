"""`gateway demo --once` from the wheel alone: a fresh environment, pinned requirements, an empty folder, no tree."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from gateway.settings import environment_without_settings
from tests.blueprint import ROOT, files
from tests.systems.serving import processes_of


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment in which nothing but the wheel and its pins is installed."""
    folder = tmp_path_factory.mktemp("installed")
    for path in files():
        (folder / "tree" / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, folder / "tree" / path)
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, folder / "tree")
    shutil.rmtree(folder / "tree")
    venv.create(folder / "venv", with_pip=True)
    install: list[str | Path] = [
        folder / "venv" / "bin" / "python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    _run(*install, "--require-hashes", "--only-binary", ":all:", "-r", ROOT / "requirements" / "run.txt")
    (wheel,) = folder.glob("*.whl")
    _run(*install, "--no-deps", "--no-index", wheel)
    return folder / "venv" / "bin"


def _run(*typed: str | Path) -> None:
    done = subprocess.run([str(word) for word in typed], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_installed_wheel_shows_the_main_job_and_leaves_nothing_behind(installed: Path, tmp_path: Path) -> None:
    empty, temporary, home = (tmp_path / name for name in ("empty", "temporary", "home"))
    for folder in (empty, temporary, home):
        folder.mkdir()
    environment = environment_without_settings() | {"TMPDIR": str(temporary), "HOME": str(home)}
    environment = {name: value for name, value in environment.items() if not name.startswith(("PYTHON", "COVERAGE"))}
    done = subprocess.run(
        [installed / "gateway", "demo", "--once", "--archive", "orthanc"],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
    )
    said = done.stdout
    assert (done.returncode, done.stderr) == (0, ""), said
    exchanges = set(re.findall(r"exchange ([0-9a-f-]{36})", said))
    assert len(exchanges) >= 3
    assert said.count("receipt from 79900: ok") == len(exchanges)
    assert re.search(r"[1-9][0-9]* results of citizen 001090000001 from 2 facilities", said)
    assert re.search(r"GCT-2026-0007  Giấy chuyển .* → 79900: Đủ điều kiện", said)
    assert "HKL-2026-0012  Hẹn khám lại 04.12.2026 tại 01888: Viêm phổi nặng" in said
    real = r"Orthanc [\d.]+ with DICOMweb [\d.]+"
    assert re.search(rf"^   archive: {real}$", said, re.MULTILINE)
    assert re.search(rf"^   from {real}: X-quang ngực thẳng of Nguyễn Văn An, 2 images", said, re.MULTILINE)
    assert re.search(r"^   from the folder: 3 results of .*\n   from the view: 2 results of ", said, re.MULTILINE)
    assert re.search(r"^   order CD-1: HbA1c: 6\.10 %, .*, 79001\. May be used again\.$", said, re.MULTILINE)
    assert "CD-1 accepted: a Provenance on the order, signed by 79900: Observation, version 1" in said
    assert "CD-2 overridden: condition-changed; the test is made again" in said
    assert re.search(r"ALERT: the result HbA1c, .* Relied on: 6\.10 %\. Now: 9\.10 %\.", said)
    assert "the alert is acknowledged by BS. Thử" in said
    assert "report: 2 cards, 1 accepted, 1 overridden; not repeated: 1 hba1c" in said
    held = re.search(r"^   (\d+) requirements held up to the city gateway: (.*)$", said, re.MULTILINE)
    assert held is not None
    assert "fail" not in held[2]
    assert "error" not in held[2]
    ratios = re.findall(r"^   (correct|complete|clean|live) +([\d.]+)%  (\d+) of (\d+)$", said, re.MULTILINE)
    assert [one[0] for one in ratios] == ["correct", "complete", "clean", "live"]
    assert all(0 < int(met) < int(of) for _, _, met, of in ratios), "each of the four has something to mend"
    verdicts = re.findall(r"^   (\S+?)(?: without a trust file)?: (valid|invalid|unverifiable)", said, re.MULTILINE)
    assert verdicts == [
        ("evidence.json", "valid"),
        ("tampered.json", "invalid"),
        ("evidence.json", "unverifiable"),
    ]
    assert [list(folder.iterdir()) for folder in (empty, temporary, home)] == [[], [], []]
    assert processes_of(installed) == {}


def test_every_command_of_the_installed_wheel_is_there(installed: Path, tmp_path: Path) -> None:
    for typed in (("--version",), ("adapter", "list"), ("simulate", "behaviours")):
        done = subprocess.run([installed / "gateway", *typed], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout
