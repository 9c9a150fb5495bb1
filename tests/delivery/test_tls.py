"""Results travel encrypted, to a server whose certificate we believe; without that only on this machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.simulator.identity import new_identity
from gateway.simulator.recipient import SimulatedRecipient
from gateway.transport import check_url
from gateway.trust.authority import issue_server, new_authority
from tests.delivery.conftest import Listening
from tests.delivery.world import World, quick
from tests.sender import NOW


@dataclass(frozen=True)
class Certified:
    """A server's certificate and key, and the authority that vouches for it: PEM files."""

    ca: str
    server: tuple[str, str]


def certified(folder: Path, *hosts: str) -> Certified:
    folder.mkdir()
    now = datetime.now(UTC)  # OpenSSL looks at the real clock
    authority = new_authority("TLS", now=now)
    server = issue_server(authority, now=now, hosts=hosts or ("localhost", "127.0.0.1"))
    files = {"ca": authority.chain[0], "chain": server.chain_pem, "key": server.private_pem}
    for name, text in files.items():
        (folder / name).write_text(text)
    return Certified(str(folder / "ca"), (str(folder / "chain"), str(folder / "key")))


@pytest.fixture
def known(tmp_path: Path) -> Certified:
    return certified(tmp_path / "known")


def believing(world: World, ca: str) -> World:
    world.settings = replace(world.settings, ca_file=ca)
    return world


def test_a_recipient_with_a_certificate_we_believe_gets_the_message(
    world: World, listening: Listening, known: Certified
) -> None:
    city = listening(tls=known.server)
    assert city.url.startswith("https://")
    believing(world, known.ca).subscribe("city", city)
    exchange = world.keep()
    world.worker().drain()
    assert world.delivery(exchange).status == "completed"


@pytest.mark.parametrize("why", ["an authority we do not know", "no authority named", "another host's certificate"])
def test_a_certificate_that_is_not_believed_is_told_and_tried_again(
    sender: World, listening: Listening, known: Certified, tmp_path: Path, why: str
) -> None:
    shown = certified(tmp_path / "shown", *(["elsewhere.example"] if why.startswith("another host") else []))
    ca = {"an authority we do not know": known.ca, "no authority named": ""}.get(why, shown.ca)
    city = listening(tls=shown.server)
    believing(sender, ca).subscribe("city", city)
    exchange = sender.keep()
    sender.worker().drain()
    waiting = sender.delivery(exchange)
    assert (waiting.status, waiting.issue) == ("ready", "recipient-tls")
    assert city.seen == []  # nothing was said to it, no token asked for

    believing(sender, shown.ca)
    sender.clock.at = waiting.due
    sender.worker().drain()
    assert sender.delivery(exchange).status == ("ready" if why.startswith("another host") else "completed")


def test_a_recipient_that_speaks_no_tls_where_tls_was_said_gets_nothing(
    sender: World, listening: Listening, known: Certified
) -> None:
    plain = listening()
    believing(sender, known.ca).subscribe("city", plain, url=plain.url.replace("http:", "https:"))
    exchange = sender.keep()
    sender.worker().drain()
    assert (sender.delivery(exchange).status, plain.seen) == ("ready", [])


def test_a_slow_tls_recipient_is_waited_for_no_longer_than_the_limit(
    sender: World, listening: Listening, known: Certified
) -> None:
    city = listening("drip-head:0.01", "drip:0.01", tls=known.server)
    sender.settings = quick(sender.settings.data_dir, delivery_timeout_seconds=0.4)
    believing(sender, known.ca).subscribe("city", city)
    kept = [sender.keep("5.1"), sender.keep("5.2")]
    sender.worker().drain()
    assert [sender.delivery(exchange).issue for exchange in kept] == ["recipient-silent"] * 2


@pytest.mark.parametrize(
    "url",
    [
        "http://hospital.example",
        "http://10.0.0.5:8080",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://user@hospital.example",
        "http://127.0.0.1@hospital.example",
        "http://[2001:db8::1]",
        "http://0.0.0.0",
        "http://",
        "HTTP://hospital.example",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "//127.0.0.1",
        "127.0.0.1",
        "",
    ],
)
def test_a_recipient_without_tls_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check_url(url)
    assert refused.value.issues[0].rule == "recipient-needs-tls"


@pytest.mark.parametrize(
    "url",
    ["https://hospital.example", "http://127.0.0.1:8080", "http://127.8.8.8", "http://[::1]:1", "http://localhost"],
)
def test_tls_or_this_machine_is_accepted(url: str) -> None:
    check_url(url)


def test_a_recipient_that_got_into_the_store_without_tls_is_still_sent_nothing(world: World) -> None:
    """The door refuses it when it is registered; the worker looks again."""
    with SimulatedRecipient(new_identity("79900", "x", now=NOW)) as city:
        world.subscribe("city", city, url="http://hospital.example")
        exchange = world.keep()
        world.worker().drain()
        assert (world.delivery(exchange).status, world.delivery(exchange).issue) == ("failed", "recipient-needs-tls")
        assert city.seen == []
