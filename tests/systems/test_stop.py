"""A gateway that is stopped answers what it has begun, keeps what it acknowledged, and ends in a bounded time."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from gateway.store import deliveries, open_store
from tests.systems.serving import Gateway, children, ended, free_port, payload, until


@pytest.fixture
def gateway(database_url: str, tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path, database_url, {"stop_seconds": "20"})
    made.register()
    return made


def posting(gateway: Gateway, token: str, numbers: Iterator[int], told: dict[int, int], cut: list[str]) -> None:
    """Post one payload after another, each on a connection of its own, until nobody listens any more."""
    for number in numbers:
        try:
            told[number] = gateway.post(payload(number), token).status_code
        except requests.ConnectionError as lost:
            if "Connection refused" not in str(lost):
                cut.append(str(lost))
            return


def test_sigterm_under_load_cuts_nobody_off_and_what_was_acknowledged_is_there(gateway: Gateway) -> None:
    told: dict[int, int] = {}
    cut: list[str] = []
    with gateway.serving() as started:
        token = gateway.token()
        with ThreadPoolExecutor(6) as clients:
            for client in range(6):
                clients.submit(posting, gateway, token, iter(range(client * 1000, client * 1000 + 999)), told, cut)
            until(lambda: len(told) >= 12, "the load is on")
            started.send_signal(signal.SIGTERM)
            started.send_signal(signal.SIGTERM)  # a second one changes nothing
            assert started.wait(60) == 0
    assert cut == []
    assert set(told.values()) == {201}
    assert gateway.run("exchange", "list").stdout.count("\n") == len(told)
    assert '"event": "stopped"' in gateway.log


def test_sigint_ends_at_once_and_loses_nothing_either(gateway: Gateway) -> None:
    told: dict[int, int] = {}
    with gateway.serving() as started:
        token = gateway.token()
        with ThreadPoolExecutor(4) as clients:
            for client in range(4):
                clients.submit(posting, gateway, token, iter(range(client * 1000, client * 1000 + 999)), told, [])
            until(lambda: len(told) >= 4, "the load is on")
            started.send_signal(signal.SIGINT)
            assert started.wait(60) == 0
    listed = gateway.run("exchange", "list").stdout.count("\n")
    assert listed >= sum(1 for status in told.values() if status == 201)


def test_a_delivery_to_a_recipient_that_never_answers_does_not_keep_it_from_ending(tmp_path: Path, silent: str) -> None:
    gateway = Gateway(tmp_path, settings={"stop_seconds": "4", "delivery_timeout_seconds": "600"})
    gateway.register()
    gateway.run("key", "export", "--output", str(tmp_path / "trust.json"))
    gateway.run("recipient", "add", "city", "--url", silent, "--trust", str(tmp_path / "trust.json"))
    gateway.run("subscription", "add", "--recipient", "city", "--basis", "consent 1")

    def under_way() -> bool:
        text = gateway.get("/metrics").text
        return 'gateway_deliveries{recipient="city",status="in-progress"} 1.0' in text

    with gateway.serving() as started:
        assert gateway.post(payload(1), gateway.token()).status_code == 201
        until(under_way, "it is being delivered")
        assert ended(started) == 0
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'gateway.db'}")
    with store.read() as connection:
        assert deliveries.queue_depth(connection) == {("city", "in-progress"): 1}
    store.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a server that takes a connection and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


# ---- several processes tell one story -------------------------------------------------


def test_two_processes_tell_their_counts_together_also_when_one_has_died(postgresql_url: str, tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, postgresql_url, {"processes": "2"})
    gateway.register()
    with gateway.serving() as started:
        token = gateway.token()
        with ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda number: gateway.post(payload(number), token), range(16)))
        assert {answer.status_code for answer in answers} == {201}
        assert {counted(gateway) for _ in range(6)} == {16.0}, "whichever is asked"
        first, _ = children(started.pid)
        assert "gateway_processes 2.0" in gateway.get("/metrics").text
        os.kill(first, signal.SIGKILL)
        until(lambda: len(children(started.pid)) == 2 and first not in children(started.pid), "another took its place")
        assert {counted(gateway) for _ in range(6)} == {16.0}
        assert gateway.post(payload(99), token).status_code == 201
        assert {counted(gateway) for _ in range(6)} == {17.0}
        assert under_way(gateway) == 1.0, "what the dead one was at is not told for ever"
        assert ended(started) == 0


def counted(gateway: Gateway) -> float:
    return told_of(gateway, 'gateway_records_total{status="kept"} ')


def under_way(gateway: Gateway) -> float:
    return told_of(gateway, "gateway_requests_under_way ")


def told_of(gateway: Gateway, beginning: str) -> float:
    (line,) = [line for line in gateway.get("/metrics").text.splitlines() if line.startswith(beginning)]
    return float(line.rpartition(" ")[2])


# ---- asked first ----------------------------------------------------------------------


def test_check_says_in_lines_what_keeps_it_from_starting_and_starts_nothing(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, settings={"bind": f"127.0.0.1:{free_port()}"})
    done = gateway.run("serve", "--check")
    assert (done.stdout, done.stderr) == ("", "")
    assert list(tmp_path.iterdir()) == []
    gateway.settings |= {"bind": "0.0.0.0:80", "lang": "vi"}
    refused = gateway.run("serve", "--check", expect=2)
    (line,) = refused.stderr.splitlines()
    assert line.startswith("gateway: GATEWAY_BIND: Máy khác truy cập được")
    gateway.settings |= {"treads": "9", "poll_seconds": "0"}
    assert len(gateway.run("serve", expect=2).stderr.splitlines()) == 2
    assert gateway.log == ""
