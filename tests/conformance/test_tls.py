"""Which versions of TLS an address speaks: asked of real servers, old and new, of silence and of nonsense."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.conformance.client import Client, Unanswered
from gateway.conformance.run import run
from gateway.conformance.target import Target
from gateway.conformance.tls import OLD, address_of, speaks, speaks_now
from gateway.simulator.faulty.proxy import FaultyGateway, fault_named
from gateway.simulator.faulty.secured import Secured
from tests.conformance.site import Site, of_family
from tests.conformance.test_bounds import IMPATIENT, odd


@contextmanager
def speaking(folder: Path, fault: str) -> Iterator[tuple[Client, str]]:
    with FaultyGateway(fault=fault_named(fault) if fault else None, secured=Secured(folder)) as made:
        yield Client(made.url, limits=IMPATIENT), address_of(made.url)


@pytest.mark.parametrize(
    ("fault", "spoken", "now"), [("", [], True), ("tls-old", [*OLD], True), ("tls-only-old", [*OLD], False)]
)
def test_a_version_is_spoken_or_refused(tmp_path: Path, fault: str, spoken: list[str], now: bool) -> None:
    with speaking(tmp_path, fault) as (client, address):
        client.limits = type(client.limits)(seconds=30)
        assert [name for name, version in OLD.items() if speaks(client, address, version)] == spoken
        assert speaks_now(client, address) is now
        assert len(client.seen) == 3


def test_who_speaks_no_tls_speaks_no_old_tls_either() -> None:
    with odd() as (url, _):
        client, address = Client(url, limits=type(IMPATIENT)(seconds=30)), url.removeprefix("http://")
        assert not speaks(client, address, OLD["TLS 1.0"])
        assert not speaks_now(client, address)


def test_who_says_nothing_is_not_waited_for() -> None:
    with pytest.raises(Unanswered):
        speaks(Client("https://127.0.0.1:9", limits=IMPATIENT), "127.0.0.1:9", OLD["TLS 1.0"])
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unanswered) as told:
        speaks(Client("https://x", limits=IMPATIENT), f"127.0.0.1:{silent.getsockname()[1]}", OLD["TLS 1.1"])
    assert told.value.rule == "conformance-no-answer-in-time"


def test_in_the_clear_tls_is_not_asked_of(site: Site) -> None:
    assert {one.word for one in run(Target(Client(site.fhir)), of_family("tls"))} == {"omit"}


@pytest.mark.parametrize(
    ("url", "address"),
    [("https://x.example/fhir", "x.example:443"), ("https://[::1]:8443/fhir", "[::1]:8443"), ("http://x/fhir", "")],
)
def test_the_address_is_that_of_the_url(url: str, address: str) -> None:
    assert address_of(url) == address
