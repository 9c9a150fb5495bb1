"""Reply: an HTTP answer as a value, and how it is put on the wire, properly or not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import repeat
from typing import Any

from gateway.jsontext import dumps
from gateway.simulator.behaviour import Behaviour

FHIR = "application/fhir+json"
_FILLING = b" " * 65536
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and headers; Content-Length is added when it is written."""

    status: int = 200
    body: bytes = b""
    media_type: str = FHIR
    headers: tuple[tuple[str, str], ...] = ()

    def head(self, *, length: bool = True) -> bytes:
        """The status line and headers as they travel; without a length only the end of the connection ends it."""
        lines = [f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, '-')}", f"Content-Type: {self.media_type}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {len(self.body)}" if length else "Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def json_reply(value: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, dumps(value), "application/json")


def written(reply: Reply, behaviour: Behaviour, stopping: threading.Event) -> Iterator[bytes]:
    """What goes over the wire, piece by piece; it takes its time as the behaviour says."""
    whole = reply.head() + reply.body
    match behaviour.name:
        case "hang-up" | "cut-off" | "lose-answer":
            return
        case "break-off":
            yield whole[: len(whole) - len(reply.body) // 2 - 1]
        case "answers-twice":
            yield whole + whole
        case "endless":
            yield reply.head(length=False) + reply.body
            yield from _until(stopping, repeat(_FILLING))
        case "drip":
            yield reply.head()
            yield from _dripping(reply.body, behaviour.seconds, stopping.wait)
        case "drip-head":
            yield from _dripping(whole, behaviour.seconds, stopping.wait)
        case _:
            yield whole


# After these the connection is not used again.
ENDING = frozenset({"hang-up", "cut-off", "lose-answer", "break-off", "endless"})


def _dripping(whole: bytes, seconds: float, pause: Callable[[float], bool]) -> Iterator[bytes]:
    for place in range(len(whole)):
        if pause(seconds):
            return
        yield whole[place : place + 1]


def _until(stopping: threading.Event, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if stopping.is_set():
            return
        yield piece
