"""MLLP connections that stay open, as hospital systems keep them: one message on each at a time, then its answer.

Messages leave on a schedule (an open loop: latency counts from the moment one was due, so that none that had
to wait is hidden), or each connection sends its next as soon as it was answered (saturation). One thread and one
selector, as in ``load``: the client shares the machine with what it measures.
"""

from __future__ import annotations

import selectors
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter

from gateway.bench.failed import BenchFailed
from gateway.bench.orders import Order
from gateway.mllp.framing import Blocks, framed
from gateway.mllp.header import read_header

NOT_SENT, NOT_ANSWERED = "not sent", "not answered"
_PATIENCE = 60.0  # seconds for an answer
_LONGEST = 64 * 1024  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Heard:
    """``code``: MSA-1, NOT_SENT or NOT_ANSWERED. ``seconds``: from due to answered, or until it was given up.

    ``late``: from due to sent. ``at``: when it was answered, seconds after the start.
    """

    code: str
    seconds: float
    late: float
    at: float


@dataclass(slots=True)
class _Line:
    """A connection, and the message on it: which, when it was due and sent, and what of it is not written."""

    socket: socket.socket
    facility: str
    control_id: bytes = b""
    due: float = 0.0
    sent: float = 0.0
    unsent: bytes = b""
    blocks: Blocks = field(default_factory=lambda: Blocks(_LONGEST))


class Lines:
    """``each`` connections to every address (facility → host, port), open until ``close``."""

    def __init__(self, addresses: Mapping[str, tuple[str, int]], each: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._idle: dict[str, deque[_Line]] = {facility: deque() for facility in addresses}
        self._waiting: dict[str, deque[tuple[Order, float]]] = {facility: deque() for facility in addresses}
        self._busy: set[int] = set()  # their sockets' numbers
        self._heard: list[Heard] = []
        self._began = 0.0
        for facility, address in addresses.items():
            for _ in range(each):
                made = socket.create_connection(address, timeout=_PATIENCE)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                made.setblocking(False)
                line = _Line(made, facility)
                self._selector.register(made, selectors.EVENT_READ, line)
                self._idle[facility].append(line)

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        self._selector.close()

    def offered(self, orders: Sequence[Order], due: Sequence[float], seconds: float) -> list[Heard]:
        """Each order when it is due; what waits for a connection after ``seconds`` is NOT_SENT."""
        following = 0

        def feed(now: float) -> float:
            nonlocal following
            while following < len(due) and due[following] <= now:
                self._waiting[orders[following].facility].append((orders[following], due[following]))
                following += 1
            return due[following] - now if following < len(due) else seconds - now

        return self._run(seconds, feed)

    def saturated(self, following: Callable[[str], Order], seconds: float) -> list[Heard]:
        """Every connection its facility's following order as soon as it is idle."""

        def feed(now: float) -> float:
            for facility, idle in self._idle.items():
                waiting = self._waiting[facility]
                while now < seconds and len(waiting) < len(idle):
                    waiting.append((following(facility), perf_counter() - self._began))
            return seconds - now

        return self._run(seconds, feed)

    def _run(self, seconds: float, feed: Callable[[float], float]) -> list[Heard]:
        self._heard, self._began = [], perf_counter()
        while (now := self._now()) < seconds + _PATIENCE:
            until = feed(now)
            for facility, waiting in self._waiting.items():
                idle = self._idle[facility]
                while waiting and idle:
                    self._send(idle.popleft(), *waiting.popleft())  # whoever has been idle longest
            if now >= seconds:
                self._drop(now)
                if not self._busy:
                    break
            for key, events in self._selector.select(max(until, 0.0) if now < seconds else 1.0):
                self._step(key.data, events)
        self._give_up()
        return self._heard

    def _now(self) -> float:
        return perf_counter() - self._began

    def _send(self, line: _Line, order: Order, due: float) -> None:
        header = read_header(order.payload)
        line.control_id = header.control_id if header else b""
        line.due, line.sent, line.unsent = due, self._now(), framed(order.payload)
        self._busy.add(line.socket.fileno())
        self._push(line)

    def _push(self, line: _Line) -> None:
        with suppress(BlockingIOError):
            line.unsent = line.unsent[line.socket.send(line.unsent) :]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.unsent else 0)
        if self._selector.get_key(line.socket).events != wanted:
            self._selector.modify(line.socket, wanted, line)

    def _step(self, line: _Line, events: int) -> None:
        if events & selectors.EVENT_WRITE and line.unsent:
            self._push(line)
            return
        came = line.socket.recv(64 * 1024)
        if not came:
            raise BenchFailed("the gateway closed a connection")
        line.blocks.add(came)
        if (block := line.blocks.next()) is None:
            return
        code, control_id = _answer(block)
        if control_id != line.control_id:
            raise BenchFailed("an acknowledgement names another message")
        now = self._now()
        self._heard.append(Heard(code, now - line.due, line.sent - line.due, now))
        self._busy.discard(line.socket.fileno())
        self._idle[line.facility].append(line)

    def _drop(self, now: float) -> None:
        for waiting in self._waiting.values():
            self._heard += [Heard(NOT_SENT, now - due, now - due, now) for _, due in waiting]
            waiting.clear()

    def _give_up(self) -> None:
        now = self._now()
        for key in self._selector.get_map().values():
            if key.fd in self._busy:
                line: _Line = key.data
                self._heard.append(Heard(NOT_ANSWERED, now - line.due, line.sent - line.due, now))


def _answer(block: bytes) -> tuple[str, bytes]:
    """MSA-1 and MSA-2."""
    for segment in block.split(b"\r"):
        fields = segment.split(b"|")
        if fields[0] == b"MSA" and len(fields) > 2:
            return fields[1].decode("ascii", "replace"), fields[2]
    raise BenchFailed("an answer without MSA")
