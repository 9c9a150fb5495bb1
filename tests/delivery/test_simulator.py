"""The simulated recipient, as an integrator meets it: by HTTP, by its command, by its files."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import SettingsError
from gateway.facility import Recipient
from gateway.jsontext import loads
from gateway.settings import environment_without_settings
from gateway.simulator.behaviour import AT_TOKEN, BEHAVIOURS, Script
from gateway.simulator.identity import kept_identity
from gateway.trust import trustfile
from tests.delivery.conftest import Listening
from tests.delivery.world import World
from tests.inbound.world import code, rules
from tests.sender import NOW, a_sender


def names(script: Script, number: int) -> list[str]:
    return [script.next().name for _ in range(number)]


def test_a_script_is_followed_in_order_and_then_it_is_honest() -> None:
    assert names(Script(["html", "status:503*2", "empty"]), 6) == ["html", "status", "status", "empty", "ok", "ok"]


def test_a_star_alone_means_from_then_on() -> None:
    assert names(Script(["html", "empty*"]), 4) == ["html", "empty", "empty", "empty"]


def test_a_new_script_replaces_what_was_ahead() -> None:
    script = Script(["html*"])
    script.follow("empty")
    assert names(script, 2) == ["empty", "ok"]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "html:3", "slow", "slow:soon", "slow:-1", "status:9", "status:abc", "html*x", "ok ", "OK"]
)
def test_what_is_no_behaviour_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Script([text])
    assert refused.value.issues[0].rule == "simulator-behaviour"


def test_a_token_endpoint_cannot_be_told_to_lie_about_receipts() -> None:
    with pytest.raises(SettingsError):
        Script(["foreign-key"], allowed=AT_TOKEN)


def test_every_behaviour_listed_can_be_written() -> None:
    arguments = {"SECONDS": "0.5", "CODE": "503", "URL": "http://127.0.0.1/"}
    for shown in BEHAVIOURS:
        name, _, argument = shown.partition(":")
        assert Script([f"{name}:{arguments[argument]}" if argument else name]).next().name == name


def test_it_takes_only_whom_it_was_told_to_believe(sender: World, listening: Listening) -> None:
    stranger = a_sender("01001")
    city = listening(believes=stranger.trust())
    sender.subscribe("city", city)
    exchange = sender.keep()
    sender.worker().drain()
    assert (sender.delivery(exchange).status, city.taken) == ("failed", [])


def test_it_refuses_what_is_not_fhir_with_the_reasons(sender: World, listening: Listening) -> None:
    city = listening()
    sender.subscribe("city", city)

    def spoil(made: list[dict[str, Any]]) -> None:
        made[1]["status"] = "quite final"

    exchange = sender.keep(change=spoil)
    sender.worker().drain()
    receipt = loads(sender.delivery(exchange).receipt or b"{}")
    assert code(receipt) == "fatal-error"
    assert all(rule.startswith("r4-") for rule in rules(receipt))


def test_it_refuses_another_message_with_an_id_it_knows(sender: World, listening: Listening) -> None:
    city = listening()
    sender.subscribe("city", city)
    transport, recipient = sender.transport(), sender.recipient("city")
    first = transport.send(recipient, sender.sender.sent("1", "5.10"))
    assert transport.send(recipient, sender.sender.sent("1", "5.10")) != b""
    other = loads(transport.send(recipient, sender.sender.sent("1", "9.90")))
    assert (code(loads(first)), code(other), rules(other)) == ("ok", "fatal-error", ["message-id-reused"])


# ---- by HTTP --------------------------------------------------------------------------


def call(url: str, told: Any = None) -> tuple[int, Any]:
    sent = None if told is None else json.dumps(told).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=sent), timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def test_its_script_is_changed_and_what_came_is_read_by_http(sender: World, listening: Listening) -> None:
    city = listening()
    sender.subscribe("city", city)
    assert call(f"{city.url}/simulator/script", {"messages": ["status:503"]}) == (200, {})
    exchange = sender.keep()
    worker = sender.worker()
    worker.drain()
    sender.clock.at = sender.delivery(exchange).due
    worker.drain()
    status, told = call(f"{city.url}/simulator/requests")
    assert status == 200
    assert [one["behaviour"] for one in told["requests"] if one["path"].startswith("/fhir")] == ["status", "ok"]
    assert told["taken"] == [sender.exchange(exchange).message_id]
    assert trustfile.read(call(f"{city.url}/simulator/trust")[1]).bindings == city.identity.trust(NOW).bindings


@pytest.mark.parametrize("told", [[], {"messages": "html"}, {"messages": ["nonsense"]}, {"tokens": ["altered"]}, 1])
def test_a_script_that_is_none_is_refused_by_http(listening: Listening, told: object) -> None:
    status, outcome = call(f"{listening().url}/simulator/script", told)
    assert (status, outcome["resourceType"]) == (400, "OperationOutcome")


def test_another_address_is_not_found(listening: Listening) -> None:
    assert call(f"{listening().url}/elsewhere")[0] == 404


@pytest.mark.parametrize("path", ["/fhir/$process-message", "/fhir/%24process-message"])
def test_without_a_token_nothing_is_taken(listening: Listening, path: str) -> None:
    city = listening()
    assert call(city.url + path, {})[0] == 401


# ---- by its command and its files -----------------------------------------------------


def test_started_again_in_the_same_folder_it_is_the_same_recipient(tmp_path: Path) -> None:
    first = kept_identity(tmp_path, "99999", "Trial", now=NOW)
    again = kept_identity(tmp_path, "99999", "Trial", now=NOW)
    assert again.trust(NOW) == first.trust(NOW)
    assert again.client_jwk == first.client_jwk
    assert (tmp_path / "identity.json").stat().st_mode & 0o077 == 0


@contextmanager
def simulated(folder: Path, *arguments: str) -> Iterator[dict[str, Any]]:
    """``gateway simulate recipient`` running; what it said of itself."""
    command = [sys.executable, "-m", "gateway", "simulate", "recipient", "--bind", "127.0.0.1:0", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=environment_without_settings(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait(20)


def test_its_command_starts_a_recipient_that_the_gateway_delivers_to(sender: World, tmp_path: Path) -> None:
    sender.clock.at = datetime.now(UTC)  # the command has the real clock
    sender.sender = a_sender(now=sender.clock())
    with simulated(tmp_path, "--behave", "status:503") as told:
        trust = loads((tmp_path / told["trust"]).read_bytes())
        client = loads((tmp_path / told["client"]).read_bytes())["client"]
        made = Recipient("city", told["url"], trust, client["client_id"], client["private_jwk"])
        sender.register(made)
        exchange = sender.keep()
        worker = sender.worker()
        worker.drain()
        assert sender.delivery(exchange).issue == "recipient-busy"
        sender.clock.at = sender.delivery(exchange).due
        worker.drain()
        assert sender.delivery(exchange).status == "completed"
        assert call(f"{told['url']}/simulator/requests")[1]["taken"] == [sender.exchange(exchange).message_id]


@pytest.mark.parametrize("arguments", [["--behave", "nonsense"], ["--tls-cert", "x"], ["--bind", "nowhere"]])
def test_its_command_refuses_what_it_does_not_understand(tmp_path: Path, arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "simulate", "recipient", *arguments],
        cwd=tmp_path, env=environment_without_settings(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert list(tmp_path.iterdir()) == []  # and leaves nothing behind


def test_its_behaviours_are_listed() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "simulate", "behaviours"],
        env=environment_without_settings(), capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    listed = [json.loads(line)["behaviour"] for line in ended.stdout.splitlines()]
    assert listed == list(BEHAVIOURS)
