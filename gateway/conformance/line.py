"""Line: the MLLP listener under test as the checks see it. What is said over it stands in the report with the rest.

Framing as in MLLP release 1: VT, the message, FS, CR. Blocks are read here apart from the gateway's own reader, so
that both cannot be wrong alike. Whatever is sent the listener may keep: where only reading is allowed, nothing is.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property

from gateway.conformance import made_up
from gateway.conformance.client import Answer, Client, NotAllowed, Unanswered

ER7 = "x-application/hl7-v2+er7"
VT, FS_CR = b"\x0b", b"\x1c\r"
_LONGEST = 1024 * 1024  # bytes of an acknowledgement
_MOST = 20  # acknowledgements heard of one that does not end


def framed(message: bytes) -> bytes:
    return VT + message + FS_CR


@dataclass(frozen=True)
class Acknowledgement:
    """The content of one block. ``stray``: bytes that came before it and belong to none."""

    block: bytes
    stray: bytes = b""

    @cached_property
    def segments(self) -> list[list[bytes]]:
        """By the delimiter its own MSH declares, MSH counted from its separator; [] where it begins with no MSH."""
        mark = self.block[3:4]
        if self.block[:3] != b"MSH" or not mark:
            return []
        split = [line.split(mark) for line in re.split(rb"[\r\n]+", self.block) if line]
        return [[b"MSH", mark, *split[0][1:]], *split[1:]]

    def named(self, segment: str) -> list[list[bytes]]:
        return [fields for fields in self.segments if fields[0] == segment.encode()]

    def field(self, segment: str, number: int) -> bytes:
        """Of the first such segment; b"" where it is not there."""
        fields = next(iter(self.named(segment)), [])
        return fields[number] if number < len(fields) else b""

    @property
    def code(self) -> str:
        """MSA-1: AA, AE, AR, CA, CE or CR."""
        return self.field("MSA", 1).decode("ascii", "replace")

    @property
    def takes(self) -> bool:
        return self.code in ("AA", "CA")

    @property
    def names(self) -> bytes:
        """MSA-2."""
        return self.field("MSA", 2)


@dataclass
class Line:
    """``address``: HOST:PORT. ``facility``: of MSH-4. ``production``: messages say P in MSH-11, T otherwise, so that no
    receiver takes the made-up patient for a real one. ``now``: seconds since 1970, UTC. ``left``: order numbers of
    results that the listener has taken."""

    client: Client
    address: str
    tls: ssl.SSLContext | None = None
    facility: str = ""
    production: bool = False
    now: Callable[[], float] = time.time
    left: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{'mllps' if self.tls else 'mllp'}://{self.address}"

    @contextmanager
    def open(self) -> Iterator[Talk]:
        """A connection of its own; Unanswered where there is none."""
        if self.client.read_only:
            raise NotAllowed("MLLP")
        host, _, port = self.address.rpartition(":")
        host, limit = host.strip("[]"), self.client.limits.seconds
        self.client.in_pace()
        try:
            with socket.create_connection((host, int(port)), timeout=min(limit, 10)) as plain:
                plain.settimeout(limit)  # of the handshake; Talk sets its own
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self.tls.wrap_socket(plain, server_hostname=host) if self.tls else plain as connection:
                    yield Talk(self, connection)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # to hang up is no fault of the encryption
            raise self._silent("conformance-no-answer") from None
        except ssl.SSLError:
            raise self._silent("conformance-tls") from None
        except TimeoutError:
            raise self._silent("conformance-no-answer-in-time", seconds=limit) from None
        except (OSError, OverflowError):
            raise self._silent("conformance-no-answer") from None

    def ask(self, message: bytes) -> Acknowledgement:
        """What a message on a connection of its own is answered first."""
        with self.open() as talk:
            return talk.ask(message)

    def result(self, number: str = "", **header: str) -> bytes:
        """A made-up result of this order, a new one without; ``f12="2.3"`` changes a field of its MSH."""
        number = number or made_up.new_number()
        return made_up.result(number, self.now(), facility=self.facility, production=self.production, **header)

    def taken(self, message: bytes) -> None:
        """Remember that the listener has it, to withdraw it at the end."""
        number = made_up.order_of(message)
        if number and number not in self.left:
            self.left.append(number)

    def withdraw(self) -> list[str]:
        """Call each result that was taken wrong, which is all that HL7 v2 has for it; those that stay as they are."""
        waiting = list(self.left)
        with suppress(Unanswered), self.open() as talk:
            for number in self.left:
                later = self.now() + 1  # not in the second of the result itself
                message = made_up.withdrawal(number, later, facility=self.facility, production=self.production)
                if talk.ask(message).takes:
                    waiting.remove(number)
        return waiting

    def _silent(self, rule: str, **parameters: object) -> Unanswered:
        self.client.note(Answer("MLLP", self.url, trouble=rule), aside=False)
        return Unanswered(rule, **parameters)


class Talk:
    """One connection. An answer has one time limit, not one for each of its bytes. OSError and TimeoutError are turned
    by ``Line.open``."""

    def __init__(self, line: Line, connection: socket.socket) -> None:
        self._line, self._socket = line, connection
        self._limit = line.client.limits.seconds
        self._come = b""

    def write(self, *pieces: bytes) -> None:
        """Each in a write of its own, and apart in time, so that they arrive apart."""
        self._socket.settimeout(self._limit)
        for number, piece in enumerate(pieces):
            if number:
                self._line.client.pause(0.05)
            self._socket.sendall(piece)

    def ask(self, message: bytes) -> Acknowledgement:
        self.write(framed(message))
        return self.hear(message)

    def hear(self, message: bytes, ends: float | None = None) -> Acknowledgement:
        """The next block, which is noted as the answer to ``message``. Unanswered where the connection ends first.

        ``ends``: of ``time.monotonic``, within the time limit."""
        until = time.monotonic() + self._limit if ends is None else ends
        while (end := self._come.find(FS_CR)) < 0:
            if len(self._come) > _LONGEST:
                raise self._silent(message, "conformance-answer-endless", bytes=_LONGEST)
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            piece = self._socket.recv(65536)
            if not piece:
                raise self._silent(message, "conformance-no-answer")
            self._come += piece
        whole, self._come = self._come[:end], self._come[end + len(FS_CR) :]
        stray, begun, block = whole.rpartition(VT)
        found = Acknowledgement(block, stray) if begun else Acknowledgement(b"", whole)
        if found.takes:
            self._line.taken(message)
        self._note(message, block, "conformance-mllp-acknowledged")
        return found

    def stirred(self) -> bool:
        """Something has come, or the listener has hung up. What comes of TLS itself is neither."""
        if self._come:
            return True
        self._socket.settimeout(0)
        try:
            self._come = self._socket.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        return True

    def ended(self, message: bytes) -> list[Acknowledgement]:
        """Say that nothing more comes, and what is still heard until the listener closes, too, or the time is over."""
        # Of TLS, too, the connection alone: an SSLSocket's own would read what comes without decrypting it, and the
        # farewell of TLS waits for one of the other side's, and loses what is said before it.
        socket.socket.shutdown(self._socket, socket.SHUT_WR)
        heard: list[Acknowledgement] = []
        ends = time.monotonic() + self._limit
        while len(heard) < _MOST:
            try:
                heard.append(self.hear(message, ends))
            except (Unanswered, OSError):
                break
        return heard

    def _silent(self, message: bytes, rule: str, **parameters: object) -> Unanswered:
        self._note(message, b"", rule)
        return Unanswered(rule, **parameters)

    def _note(self, message: bytes, block: bytes, trouble: str) -> None:
        told = {"content-type": ER7} if block else {}
        answer = Answer(
            "MLLP", self._line.url, {"Content-Type": ER7}, message, headers=told, body=block, trouble=trouble
        )
        self._line.client.note(answer, aside=False)
