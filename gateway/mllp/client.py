"""The sending side, for trying a listener: a message, then its acknowledgements, on one connection."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType

from gateway.errors import PayloadError, RecipientUnreachable, TooLarge
from gateway.mllp.framing import VT, Blocks, framed
from gateway.mllp.header import Header, read_header

_LONGEST = 1024 * 1024  # bytes of an acknowledgement
_MESSAGE = re.compile(rb"(?:\A|(?<=[\r\n]))MSH[^A-Za-z0-9\s]")


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """``code``: MSA-1; ``control_id``: MSA-2; ``errors``: ERR-3, or the code in ERR-1 before version 2.5, in order."""

    code: str
    control_id: str
    text: str
    errors: tuple[str, ...]

    @property
    def well(self) -> bool:
        return self.code in ("AA", "CA")


def messages_of(content: bytes) -> list[bytes]:
    """The messages of a file: in MLLP's marks, or one after the other, each beginning with MSH.

    A file without any CR was edited as text: its line ends become HL7's. PayloadError when there is none.
    """
    if content.startswith(VT):
        blocks = Blocks(len(content))
        blocks.add(content)
        found = list(iter(blocks.next, None))
    else:
        whole = content.removeprefix(b"\xef\xbb\xbf")
        starts = [match.start() for match in _MESSAGE.finditer(whole)]
        found = [whole[begin:end] for begin, end in pairwise([*starts, len(whole)])]
    if not found:
        raise PayloadError("hl7v2-no-message")
    return [one if b"\r" in one else one.replace(b"\n", b"\r") for one in found]


class Sender:
    """A connection to a listener. ``seconds``: for connecting, and for each acknowledgement."""

    def __init__(self, address: str, seconds: float, tls: ssl.SSLContext | None = None) -> None:
        host, _, port = address.rpartition(":")
        self._address = address
        self._blocks = Blocks(_LONGEST)
        try:
            plain = socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)
            self._socket = tls.wrap_socket(plain, server_hostname=host.strip("[]")) if tls else plain
        except (OSError, OverflowError) as wrong:
            raise self._unreachable(wrong) from None

    def __enter__(self) -> Sender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, message: bytes) -> list[Acknowledged]:
        """The acknowledgements it gets: a commit accept is followed by the application's where MSH-16 asks for it.

        RecipientUnreachable when the connection ends, or nothing comes in time.
        """
        header = read_header(message) or Header()
        asked = [header.first(number).upper() for number in (15, 16)]
        try:
            self._socket.sendall(framed(message))
            if set(asked) <= {"NE", ""} and any(asked):
                return []
            found = [self._next()]
            if found[0].code == "CA" and asked[1] in ("AL", "SU"):
                found.append(self._next())
        except (OSError, TooLarge) as wrong:
            raise self._unreachable(wrong) from None
        return found

    def _next(self) -> Acknowledged:
        while (block := self._blocks.next()) is None:
            piece = self._socket.recv(64 * 1024)
            if not piece:
                raise ConnectionResetError("closed without an acknowledgement")
            self._blocks.add(piece)
        return read_acknowledgement(block)

    def _unreachable(self, wrong: Exception) -> RecipientUnreachable:
        error = getattr(wrong, "strerror", None) or str(wrong) or type(wrong).__name__
        return RecipientUnreachable("mllp-unreachable", address=self._address, error=error)


def read_acknowledgement(block: bytes) -> Acknowledged:
    """An ACK as far as a sender acts on it; PayloadError when it has no MSH or no MSA."""
    header = read_header(block)
    if header is None:
        raise PayloadError("mllp-no-header")
    mark = header.separator
    segments = [line.split(mark) for line in re.split(rb"[\r\n]+", block) if line]
    answer = next((fields for fields in segments if fields[0] == b"MSA"), None)
    if answer is None:
        raise PayloadError("mllp-no-msa", "MSA")
    code, control_id, text = (_text(field) for field in (*answer[1:4], b"", b"", b"")[:3])
    errors = tuple(code for fields in segments if fields[0] == b"ERR" for code in _conditions(fields, header) if code)
    return Acknowledged(code, control_id, text, errors)


def _conditions(fields: list[bytes], header: Header) -> list[str]:
    if len(fields) > 3:
        return [_text(fields[3].split(header.mark(0))[0])]
    places = [one.split(header.mark(0)) for one in fields[1].split(header.mark(1))] if len(fields) > 1 else []
    return [_text(place[3].split(header.mark(3))[0]) for place in places if len(place) > 3]


def _text(field: bytes) -> str:
    return field.decode("utf-8", "backslashreplace")
