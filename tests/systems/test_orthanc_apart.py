"""A real Orthanc in a network of its own: one door leads to it, and nothing of it outlives whoever started it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.demo.archive import standing
from gateway.demo.site import StepFailed
from gateway.settings import environment_without_settings
from gateway.simulator.orthanc import running
from tests.systems.serving import ROOT, processes_of, until

HOLDER = """
import sys
from pathlib import Path
from gateway.simulator.orthanc import running
with running(Path(sys.argv[1])) as made:
    print(made.root, flush=True)
    sys.stdin.read()
"""

# What a shell starts behind itself ignores Ctrl-C, and so does all that it starts in turn: these tests among them.
HEARS_CTRL_C = ("env", "--default-signal=INT")


def test_it_is_reached_by_its_door_alone_and_gone_when_it_is_left(tmp_path: Path) -> None:
    with running(tmp_path) as made:
        assert made.name().startswith("Orthanc 1.")
        (number,) = (number for number, line in processes_of(tmp_path).items() if line.startswith("Orthanc "))
        assert Path(f"/proc/{number}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        door = int(made.root.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):  # as at every other address of this machine
            socket.create_connection(("127.0.0.2", door))
    assert processes_of(tmp_path) == {}
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(made.root)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_whoever_started_it_however_that_ends(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [*HEARS_CTRL_C, sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, env=environment_without_settings(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline().startswith(b"http://127.0.0.1:")
        holder.send_signal(number)
        assert holder.wait() == -number
    until(lambda: not processes_of(tmp_path), "all of it has ended")


def test_an_orthanc_that_ends_at_once_is_told_of_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = tmp_path / "broken.so"
    plugin.write_bytes(b"no library")
    monkeypatch.setattr("gateway.simulator.orthanc.PLUGIN", plugin)
    with ExitStack() as stack, pytest.raises(StepFailed, match=r"not ready; the last it said: .+"):
        standing("orthanc", tmp_path, stack)
    with ExitStack() as stack:
        assert "Orthanc was not ready" in standing("auto", tmp_path, stack).why
    assert processes_of(tmp_path) == {}


def test_the_demo_interrupted_leaves_nothing_of_it_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*HEARS_CTRL_C, sys.executable, "-m", "gateway", "demo", "--archive", "orthanc"], cwd=ROOT,
        env=environment_without_settings() | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE,
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        assert demo.stdout.readline().startswith(b"1. Two gateways")
        assert any(line.startswith("Orthanc ") for line in processes_of(tmp_path).values())
        demo.send_signal(signal.SIGINT)
        demo.stdout.read()
        assert demo.wait() == 0
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == {}
