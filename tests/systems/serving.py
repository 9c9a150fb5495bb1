"""Real `gateway serve` and `gateway worker` processes on this machine, and a client that calls them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from gateway.settings import environment_without_settings, read_settings
from gateway.transport import Transport

ROOT = Path(__file__).parents[2]
LAB = "79001"
SAMPLE = (ROOT / "adapters" / "hl7v2" / "samples" / "lab-hematology.hl7").read_bytes()
ER7 = {"Content-Type": "x-application/hl7-v2+er7"}
PATIENCE = 60  # seconds until a process that does nothing has failed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def payload(number: int) -> bytes:
    """The sample as another message of another order, so that it becomes an exchange of its own."""
    text = SAMPLE.replace(b"LAB20261115-0001", b"LAB-%04d" % number)
    return text.replace(b"XN20261115001", b"XN-%04d" % number).replace(b"CD20261115001", b"CD-%04d" % number)


@dataclass
class Gateway:
    """One gateway: its folder, its address, its settings, and whichever of its processes run."""

    folder: Path
    database_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    scheme: str = "http"
    client: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        own = {"DATA_DIR": str(self.folder / "var"), "BIND": f"127.0.0.1:{self.port}"}
        if self.database_url:
            own["DATABASE_URL"] = self.database_url
        named = {f"GATEWAY_{name.upper()}": value for name, value in (own | self.settings).items()}
        return environment_without_settings() | named | {"PYTHONUNBUFFERED": "1"}

    @property
    def log(self) -> str:
        """All that its processes have written."""
        return "".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("*.log")))

    def run(self, *typed: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """A command of its command line."""
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *typed], env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == expect, done.stderr
        return done

    def register(self) -> None:
        """The laboratory of the sample, which may send and read."""
        made = self.run("facility", "add", LAB, "--name", "Phòng xét nghiệm Thử", "--basis", "consent 1")
        self.client = json.loads(made.stdout)["client"]

    @contextmanager
    def running(self, *typed: str) -> Iterator[subprocess.Popen[bytes]]:
        """``gateway …`` in a process group of its own, ended with all of its children whatever happens."""
        with (self.folder / f"{typed[0]}.log").open("ab") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "gateway", *typed],
                env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            yield started
        finally:
            kill_all(started)

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """``gateway serve``, ready."""
        with self.running("serve") as started:
            until(lambda: self.ready(started), "the gateway is ready")
            yield started

    def ready(self, started: subprocess.Popen[bytes]) -> bool:
        assert started.poll() is None, self.log
        try:
            return self.get("/health/ready").status_code == 200
        except requests.ConnectionError:
            return False

    def token(self) -> str:
        """A token as the facility's own client gets it."""
        settings = read_settings({}, ca_file=self.settings.get("ca_file", ""))
        granted = Transport(settings, lambda: datetime.now(UTC)).token(
            self.url, self.client["client_id"], self.client["private_jwk"], " ".join(self.client["scopes"])
        )
        return str(granted["access_token"])

    def get(self, path: str, token: str = "", **more: Any) -> requests.Response:
        return requests.get(self.url + path, headers=_bearer(token), timeout=PATIENCE, verify=self._believed, **more)

    def post(self, body: Any, token: str, kind: Mapping[str, str] = ER7, **more: Any) -> requests.Response:
        """A payload of the laboratory's; ``kind``: its Content-Type."""
        headers = {**kind, **_bearer(token)}
        path = f"{self.url}/facilities/{LAB}/payloads"
        return requests.post(path, data=body, headers=headers, timeout=PATIENCE, verify=self._believed, **more)

    @property
    def _believed(self) -> str | bool:
        return self.settings.get("ca_file", True)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def until(found: Any, what: str) -> Any:
    """What ``found()`` gives once it is true; AssertionError when it has not come in PATIENCE seconds."""
    ends = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < ends, f"in vain: {what}"
        time.sleep(0.05)
    return value


def kill_all(started: subprocess.Popen[bytes]) -> None:
    """kill -9 for a process and all of its children; harmless when they have ended."""
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait(PATIENCE)


def processes_of(folder: Path) -> dict[int, str]:
    """The command lines of the processes that name a folder, by process id."""
    found = {}
    for told in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = told.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in line:
            found[int(told.parent.name)] = line
    return found


def ended(started: subprocess.Popen[bytes]) -> int:
    """Its exit code after SIGTERM."""
    started.send_signal(signal.SIGTERM)
    return started.wait(PATIENCE)


def children(process: int) -> list[int]:
    """The process's own children, by Linux's account."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(number) for number in listed.split()]


def peak_memory(process: int) -> int:
    """The most memory a process ever had, bytes."""
    lines: Mapping[str, str] = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
    )
    return int(lines["VmHWM"].split()[0]) * 1024


def sockets(process: int) -> set[str]:
    """The sockets a process has open."""
    links = set()
    for entry in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed in between
            links.add(str(entry.readlink()))
    return {link for link in links if link.startswith("socket:")}
