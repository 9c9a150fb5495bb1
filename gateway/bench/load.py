"""An open-loop HTTP/1.1 client: requests leave on a schedule, whether or not the earlier ones were answered.

Latency counts from the moment a request was due, so that a stalled gateway cannot hide the
requests that waited for it (coordinated omission). One thread and one selector: the client
shares the machine with what it measures and must be cheap. Every answer is kept, errors too.
"""

from __future__ import annotations

import selectors
import socket
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

_HEAD_END = b"\r\n\r\n"
NOT_ANSWERED = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """``number``: which request. ``status``: HTTP, or NOT_ANSWERED.

    ``seconds``: from due to answered. ``late``: from due to sent.
    """

    number: int
    status: int
    seconds: float
    late: float
    body: bytes


@dataclass(slots=True)
class _Line:
    """A connection and the request on it."""

    socket: socket.socket
    number: int = -1
    due: float = 0.0
    sent: float = 0.0
    unsent: bytes = b""
    received: bytearray = field(default_factory=bytearray)
    tries: int = 1


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Poisson arrivals: seconds after the start, ``rate`` a second on average."""
    random, at, made = Random(f"{seed}/arrivals"), 0.0, []  # noqa: S311  # repeatable on purpose, no secret
    while (at := at + random.expovariate(rate)) < seconds:
        made.append(at)
    return made


class OpenLoop:
    """Sends ``request(number)`` at ``due[number]`` seconds after ``run``, over at most ``lines`` connections."""

    def __init__(self, address: tuple[str, int], *, lines: int = 64, patience: float = 30.0) -> None:
        self._address = address
        self._most = lines
        self._patience = patience
        self._selector = selectors.DefaultSelector()
        self._idle: deque[_Line] = deque()
        self._open = 0
        self._waiting: deque[tuple[int, int]] = deque()  # (number, tries so far)
        self._answers: list[Answer] = []
        self._request: Callable[[int], bytes]
        self._due: Sequence[float]
        self._began = 0.0

    def run(self, request: Callable[[int], bytes], due: Sequence[float]) -> list[Answer]:
        """All answers, in the order they came; a request unanswered after ``patience`` seconds is NOT_ANSWERED."""
        self._request, self._due, self._answers = request, due, []
        self._began, following = perf_counter(), 0
        try:
            while len(self._answers) < len(due):
                now = perf_counter() - self._began
                while following < len(due) and due[following] <= now:
                    self._waiting.append((following, 0))
                    following += 1
                self._send_what_waits()
                until = due[following] - (perf_counter() - self._began) if following < len(due) else 0.05
                for key, events in self._selector.select(max(until, 0.0)):
                    self._step(key.data, events)
                self._give_up(perf_counter() - self._began)
        finally:
            for key in list(self._selector.get_map().values()):
                self._close(key.data)
            self._idle.clear()
        return self._answers

    def _send_what_waits(self) -> None:
        while self._waiting and (self._idle or self._open < self._most):
            number, tries = self._waiting.popleft()
            line = self._idle.pop() if self._idle else self._opened()  # the last used: few lines stay warm
            line.number, line.due, line.tries = number, self._due[number], tries + 1
            line.sent = perf_counter() - self._began
            line.unsent = self._request(number)
            line.received.clear()
            self._push(line)

    def _opened(self) -> _Line:
        line = _Line(socket.create_connection(self._address, timeout=self._patience))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.socket.setblocking(False)
        self._selector.register(line.socket, selectors.EVENT_READ, line)
        self._open += 1
        return line

    def _push(self, line: _Line) -> None:
        try:
            line.unsent = line.unsent[line.socket.send(line.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._broken(line)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.unsent else 0)
        if self._selector.get_key(line.socket).events != events:
            self._selector.modify(line.socket, events, line)

    def _step(self, line: _Line, events: int) -> None:
        if events & selectors.EVENT_WRITE and line.unsent:
            self._push(line)
            return
        try:
            came = line.socket.recv(262144)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self._broken(line)
            return
        line.received += came
        if (whole := _whole(line.received)) is not None:
            status, body, stays = whole
            self._told(line, status, body)
            if stays:
                self._idle.append(line)
            else:
                self._close(line)

    def _told(self, line: _Line, status: int, body: bytes) -> None:
        now = perf_counter() - self._began
        self._answers.append(Answer(line.number, status, now - line.due, line.sent - line.due, body))
        line.number = -1

    def _broken(self, line: _Line) -> None:
        """An idle line that the server closed costs nothing; a request on it that was not read is sent once more."""
        self._close(line)
        if line.number < 0:
            if line in self._idle:
                self._idle.remove(line)
        elif line.tries < 2 and not line.received:
            self._waiting.appendleft((line.number, line.tries))
        else:
            self._told(line, NOT_ANSWERED, b"")

    def _give_up(self, now: float) -> None:
        for key in list(self._selector.get_map().values()):
            line: _Line = key.data
            if line.number >= 0 and now - line.sent > self._patience:
                self._close(line)
                self._told(line, NOT_ANSWERED, b"")

    def _close(self, line: _Line) -> None:
        self._selector.unregister(line.socket)
        line.socket.close()
        self._open -= 1


def _whole(received: bytearray) -> tuple[int, bytes, bool] | None:
    """(status, body, whether the connection stays) once all of an answer has come."""
    ends = received.find(_HEAD_END)
    if ends < 0:
        return None
    head = bytes(received[:ends]).lower()
    status = int(head.split(b" ", 2)[1])
    place = head.find(b"\r\ncontent-length:")
    if place < 0:
        raise ValueError("an answer without Content-Length")
    length = int(head[place + 17 :].split(b"\r\n", 1)[0])
    if len(received) < ends + 4 + length:
        return None
    return status, bytes(received[ends + 4 :]), b"\r\nconnection: close" not in head


def by_status(answers: Sequence[Answer]) -> dict[int, int]:
    """How many answers had each status."""
    return dict(sorted(Counter(one.status for one in answers).items()))
