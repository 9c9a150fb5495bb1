"""Where no Orthanc can be had, the demo's study stands in the simulated archive, and why is said; never unsaid."""

from __future__ import annotations

import json
import stat
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import gateway
from gateway.demo.archive import standing
from gateway.demo.site import StepFailed
from gateway.simulator import orthanc
from gateway.simulator.held_study import HeldStudy

STUDY = {"0020000D": {"vr": "UI", "Value": ["1.2.3"]}}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is on the PATH, and a plugin that is there."""
    (tmp_path / "plugin.so").touch()
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(orthanc, "PLUGIN", tmp_path / "plugin.so")
    return tmp_path / "bin"


def program(folder: Path, name: str, does: str = "exit 0") -> None:
    (folder / name).write_text(f"#!/bin/sh\n{does}\n")
    (folder / name).chmod(stat.S_IRWXU)


def without_plugin(path: Path) -> None:
    program(path, "Orthanc")
    (path.parent / "plugin.so").unlink()


def without_network(path: Path) -> None:
    program(path, "Orthanc")
    program(path, "unshare", "echo 'unshare failed: Operation not permitted' >&2; exit 1")


def without_unshare(path: Path) -> None:
    program(path, "Orthanc")


LACKING = [
    (lambda path: None, "apt install orthanc orthanc-dicomweb"),
    (without_plugin, "apt install orthanc-dicomweb"),
    (without_unshare, "apt install util-linux"),
    (without_network, "(unshare failed: Operation not permitted); root can"),
]


@pytest.mark.parametrize(("lacking", "said"), LACKING)
def test_without_what_it_takes_the_archive_is_simulated_and_says_what_is_lacking(
    path: Path, lacking: Callable[[Path], None], said: str
) -> None:
    lacking(path)
    with ExitStack() as stack:
        archive = standing("auto", path.parent, stack)
        assert archive.name == "the simulated archive"
        assert said in archive.why
        archive.store(HeldStudy(STUDY))
        with urllib.request.urlopen(f"{archive.url}/studies") as answer:
            assert json.load(answer) == [STUDY]
    with ExitStack() as stack, pytest.raises(StepFailed) as failed:
        standing("orthanc", path.parent, stack)
    assert said in str(failed.value)


def test_the_demo_that_insists_on_orthanc_ends_before_it_begins(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    done = CliRunner().invoke(gateway, ["demo", "--once", "--archive", "orthanc"])
    assert done.exit_code == 1
    assert done.stdout.startswith("FAILED: there is no Orthanc on the PATH (Debian: apt install orthanc orthanc-dic")
    assert not list((tmp_path / "temporary").iterdir())


def test_the_simulated_archive_can_be_asked_for(path: Path) -> None:
    program(path, "Orthanc", "touch started")
    with ExitStack() as stack:
        archive = standing("simulated", path.parent, stack)
    assert (archive.name, archive.why) == ("the simulated archive", "it was asked for")
