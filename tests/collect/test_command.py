"""``gateway collect`` as it is typed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import environment_without_settings
from tests.collect.site import Site
from tests.systems.serving import until


@pytest.fixture
def file(site: Site, inbox: Path, tmp_path: Path) -> Path:
    """A file with one watched folder."""
    site.client_file(tmp_path)
    made = tmp_path / "collect.toml"
    made.write_text(
        f'gateway = "{site.url}"\n[[folder]]\nname = "lab"\nfacility = "79001"\nclient = "client.json"\n'
        f'path = "{inbox}"\nsettle_seconds = 0\npoll_seconds = 1\n'
    )
    return made


def typed(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "gateway", "collect", *map(str, words)]


def ran(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(typed(*words), env=environment_without_settings(), capture_output=True, text=True)


def test_check_says_of_each_collector_whether_it_could_work(file: Path, inbox: Path) -> None:
    done = ran(file, "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"collector": "lab", "kind": "folder", "well": True, "issues": []}
    for made in ("done", "refused", "taking"):
        (inbox / made / ".lock").unlink(missing_ok=True)
        (inbox / made).rmdir()
    inbox.rmdir()
    done = ran(file, "--check")
    assert done.returncode == 1
    assert [issue["rule"] for issue in json.loads(done.stdout)["issues"]] == ["collect-folder-away"]


def test_once_takes_all_there_is_and_says_how_much(site: Site, file: Path, inbox: Path) -> None:
    (inbox / "a.hl7").write_bytes(site.payload())
    (inbox / "b.hl7").write_bytes(b"none")
    done = ran(file, "--once")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert (told["taken"], told["refused"], told["left"], told["failed"]) == (1, 1, 0, "")
    assert told["rules"] == {"hl7v2-outside-message": 1}
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(one["event"], one["fate"]) for one in events] == [("collected", "taken"), ("collected", "refused")]


def test_it_runs_until_sigterm_and_a_fault_in_the_file_is_exit_2(site: Site, file: Path, inbox: Path) -> None:
    with subprocess.Popen(typed(file), env=environment_without_settings(), stderr=subprocess.PIPE) as running:
        (inbox / "a.hl7").write_bytes(site.payload())
        until((inbox / "done" / "a.hl7").exists, "it is taken")
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    file.write_text(file.read_text().replace("lab", "L A B"))
    refused = ran(file)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert refused.stderr.startswith("gateway: line 3, folder[0].name: ")
