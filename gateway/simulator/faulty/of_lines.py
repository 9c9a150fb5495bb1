"""Faults of an MLLP listener: of its blocks, its connections, and of what becomes of a message."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime
from typing import ClassVar

from gateway.mllp.acknowledgement import acknowledgement
from gateway.mllp.framing import FS_CR, VT, framed
from gateway.mllp.header import read_header
from gateway.simulator.faulty.fault import Asked, Forward, Told, broken
from gateway.simulator.faulty.listener import broken_wire
from gateway.simulator.faulty.wire import Wire


def answered(message: bytes, code: str) -> bytes:
    """A block with an acknowledgement of the proxy's own making."""
    return framed(acknowledgement(read_header(message), code, datetime.now(UTC)))


@broken_wire("mllp-unframed", "MLLP-1", "an acknowledgement is no block")
class _Unframed(Wire):
    def down(self, message: bytes) -> bytes:
        return message + FS_CR


@broken_wire("mllp-piece-is-message", "MLLP-2", "whatever arrives at once is taken for a whole message")
class _PieceIsMessage(Wire):
    def up(self, piece: bytes) -> bytes:
        if piece.startswith(VT) and piece.endswith(FS_CR):
            return piece
        self.say(answered(piece, "AE"))
        return b""


@broken_wire("mllp-first-of-two", "MLLP-3", "of two messages that arrive together the second is lost")
class _FirstOfTwo(Wire):
    def up(self, piece: bytes) -> bytes:
        first, end, _ = piece.partition(FS_CR)
        return first + end


@broken_wire("mllp-stray-loses", "MLLP-4", "bytes before a block make the connection end")
class _StrayLoses(Wire):
    def up(self, piece: bytes) -> bytes:
        if piece.startswith(b"\r\n"):
            self.hang_up()
            return b""
        return piece


@broken_wire("mllp-half-taken", "MLLP-5", "what has arrived when the sender ends is taken for a message")
class _HalfTaken(Wire):
    def up(self, piece: bytes) -> bytes:
        self._half = piece.removeprefix(VT) if not piece.endswith(FS_CR) else b""
        return piece

    def over(self) -> None:
        if self._half:
            self.say(answered(self._half, "AA"))


@broken_wire("mllp-endless", "MLLP-6", "a block without an end is taken in for ever")
class _Endless(Wire):
    _come = 0

    def up(self, piece: bytes) -> bytes:
        self._come += len(piece)
        return piece if self._come < 65536 else b""


@broken_wire("mllp-one-a-connection", "MLLP-7", "the connection ends after each acknowledgement")
class _OneAConnection(Wire):
    def down(self, message: bytes) -> bytes:
        self.say(framed(message))
        self.hang_up()
        return b""


@broken_wire("mllp-one-at-a-time", "MLLP-8", "while a sender is connected no other is let in")
class _OneAtATime(Wire):
    _open = 0

    def __init__(self, sender: socket.socket, listener: socket.socket) -> None:
        super().__init__(sender, listener)
        self._waits = _OneAtATime._open > 0
        _OneAtATime._open += 1

    def carry(self) -> None:
        try:
            if self._waits:
                self.hang_up()
            super().carry()
        finally:
            _OneAtATime._open -= 1


@broken_wire("mllp-answered-unkept", "MLLP-26", "a message is acknowledged and thrown away")
class _AnsweredUnkept(Wire):
    whole = True

    def heard(self, message: bytes) -> bytes:
        self.say(answered(message, "AA"))
        return b""


@broken_wire("mllp-tones-lost", "MLLP-27", "names are stored without their marks")
class _TonesLost(Wire):
    whole = True

    def heard(self, message: bytes) -> bytes:
        return message.replace("Đường".encode(), b"Duong")


@broken_wire("mllp-digits-lost", "MLLP-27", "a value is stored without its last 0")
class _DigitsLost(Wire):
    whole = True

    def heard(self, message: bytes) -> bytes:
        return message.replace(b"|5.10|", b"|5.1|")


@broken_wire("mllp-repeat-refused", "MLLP-28", "a message that is sent again is refused")
class _RepeatRefused(Wire):
    whole = True
    _known: ClassVar[set[bytes]] = set()

    def heard(self, message: bytes) -> bytes:
        if message in self._known:
            self.say(answered(message, "AE"))
            return b""
        self._known.add(message)
        return message


@broken("mllp-repeat-kept", "MLLP-28", "a result that was sent twice is found twice")
def repeat_kept(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not (asked.path.endswith("/DiagnosticReport") and "identifier" in asked.names):
        return told
    bundle = told.json
    return told.saying(bundle | {"entry": bundle.get("entry", []) * 2, "total": 2})


@broken_wire("mllp-refused-kept", "MLLP-29", "what was refused for its characters is stored all the same")
class _RefusedKept(Wire):
    whole = True
    _guessed = False

    def heard(self, message: bytes) -> bytes:
        self._guessed = b"KIEM-TRA-KHONG-CO" in message
        return message.replace(b"KIEM-TRA-KHONG-CO", b"UNICODE UTF-8")

    def down(self, message: bytes) -> bytes:
        return framed(re.sub(rb"\rMSA\|AA", b"\rMSA|AE", message) if self._guessed else message)
