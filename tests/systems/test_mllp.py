"""`gateway serve --mllp`: what was durable when the gateway was killed is not doubled by the sender that repeats."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
from hl7.client import MLLPClient

from gateway.steps import Step
from tests.soak.orders import Orders
from tests.systems.serving import LAB, ROOT, Gateway, ended, free_port, kill_all, payload, until


@pytest.fixture
def gateway(database_url: str, tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path, database_url, {"judges": "0", "mllp": f"127.0.0.1:{free_port()}={LAB}"})
    made.register()
    return made


def told(gateway: Gateway, number: int) -> list[str]:
    """MSA-1 and MSA-2 of the answer to a message; ConnectionError, or nothing at all, when there is none."""
    with MLLPClient("127.0.0.1", int(gateway.settings["mllp"].partition("=")[0].rpartition(":")[2])) as client:
        answer: bytes = client.send_message(payload(number))
    return next(line.split("|")[1:3] for line in answer.decode().split("\r") if line.startswith("MSA"))


@contextmanager
def mortal(gateway: Gateway, orders: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway that dies where it is ordered to."""
    with (gateway.folder / "mortal.log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.dying", str(orders), "serve"],
            env=gateway.environment | {"PYTHONPATH": str(ROOT)}, cwd=gateway.folder,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        until(lambda: gateway.ready(started), "the gateway is ready")
        yield started
    finally:
        kill_all(started)


@pytest.mark.parametrize(("step", "kept"), [(Step.INTAKE_WRITTEN, 1), (Step.INTAKE_COMMITTED, 2)], ids=str)
def test_killed_before_or_after_the_commit_and_repeated_it_is_there_once(
    gateway: Gateway, tmp_path: Path, step: Step, kept: int
) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    orders = Orders(folder)
    with mortal(gateway, folder):
        assert told(gateway, 1) == ["AA", "LAB-0001"]
        orders.give(step, "all")
        with pytest.raises((ConnectionError, StopIteration)):
            told(gateway, 2)
    assert orders.obeyed() == {step: 1}
    assert gateway.run("exchange", "list").stdout.count("\n") == kept
    with mortal(gateway, folder):
        assert told(gateway, 2) == ["AA", "LAB-0002"]
        assert told(gateway, 1) == ["AA", "LAB-0001"]
    assert gateway.run("exchange", "list").stdout.count("\n") == 2


def test_both_doors_end_together_and_the_metrics_have_counted_both(gateway: Gateway) -> None:
    with gateway.serving() as started:
        assert told(gateway, 1) == ["AA", "LAB-0001"]
        sample = gateway.folder / "sample.hl7"
        sample.write_bytes(payload(2))
        address = gateway.settings["mllp"].partition("=")[0]
        sent = gateway.run("send-mllp", str(sample), "--to", address).stdout
        assert '"code":"AA"' in sent
        counted = gateway.get("/metrics").text
        assert 'gateway_mllp_acknowledgements_total{code="AA"} 2.0' in counted
        with closing(socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))) as idle:
            until(lambda: "gateway_mllp_connections 1.0" in gateway.get("/metrics").text, "it is connected")
            assert ended(started) == 0
            assert idle.recv(1) == b""
    with pytest.raises(requests.ConnectionError):
        gateway.get("/health")
    refused = gateway.run("send-mllp", str(sample), "--to", address, expect=1)
    assert "[mllp-unreachable]" in refused.stderr
    assert '"door": "mllp"' in gateway.log
    assert "NGUYỄN" in payload(1).decode()
    assert "NGUY" not in gateway.log


def test_a_listener_that_others_reach_in_the_clear_is_refused_unless_it_is_meant(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, settings={"mllp": f"0.0.0.0:{free_port()}"})
    refused = gateway.run("serve", "--check", expect=2)
    assert "[serve-mllp-without-tls]" in refused.stderr
    gateway.settings["mllp_plain"] = "yes"
    gateway.run("serve", "--check")
    gateway.run("serve", "--mllp", "nonsense", expect=2)
    assert list(tmp_path.iterdir()) == []
