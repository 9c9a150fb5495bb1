"""Whatever a listener does, what is heard of it ends, and TLS changes nothing of a verdict."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.conformance.checks import mllp
from gateway.conformance.client import Client, Limits, Unanswered
from gateway.conformance.line import FS_CR, VT, Line, framed
from gateway.conformance.target import Target
from gateway.conformance.verdict import Finding, Findings
from gateway.mllp.tls import client_context
from gateway.simulator.encrypted import encrypted
from gateway.trust.authority import issue_server, new_authority

Asking = Callable[[Target], Findings]
BOUND = 256 * 1024  # bytes of a block that a listener reads before it hangs up


def acknowledgement(block: bytes) -> bytes:
    number = block.split(b"|")[9]
    return framed(b"MSH|^~\\&|GATEWAY||||20261122||ACK|A1|T|2.5.1\rMSA|AA|" + number + b"\r")


def dripping(connection: socket.socket) -> None:
    """A byte of an answer at a time: each comes soon, the whole of it never."""
    connection.sendall(VT)
    for _ in range(100):
        time.sleep(0.02)  # the pace of the listener
        connection.sendall(b"A")


def pouring(connection: socket.socket) -> None:
    """Answers that nobody asked for."""
    for _ in range(2000):
        connection.sendall(framed(b"MSH|^~\\&|A\rMSA|AE|1\r"))


def bounded(connection: socket.socket) -> None:
    """As it should be: each block answered, one that does not end hung up on."""
    come = b""
    while piece := connection.recv(65536):
        come += piece
        while FS_CR in come:
            block, _, come = come.partition(FS_CR)
            connection.sendall(acknowledgement(block))
        if len(come) > BOUND:
            return


def eager(connection: socket.socket) -> None:
    """It takes what has come for a message when the sender ends, or a block does."""
    come = b""
    while piece := connection.recv(65536):
        come += piece
        while FS_CR in come:
            block, _, come = come.partition(FS_CR)
            connection.sendall(acknowledgement(block))
    if come:
        connection.sendall(acknowledgement(come))


def deaf(connection: socket.socket) -> None:
    """It reads, and says nothing."""
    while connection.recv(65536):
        pass


@contextmanager
def listening(does: Callable[[socket.socket], None], tls: tuple[str, str] | None = None) -> Iterator[str]:
    """Its address. Each connection is served once by ``does``, then closed."""
    plain = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{plain.getsockname()[1]}"
    server = encrypted(plain, tls) if tls else plain

    def meet(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            does(connection)

    def serve() -> None:
        with suppress(OSError):  # closed
            while True:
                threading.Thread(target=meet, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield address
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()


def line_to(address: str, seconds: float) -> Line:
    return Line(Client("https://fhir.example/fhir", limits=Limits(seconds=seconds, pace=0)), address)


def test_an_answer_that_drips_has_one_time_limit_for_all_its_bytes() -> None:
    with listening(dripping) as address:
        line = line_to(address, 0.3)
        with pytest.raises(Unanswered) as silent:
            line.ask(line.result())
    assert silent.value.rule == "conformance-no-answer-in-time"


def test_answers_without_an_end_are_not_all_heard() -> None:
    with listening(pouring) as address:
        line = line_to(address, 5)
        message = line.result()
        with line.open() as talk:
            assert len(talk.ended(message)) == 20


def both_ways(folder: Path, secure: bool, does: Callable[[socket.socket], None], check: Asking) -> list[Finding]:
    """What a check finds of a listener, over TLS where it is ``secure``."""
    authority = new_authority("Nobody's", now=datetime.now(UTC))
    served = issue_server(authority, now=datetime.now(UTC))
    for name, text in (("ca", authority.chain[0]), ("chain", served.chain_pem), ("key", served.private_pem)):
        (folder / f"{name}.pem").write_text(text)
    with listening(does, (str(folder / "chain.pem"), str(folder / "key.pem")) if secure else None) as address:
        line = line_to(address, 10)
        line.tls = client_context(str(folder / "ca.pem"), "", "") if secure else None
        return list(check(Target(line.client, line=line)))


@pytest.mark.parametrize("secure", [False, True])
def test_a_listener_that_hangs_up_on_a_block_without_an_end_passes(tmp_path: Path, secure: bool) -> None:
    assert both_ways(tmp_path, secure, bounded, mllp.a_block_without_an_end_is_bounded) == []


def test_a_listener_that_takes_half_a_message_fails(tmp_path: Path) -> None:
    (found,) = both_ways(tmp_path, False, eager, mllp.half_a_message_is_not_taken)
    assert found.rule == "conformance-mllp-half"


@pytest.mark.parametrize("secure", [False, True])
def test_a_listener_that_drops_half_a_message_passes(tmp_path: Path, secure: bool) -> None:
    assert both_ways(tmp_path, secure, bounded, mllp.half_a_message_is_not_taken) == []


def test_half_a_message_is_asked_of_nobody_who_answers_nothing(tmp_path: Path) -> None:
    """Silence alone shows nothing: a whole message has to be taken."""
    with pytest.raises(Unanswered):
        both_ways(tmp_path, False, deaf, mllp.half_a_message_is_not_taken)
