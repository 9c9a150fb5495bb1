"""One gateway of the demo, used as a stranger would: the ``gateway`` command and HTTPS calls only."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.demo.commands import Commands
from gateway.settings import environment_without_settings
from gateway.trust.authority import issue_server, new_authority

PATIENCE = 60  # seconds for a gateway to be ready, and for a delivery to arrive


class StepFailed(Exception):
    """A step of the job did not hold; the text says which and what was seen."""


@dataclass
class Site:
    """One gateway of the demo: its folder, its address, and the process once it runs."""

    name: str
    folder: Path
    port: int
    tls: Path
    environment: dict[str, str] = field(default_factory=dict)
    run: Commands = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.environment = environment_without_settings() | {
            "GATEWAY_DATA_DIR": str(self.folder),
            "GATEWAY_BIND": f"127.0.0.1:{self.port}",
            "GATEWAY_TLS_CERT": str(self.tls / "server.pem"),
            "GATEWAY_TLS_KEY": str(self.tls / "server.key"),
            "GATEWAY_CA_FILE": str(self.tls / "ca.pem"),
            "GATEWAY_DELIVERY_FIRST_RETRY_SECONDS": "1",
        }
        self.run = Commands(self.environment)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def command(self, *arguments: str, expect: int = 0) -> Any:
        """Run ``gateway …`` for this site; the first of its JSON lines. StepFailed on another exit code."""
        return next(iter(self.lines(*arguments, expect=expect)), None)

    def lines(self, *arguments: str, expect: int = 0) -> list[Any]:
        """The JSON lines of ``gateway …``."""
        done = self.run(*arguments)
        if done.code != expect:
            raise StepFailed(f"gateway {' '.join(arguments[:2])} ended {done.code}: {done.err.strip()}")
        return [json.loads(line) for line in done.out.splitlines()]

    def call(self, path: str, *, token: str = "", data: bytes | None = None, kind: str = "") -> tuple[int, Any]:
        """One HTTPS call: status and JSON body (None when the gateway is not there yet)."""
        request = urllib.request.Request(self.url + path, data=data)  # noqa: S310  # https to this machine only
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if kind:
            request.add_header("Content-Type", kind)
        context = ssl.create_default_context(cafile=str(self.tls / "ca.pem"))
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read() or b"null")
        except (urllib.error.URLError, OSError):
            return 0, None


def search(site: Site, token: str, resource_type: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    """What is found of a type, by FHIR search."""
    status, page = site.call(f"/fhir/{resource_type}?{urllib.parse.urlencode(asked)}", token=token)
    holds(status == 200, f"the search for {resource_type} gave {status}: {reasons(page)}")
    return [entry["resource"] for entry in page.get("entry", []) if entry["search"]["mode"] == "match"]


def read(site: Site, token: str, reference: dict[str, str]) -> Any:
    status, found = site.call(f"/fhir/{reference['reference']}", token=token)
    holds(status == 200, f"reading {reference['reference']} gave {status}: {reasons(found)}")
    return found


def delivered(site: Site, exchange: str, token: str) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        status, found = site.call(f"/exchanges/{exchange}", token=token)
        holds(status == 200, f"reading exchange {exchange} gave {status}")
        if found["status"] == "delivered" or time.monotonic() > ends:
            break
        time.sleep(0.2)
    holds(found["status"] == "delivered", f"exchange {exchange} is {found['status']}: {found['deliveries']}")
    for delivery in found["deliveries"]:
        response = delivery["receipt"]["entry"][0]["resource"]
        signer = response["sender"]["identifier"]["value"]
        say(f"   receipt from {signer}: {response['response']['code']}, after {delivery['attempts']} attempt(s)")


def download(site: Site, path: str, token: str) -> bytes:
    """The body as its bytes: evidence is kept digit by digit."""
    request = urllib.request.Request(site.url + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    context = ssl.create_default_context(cafile=str(site.tls / "ca.pem"))
    with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:  # noqa: S310
        body: bytes = answer.read()
        return body


def token_of(folder: Path, site: Site, code: str, registered: dict[str, Any]) -> str:
    key = folder / f"{site.name}-{code}.json"
    key.write_text(json.dumps(registered))
    key.chmod(0o600)
    return str(site.command("facility", "token", code, "--key", str(key))["access_token"])


@contextmanager
def serving(site: Site) -> Iterator[None]:
    with (site.folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve"], env=site.environment, stdout=log, stderr=log
        )
        try:
            ends = time.monotonic() + PATIENCE
            while site.call("/health/ready")[0] != 200:
                holds(process.poll() is None, f"the {site.name} gateway ended {process.returncode}")
                holds(time.monotonic() < ends, f"the {site.name} gateway was not ready in {PATIENCE} s")
                time.sleep(0.2)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def made_tls(folder: Path) -> Path:
    """An authority for TLS alone, made for this run, and one server certificate for this machine."""
    folder.mkdir()
    now = datetime.now(UTC)
    authority = new_authority("Demo TLS authority", now=now)
    server = issue_server(authority, now=now)
    (folder / "ca.pem").write_text(authority.chain[0])
    (folder / "server.pem").write_text(server.chain_pem)
    (folder / "server.key").touch(mode=0o600)
    (folder / "server.key").write_text(server.private_pem)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reasons(outcome: Any) -> str:
    issues = outcome.get("issue", []) if isinstance(outcome, dict) else []
    return "; ".join(issue.get("diagnostics", "") for issue in issues if issue.get("severity") in ("error", "fatal"))


def holds(held: bool, otherwise: str) -> None:
    if not held:
        raise StepFailed(otherwise)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
