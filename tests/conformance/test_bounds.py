"""Whatever a target does, a run ends, says so, and shows its credentials to nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gateway.conformance.client import Client, Limits, NotAllowed, Unanswered
from gateway.conformance.credentials import Credentials
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.jsontext import dumps
from gateway.simulator.encrypted import encrypted
from gateway.trust.authority import issue_server, new_authority
from tests.conformance.keeper import keeping
from tests.conformance.site import REQUIREMENTS, Site, of_family

_TWELVE = ("Account", "Basic", "Binary", "Claim", "Device", "Flag", "Goal", "Group", "List", "Media", "Person", "Slot")
IMPATIENT = Limits(seconds=0.3, length=100_000, pace=0)


class _Odd(BaseHTTPRequestHandler):
    """Misbehaves as the path's first step says, and remembers who showed what."""

    protocol_version = "HTTP/1.1"
    shown: list[str | None]

    def do_GET(self) -> None:
        self.shown.append(self.headers.get("Authorization"))
        kind = self.path.split("/")[1]
        if kind == "hang":
            self.rfile.read(1)  # until who asked gives up
        elif kind == "endless":
            self._head(200, {})
            while True:
                self.wfile.write(b" " * 65536)
        elif kind == "circle":
            self._head(302, {"Location": self.path, "Content-Length": "0"})
        elif kind == "page":
            self._head(200, {"Content-Type": "text/html", "Content-Length": "6"})
            self.wfile.write(b"<html>")
        elif kind == "lies":
            body = (
                b'{"resourceType":"CapabilityStatement","fhirVersion":7,"rest":[3,{"mode":"server","resource":"all"}]}'
            )
            self._head(200, {"Content-Type": "application/fhir+json", "Content-Length": str(len(body))})
            self.wfile.write(body)
        elif kind == "bare":
            bare = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server"}]}
            body = dumps(bare if self.path.endswith("/metadata") else {"resourceType": "OperationOutcome"})
            self._head(
                200 if self.path.endswith("/metadata") else 404,
                {"Content-Type": "application/fhir+json", "Content-Length": str(len(body))},
            )
            self.wfile.write(body)
        elif kind == "drip":
            self._head(200, {"Content-Type": "application/fhir+json", "Content-Length": "1000"})
            while True:
                self.wfile.write(b" ")
                time.sleep(0.05)  # what this server is slow with
        elif kind == "drip-head":
            while True:
                self.wfile.write(b"H")
                time.sleep(0.05)  # a byte of its head at a time, for ever
        elif kind in ("all", "far-too-many"):
            names = _TWELVE if kind == "all" else [f"Type{number}" for number in range(3_000)]
            said = [{"type": name, "interaction": [{"code": "search-type"}]} for name in names]
            body = dumps({"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": said}]})
            status = 200 if self.path.endswith("/metadata") else 500
            body = body if status == 200 else b"{}"
            self._head(status, {"Content-Type": "application/fhir+json", "Content-Length": str(len(body))})
            self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError):  # who asked has hung up, as it should
            super().finish_request(request, client_address)


@contextmanager
def odd(tls: tuple[str, str] | None = None) -> Iterator[tuple[str, list[str | None]]]:
    """Its address, and the Authorization headers it was shown; ``tls``: PEM files of a certificate and its key."""
    shown: list[str | None] = []
    server = _Server(("127.0.0.1", 0), type("Odd", (_Odd,), {"shown": shown}))
    if tls:
        server.socket = encrypted(server.socket, tls)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}", shown
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("hang", "conformance-no-answer-in-time"),
        ("drip", "conformance-no-answer-in-time"),
        ("drip-head", "conformance-no-answer-in-time"),
        ("endless", "conformance-answer-endless"),
    ],
)
def test_a_target_that_never_ends_is_given_up_and_the_rest_is_not_waited_for(kind: str, rule: str) -> None:
    with odd() as (url, _):
        found = list(run(Target(Client(f"{url}/{kind}", limits=IMPATIENT)), of_family("read")))
    assert [one.word for one in found] == ["fail"] * 3 + ["skip"] * (len(found) - 3)
    assert {finding.rule for one in found[:3] for finding in one.findings} == {rule}
    assert {finding.rule for one in found[3:] for finding in one.findings} == {"conformance-target-silent"}


@pytest.mark.parametrize("kind", ["circle", "page", "lies"])
def test_a_target_that_talks_nonsense_fails_and_breaks_no_check(kind: str) -> None:
    with odd() as (url, shown):
        made = Target(Client(f"{url}/{kind}", limits=IMPATIENT), Credentials(token="given"))
        found = {one.requirement.id: one for one in run(made, [one for one in REQUIREMENTS.values() if one.check])}
    assert found["CAP-1"].word == "fail"
    assert {one.word for one in found.values()} <= {"fail", "skip", "omit", "pass"}
    assert len(shown) < 300  # a redirect that leads in a circle is not followed


# What is asked of the statement itself, or of any answer, whatever it is.
_OF_THE_STATEMENT = {"CAP-1", "CAP-2", "CAP-5", "FORMAT-1", "FORMAT-2", "NET-1", "NET-2", "NET-6"}


@pytest.mark.parametrize("kind", ["circle", "page", "lies", "bare"])
def test_where_nothing_but_the_statement_could_be_asked_nothing_else_passes(kind: str) -> None:
    """A requirement that was held up to nothing is left out, never met."""
    with odd() as (url, _):
        made = Target(Client(f"{url}/{kind}", limits=IMPATIENT), Credentials(token="given"))
        found = list(run(made, [one for one in REQUIREMENTS.values() if one.check]))
    passed = {one.requirement.id: one.seen for one in found if one.word == "pass"}
    of_it = {
        name
        for name, seen in passed.items()
        if {(one.method, urlsplit(one.url).path) for one in seen} <= {("GET", f"/{kind}/metadata")}
    }
    assert of_it <= _OF_THE_STATEMENT


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with odd() as (url, shown):
        assert Client(f"{url}/circle", limits=IMPATIENT).ask("GET", f"{url}/circle/x").status == 302
        assert len(shown) == 1


