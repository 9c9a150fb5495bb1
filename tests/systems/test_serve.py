"""`gateway serve` and `gateway worker` as processes: what they do to a database, to a client, to each other."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from gateway.bundle import CCCD
from gateway.jsontext import dumps
from gateway.simulator.identity import SCOPE, Identity, new_identity
from gateway.simulator.recipient import SimulatedRecipient
from gateway.trust.authority import issue_server, new_authority
from tests.systems.serving import (
    ER7,
    LAB,
    SAMPLE,
    Gateway,
    children,
    ended,
    kill_all,
    payload,
    peak_memory,
    sockets,
    until,
)


@pytest.fixture
def gateway(database_url: str, tmp_path: Path) -> Gateway:
    """Registered on an empty database of either kind; nothing runs yet."""
    made = Gateway(tmp_path, database_url)
    made.register()
    return made


@pytest.fixture
def alone(tmp_path: Path) -> Gateway:
    """On the SQLite database of its own folder, for what no database changes."""
    made = Gateway(tmp_path)
    made.register()
    return made


@pytest.fixture(scope="module")
def identity() -> Identity:
    return new_identity("79900", "City hospital", now=datetime.now(UTC))


@pytest.fixture
def recipient(identity: Identity) -> Iterator[SimulatedRecipient]:
    with SimulatedRecipient(identity) as made:
        yield made


def subscribed(gateway: Gateway, recipient: SimulatedRecipient) -> None:
    """All that the gateway takes goes to the recipient."""
    identity = recipient.identity
    (gateway.folder / "trust.json").write_bytes(identity.trust(datetime.now(UTC)).as_bytes())
    client = {"client_id": identity.client_id, "scopes": [SCOPE], "private_jwk": identity.client_jwk}
    (gateway.folder / "client.json").write_bytes(dumps({"client": client}))
    trust, key = str(gateway.folder / "trust.json"), str(gateway.folder / "client.json")
    gateway.run("recipient", "add", "city", "--url", recipient.url, "--trust", trust, "--client", key)
    gateway.run("subscription", "add", "--recipient", "city", "--basis", "consent 1")


def delivered(gateway: Gateway, token: str, *exchanges: str) -> None:
    for one in exchanges:
        until(lambda one=one: gateway.get(f"/exchanges/{one}", token).json()["status"] == "delivered", one)


# ---- beginning and ending -------------------------------------------------------------


def test_it_makes_an_empty_database_is_ready_and_ends_with_0(database_url: str, tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, database_url)
    with gateway.serving() as started:
        assert gateway.get("/health/live").status_code == 200
        assert gateway.get("/health/ready").json()
        gateway.register()
        assert gateway.post(SAMPLE, gateway.token()).status_code == 201
        assert ended(started) == 0
    assert gateway.run("exchange", "list").stdout.count("\n") == 1


def test_a_second_one_on_the_same_sqlite_database_is_refused_in_a_line(alone: Gateway) -> None:
    second = Gateway(alone.folder)
    with alone.serving() as first:
        refused = second.run("serve", expect=2)
        assert [line.split()[-1] for line in refused.stderr.splitlines()] == ["[store-held]"]
        assert alone.get("/health/ready").status_code == 200
        kill_all(first)
    with second.serving():  # the kernel let the lock go
        pass


@pytest.mark.parametrize("bind", ["127.0.0.1:99999", "no-such-host.invalid:8080", "192.0.2.1:8080", "in use"])
def test_an_address_it_cannot_listen_on_is_told_in_a_line(alone: Gateway, bind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        if bind == "in use":
            bind = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = alone.run("serve", "--bind", bind, expect=2)
    (line,) = refused.stderr.splitlines()
    assert bind in line or "GATEWAY_BIND" in line


def test_a_request_under_way_is_finished_before_it_ends(gateway: Gateway) -> None:
    with gateway.serving() as started:
        token = gateway.token()
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as client:
            client.sendall(_head(token, f"Content-Length: {len(SAMPLE)}", "Expect: 100-continue"))
            assert client.recv(1000).startswith(b"HTTP/1.1 100"), "the request is under way"
            client.sendall(SAMPLE[:100])
            before = sockets(started.pid)
            started.send_signal(signal.SIGTERM)
            until(lambda: sockets(started.pid) < before, "it listens no more")
            client.sendall(SAMPLE[100:])
            assert client.recv(1000).startswith(b"HTTP/1.1 201")
        assert started.wait(60) == 0
    assert '"status":"kept"' in gateway.run("exchange", "list").stdout


def test_what_was_acknowledged_survives_kill_9_and_is_delivered(
    gateway: Gateway, recipient: SimulatedRecipient
) -> None:
    # What a killed process was sending is sent again when its claim has run out: four attempts' time and 30 s.
    gateway.settings["delivery_timeout_seconds"] = "1"
    subscribed(gateway, recipient)
    acknowledged: dict[int, str] = {}
    enough = threading.Event()

    def send(number: int) -> None:
        try:
            answer = gateway.post(payload(number), token)
        except requests.RequestException:
            return
        if answer.status_code == 201:
            acknowledged[number] = answer.json()["exchanges"][0]["id"]
            if len(acknowledged) >= 7:
                enough.set()

    with gateway.serving() as started:
        token = gateway.token()
        with ThreadPoolExecutor(4) as clients:
            sending = [clients.submit(send, number) for number in range(20)]
            assert enough.wait(60)
            kill_all(started)
        assert all(one.exception() is None for one in sending)
    assert 7 <= len(acknowledged) < 20, "it died in the middle"
    before = dict(acknowledged)
    with gateway.serving() as started:
        token = gateway.token()
        for number in range(20):
            again = gateway.post(payload(number), token)
            assert again.status_code in ((200,) if number in before else (200, 201))
            acknowledged[number] = again.json()["exchanges"][0]["id"]
        assert before.items() <= acknowledged.items()
        delivered(gateway, token, *acknowledged.values())
        assert ended(started) == 0
    assert len(set(acknowledged.values())) == 20
    assert len(set(recipient.taken)) == 20
    assert '{"findings":0}' in gateway.run("db", "check").stdout


# ---- several processes ----------------------------------------------------------------


def test_two_serving_processes_share_one_postgresql(
    postgresql_url: str, tmp_path: Path, recipient: SimulatedRecipient
) -> None:
    gateway = Gateway(tmp_path, postgresql_url, {"processes": "2"})
    gateway.register()
    subscribed(gateway, recipient)
    with gateway.serving() as started:
        assert len(children(started.pid)) == 2
        token = gateway.token()
        with ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda number: gateway.post(payload(number % 6), token), range(24)))
        assert sorted(answer.status_code for answer in answers) == [200] * 18 + [201] * 6
        exchanges = {answer.json()["exchanges"][0]["id"] for answer in answers}
        assert len(exchanges) == 6
        delivered(gateway, token, *exchanges)
        assert len(recipient.taken) == 6, "each is sent once"
        assert ended(started) == 0


def test_two_serving_processes_are_refused_on_sqlite(tmp_path: Path) -> None:
    refused = Gateway(tmp_path, settings={"processes": "2"}).run("serve", expect=2)
    assert "GATEWAY_PROCESSES" in refused.stderr


def test_a_worker_delivers_beside_or_without_a_serving_process(
    postgresql_url: str, tmp_path: Path, recipient: SimulatedRecipient
) -> None:
    gateway = Gateway(tmp_path, postgresql_url)
    gateway.register()
    subscribed(gateway, recipient)
    with gateway.running("worker") as worker:
        with gateway.serving() as started:
            token = gateway.token()
            one = gateway.post(SAMPLE, token).json()["exchanges"][0]["id"]
            delivered(gateway, token, one)
            assert ended(started) == 0
        before = len(recipient.seen)
        gateway.run("exchange", "redeliver", one)
        until(lambda: len(recipient.seen) > before, "the worker alone sends it again")
        assert ended(worker) == 0
    assert one in (tmp_path / "worker.log").read_text()


# ---- what is logged, and how much of it anyone can take -------------------------------


def test_no_patient_value_token_or_query_string_is_logged(alone: Gateway) -> None:
    alone.settings["log_level"] = "debug"
    with alone.serving() as started:
        token = alone.token()
        one = alone.post(SAMPLE, token).json()["exchanges"][0]["id"]
        alone.post(SAMPLE[:300], token)
        alone.post(SAMPLE.replace(b"PID|", b"PIX|"), token)
        found = alone.get("/fhir/Observation", token, params={"patient.identifier": f"{CCCD}|001090000001"})
        assert found.json()["entry"]
        assert alone.get("/fhir/Patient", token, params={"name:exact": "NGUYỄN VĂN"}).status_code == 400
        assert alone.get("/fhir/Patient/001090000001", token).status_code == 404
        assert alone.get("/health/live?secret=001090000001").status_code == 200
        assert alone.get("/metrics").status_code == 200
        assert alone.get(f"/exchanges/{one}", "wrong-token-001090000001").status_code == 401
        assert ended(started) == 0
    assert '"event": "request"' in alone.log
    seen = [value for value in ("001090000001", "THỬ NGHIỆM", "NGUYỄN", "BN000123", "patient.identifier", "?secret",
                                token, alone.client["private_jwk"]["d"], "eyJ") if value in alone.log]  # fmt: skip
    assert seen == []


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_100_megabytes_are_refused_and_memory_stays_bounded(alone: Gateway, framing: str) -> None:
    with alone.serving() as started:
        token = alone.token()
        assert alone.post(SAMPLE, token).status_code == 201
        (worker,) = children(started.pid)
        before = peak_memory(worker)
        assert _sent_whole(alone.port, token, 100 * 1024 * 1024, framing == "chunked").startswith(b"HTTP/1.1 413")
        assert peak_memory(worker) - before < 48 * 1024 * 1024
        assert alone.post(payload(1), token).status_code == 201


def test_clients_that_never_finish_neither_block_the_others_nor_stay(alone: Gateway) -> None:
    alone.settings |= {"request_seconds": "2", "threads": "4"}
    with alone.serving():
        token = alone.token()
        unfinished = [b"", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ", _head(token, "Content-Length: 5000")]
        slow = [socket.create_connection(("127.0.0.1", alone.port), timeout=60) for _ in range(12)]
        for number, client in enumerate(slow):
            client.sendall(unfinished[number % 3])
        assert alone.post(SAMPLE, token).status_code == 201
        for client in slow:
            while client.recv(1000):  # whatever it is told, the connection ends
                pass
            client.close()


# ---- TLS ------------------------------------------------------------------------------


def test_with_a_certificate_it_speaks_tls_alone_and_of_today(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = new_authority("Test TLS authority", now=now)
    server = issue_server(authority, now=now)
    for name, content in (
        ("ca.pem", authority.chain[0]),
        ("server.pem", server.chain_pem),
        ("server.key", server.private_pem),
    ):
        (tmp_path / name).write_text(content)
    files = {"tls_cert": "server.pem", "tls_key": "server.key", "ca_file": "ca.pem"}
    gateway = Gateway(tmp_path, settings={name: str(tmp_path / file) for name, file in files.items()}, scheme="https")
    gateway.register()
    with gateway.serving() as started:
        assert gateway.client["token_url"] == f"{gateway.url}/oauth/token"
        answer = gateway.post(SAMPLE, gateway.token())
        assert answer.status_code == 201
        assert answer.headers["Strict-Transport-Security"]
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{gateway.port}/health/live", timeout=60)
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{gateway.url}/health/live", timeout=60)  # not by an authority of the system's
        old = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        old.minimum_version = ssl.TLSVersion.TLSv1_2
        with old.wrap_socket(socket.create_connection(("127.0.0.1", gateway.port)), server_hostname="127.0.0.1") as tls:
            assert tls.version() in ("TLSv1.2", "TLSv1.3")
        assert ended(started) == 0


# ---- by hand --------------------------------------------------------------------------


def _head(token: str, *headers: str) -> bytes:
    lines = [f"POST /facilities/{LAB}/payloads HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    lines += [f"{name}: {value}" for name, value in ER7.items()]
    return "\r\n".join([*lines, *headers, "", ""]).encode()


def _sent_whole(port: int, token: str, size: int, chunked: bool) -> bytes:
    """The first bytes of the answer to a body that is sent for as long as anyone reads it."""
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    piece = b"x" * 65536
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(_head(token, framing))
        try:
            for _ in range(size // len(piece)):
                client.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                client.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # it stopped reading, as it may
        return client.recv(1000)
