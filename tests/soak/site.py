"""A gateway under test: its folder, its host, and its processes, which something like systemd keeps running."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from gateway.settings import environment_without_settings
from tests.blueprint import ROOT
from tests.soak.dying import OFFSET
from tests.soak.network import Host
from tests.soak.orders import Orders

PATIENCE = 120  # seconds until what should have happened never will
RESTART = 0.2  # seconds before an ended process is started again
PORT = 8443


class Failed(Exception):
    """The soak could not be carried out as planned; the text says where."""


class Attended:
    """One process, started again whenever it ends, until it is let go."""

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._command, self._environment, self._log = command, environment, log
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self.ended: Counter[int] = Counter()  # exit code → how often it ended, other than by us at the end
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._over.is_set():
            with self._lock, self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, env=self._environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
                )
            code = self._process.wait()
            if not self._over.is_set():
                self.ended[code] += 1
                self._over.wait(RESTART)

    def kill(self, chance: random.Random) -> bool:
        """kill -9 for all of it, its first process alone, or one that it started; False when there was nothing."""
        with self._lock:
            process = self._process
        if process is None or process.poll() is not None:
            return False
        forked = children(process.pid)
        with suppress(ProcessLookupError):
            match chance.choice(["all", "first", "one", "one"] if forked else ["all"]):
                case "all":
                    os.killpg(process.pid, signal.SIGKILL)
                case "first":
                    os.kill(process.pid, signal.SIGKILL)
                case _:
                    os.kill(chance.choice(forked), signal.SIGKILL)
            return True
        return False

    def let_go(self, *, force: bool = False) -> int | None:
        """End it for good, by ``force`` with kill -9; its exit code."""
        self._over.set()
        with self._lock:
            process = self._process
        if process is None:
            return None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        self._thread.join(PATIENCE)
        return process.returncode


@dataclass
class Site:
    """``data`` is on the disk that will be full; ``folder`` holds what the soak itself writes."""

    name: str
    folder: Path
    data: Path
    host: Host
    tls: Path
    database_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    processes: list[Attended] = field(default_factory=list)

    def __post_init__(self) -> None:
        for folder in (self.folder, self.data):
            folder.mkdir(parents=True, exist_ok=True)
        self.orders = Orders(self.folder)

    @property
    def url(self) -> str:
        return f"https://{self.host.address}:{PORT}"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "data_dir": str(self.data),
            "bind": f"{self.host.address}:{PORT}",
            "base_url": self.url,
            "tls_cert": str(self.tls / "server.pem"),
            "tls_key": str(self.tls / "server.key"),
            "ca_file": str(self.tls / "ca.pem"),
        }
        if self.database_url:
            own["database_url"] = self.database_url
        named = {f"GATEWAY_{name.upper()}": value for name, value in (own | self.settings).items()}
        return environment_without_settings() | named | {"PYTHONUNBUFFERED": "1"}

    def command(self, *typed: str) -> Any:
        """A command of its command line, by its clock; its first line of JSON. Failed when it does not end with 0."""
        run = self.host.inside([sys.executable, "-m", "tests.soak.dying", str(self.folder), *typed])
        done = subprocess.run(run, env=self.environment, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(
                f"{self.name}: gateway {' '.join(typed[:2])} ended {done.returncode}: {done.stdout}{done.stderr}"
            )
        return json.loads(done.stdout.splitlines()[0]) if done.stdout else None

    def start(self, *typed: str) -> Attended:
        """``gateway …`` with its orders and its clock, kept running."""
        command = self.host.inside([sys.executable, "-m", "tests.soak.dying", str(self.folder), *typed])
        made = Attended(typed[0], command, self.environment, self.folder / f"{typed[0]}-{len(self.processes)}.log")
        self.processes.append(made)
        return made

    def stop(self) -> None:
        for one in self.processes:
            one.let_go()

    def ready(self) -> bool:
        try:
            asked = requests.get(f"{self.url}/health/ready", timeout=5, verify=str(self.tls / "ca.pem"))
        except requests.RequestException:
            return False
        return asked.status_code == 200

    def step_clock(self, seconds: float) -> None:
        """Its clock is wrong by that much from now on."""
        made = self.folder / f".{OFFSET}"
        made.write_text(str(seconds))
        made.rename(self.folder / OFFSET)


def until(found: Callable[[], Any], what: str, *, patience: float = PATIENCE) -> Any:
    """What ``found()`` gives once it is true; Failed when it has not come in ``patience`` seconds."""
    ends = time.monotonic() + patience
    while not (value := found()):
        if time.monotonic() > ends:
            raise Failed(f"in vain for {patience:.0f} s: {what}")
        time.sleep(0.05)
    return value


def children(process: int) -> list[int]:
    """The process's own children, by Linux's account."""
    try:
        return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