def test_a_token_is_shown_to_the_targets_own_origin_alone() -> None:
    with odd() as (elsewhere, shown), odd() as (url, own):
        target = Target(Client(f"{url}/page", limits=IMPATIENT), Credentials(token="given"))
        target.get(f"{elsewhere}/page/next")
        target.get("/Patient")
    assert (shown, own) == ([None], ["Bearer given"])


def test_a_certificate_that_cannot_be_verified_is_shown_no_token(tmp_path: Path) -> None:
    authority = new_authority("Nobody's", now=datetime.now(UTC))
    server = issue_server(authority, now=datetime.now(UTC))
    (tmp_path / "chain.pem").write_text(server.chain_pem)
    (tmp_path / "key.pem").write_text(server.private_pem)
    (tmp_path / "authority.pem").write_text(authority.chain[0])
    with odd((str(tmp_path / "chain.pem"), str(tmp_path / "key.pem"))) as (url, shown):
        stranger = Target(Client(f"{url}/page", limits=IMPATIENT), Credentials(token="given"))
        found = list(run(stranger, of_family("read")))
        assert {finding.rule for one in found for finding in one.findings} == {"conformance-tls"}
        assert shown == []
        known = Client(f"{url}/page", limits=Limits(seconds=30, pace=0), ca_file=str(tmp_path / "authority.pem"))
        assert known.ask("GET", f"{url}/page").status == 200


def test_a_token_endpoint_elsewhere_is_not_shown_an_assertion(site: Site) -> None:
    client = Client(site.fhir, limits=IMPATIENT)
    elsewhere = Client("http://127.0.0.1:9/fhir", limits=IMPATIENT)
    elsewhere.ask = client.ask  # type: ignore[method-assign]  # it answers with the endpoint of another origin
    elsewhere.base = "http://localhost:9/fhir"
    made = site.credentials()
    with pytest.raises(Unanswered):
        made.token_endpoint(elsewhere)


def test_what_only_reads_sends_nothing_that_is_kept() -> None:
    client = Client("http://127.0.0.1:9/fhir", limits=IMPATIENT, read_only=True)
    with pytest.raises(NotAllowed):
        client.ask("POST", "http://127.0.0.1:9/fhir/Patient", {}, b"{}", keeps=True)
    assert client.seen == []


def test_a_run_that_only_reads_sends_nothing_to_keep_and_says_what_it_left_out(site: Site) -> None:
    before = len(site.world.audit_lines())
    found = list(run(site.target(read_only=True), of_family("signed")))
    assert {one.word for one in found} == {"pass", "skip"}
    assert {one.requirement.writes for one in found if one.word == "skip"} == {True}
    assert not [line for line in site.world.audit_lines()[before:] if line.action.startswith("message")]


def test_nobody_there_is_a_failing_and_no_error() -> None:
    found = list(run(Target(Client("http://127.0.0.1:9/fhir", limits=IMPATIENT)), of_family("statement")))
    assert {one.word for one in found} == {"fail"}
    assert {finding.rule for one in found for finding in one.findings} == {"conformance-no-answer"}


def test_a_run_has_its_time() -> None:
    with odd() as (url, _):
        made = Target(Client(f"{url}/page", limits=IMPATIENT))
        ticks = iter(range(0, 10_000, 100))
        found = list(run(made, of_family("read"), most_seconds=250, clock=lambda: next(ticks)))
    assert found[-1].findings[0].rule == "conformance-out-of-time"


def test_a_check_that_asks_of_every_type_ends_with_the_run_and_what_it_found_stands() -> None:
    asked = [one for one in REQUIREMENTS.values() if one.id in ("CAP-1", "SEARCH-10", "READ-3")]
    with odd() as (url, shown):
        made = Target(Client(f"{url}/far-too-many", limits=Limits(seconds=30, pace=0)))
        ticks = iter(range(100_000))
        found = {one.requirement.id: one for one in run(made, asked, most_seconds=50, clock=lambda: next(ticks))}
        assert len(shown) < 100
    assert found["SEARCH-10"].word == "fail"
    assert found["SEARCH-10"].findings[-1].rule == "conformance-more"
    assert "conformance-out-of-time" in {one.rule for one in found["SEARCH-10"].findings}


def test_what_was_made_is_deleted_after_the_time_of_the_run_too() -> None:
    with keeping() as (url, keeper):
        ticks = iter(range(100_000))
        target = Target(Client(url, limits=Limits(seconds=30, pace=0)))
        list(run(target, of_family("read"), most_seconds=60, clock=lambda: next(ticks)))
        assert len(target.own.made) > 0
        assert keeper.there == target.own.left == []


def test_the_pace_is_kept() -> None:
    paused: list[float] = []
    with odd() as (url, _):
        client = Client(url, limits=Limits(pace=2), clock=lambda: 0.0, pause=paused.append)
        for _ in range(3):
            client.ask("GET", f"{url}/page")
    assert paused == [0.5, 0.5]


def test_of_findings_alike_the_first_are_told_and_the_rest_counted() -> None:
    asked = [one for one in REQUIREMENTS.values() if one.id == "CAP-3"]
    with odd() as (url, _):
        made = Target(Client(f"{url}/all", limits=IMPATIENT))
        (found,) = run(made, asked)
    rules = [one.rule for one in found.findings]
    assert rules == ["conformance-status"] * 10 + ["conformance-more"]
    assert found.findings[-1].parameters == {"count": 2}
