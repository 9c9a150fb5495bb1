"""Offering new messages to a running gateway, and seeing whether it keeps up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.bench.figures import quantile
from gateway.bench.load import Answer, OpenLoop, arrivals, by_status
from gateway.bench.meters import family_cpu
from gateway.bench.orders import FACILITIES, MEDIA_TYPE
from gateway.bench.programs import recipient
from gateway.bench.site import Serving
from gateway.bench.stock import Stock
from gateway.bench.tokens import Tokens
from gateway.store import Store

SLOWEST = 150  # ms: a rate at which the slowest hundredth takes longer does not hold
_DRAIN = 120  # seconds that deliveries may need before one no longer waits for them


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened at one rate. ``drained``: seconds from the last answer until no delivery waited.

    ``delivered``: how many had their receipt by then. ``used``: process → CPU seconds from the
    first message to then. ``others``: the answers to what was asked beside the messages.
    """

    rate: float
    seconds: float
    answers: list[Answer]
    delivered: int
    drained: float
    used: dict[str, float]
    others: list[Answer] = field(default_factory=list)

    @property
    def taken(self) -> int:
        return sum(one.status == 201 for one in self.answers)

    @property
    def milliseconds(self) -> list[float]:
        return [one.seconds * 1e3 for one in self.answers]

    @property
    def holds(self) -> bool:
        """All were taken in time, and the deliveries kept up but for a second's polling and a twentieth."""
        return (
            self.taken == len(self.answers) <= self.delivered
            and quantile(self.milliseconds, 0.99) < SLOWEST
            and self.drained <= 2 + self.seconds / 20
        )

    def __str__(self) -> str:
        p50, p99 = (quantile(self.milliseconds, part) for part in (0.5, 0.99))
        verdict = "holds" if self.holds else "does not hold"
        return (
            f"{self.rate:.1f}/s for {self.seconds:.0f} s: {by_status(self.answers)}, p50 {p50:.0f} ms,"
            f" p99 {p99:.0f} ms, {self.delivered} delivered {self.drained:.1f} s after; {verdict}"
        )


class Sending:
    """Offers new messages to a running gateway at one rate after another."""

    def __init__(
        self, serving: Serving, store: Store, tokens: Tokens, stock: Stock, watched: Mapping[str, Callable[[], float]]
    ) -> None:
        self.serving = serving
        self.tokens = tokens
        self._store = store
        self._laboratories = stock.laboratories
        self._first = self._next = stock.exchanges
        self._host = f"Host: 127.0.0.1:{serving.site.port}\r\n"
        self._watched = watched
        self._seed = 0

    def at(
        self, rate: float, seconds: float, others: Sequence[str] = (), other_due: Sequence[float] = (), lines: int = 64
    ) -> Seen:
        """Messages that nobody has sent before, arriving at random, and ``others``, each when it is due.

        ``rate`` 0 sends none. Over at most ``lines`` connections.
        """
        self._seed += 1
        due = (arrivals(rate, seconds, self._seed) or [0.0]) if rate else []
        orders = list(self._laboratories.orders(self._next, len(due)))
        posts = [(at, True, number) for number, at in enumerate(due)]
        self._next += len(due)
        both = sorted([*posts, *((at, False, number) for number, at in enumerate(other_due))])

        def request(place: int) -> bytes:
            _, is_message, number = both[place]
            if not is_message:
                return self.asked(others[number])
            return self.message(orders[number].facility, orders[number].payload)

        before, (completed, _) = self._used(), self.serving.deliveries(self._store)
        answers = OpenLoop(self.serving.site.address, lines=lines).run(request, [at for at, _, _ in both])
        drained = self._drain()
        used = {name: after - before[name] for name, after in self._used().items()}
        return Seen(
            rate,
            seconds,
            [one for one in answers if both[one.number][1]],
            self.serving.deliveries(self._store)[0] - completed,
            drained,
            used,
            [one for one in answers if not both[one.number][1]],
        )

    def _drain(self) -> float:
        began = time.perf_counter()
        while self.serving.deliveries(self._store)[1]:
            if time.perf_counter() - began > _DRAIN:
                break
            time.sleep(0.1)
        return time.perf_counter() - began

    def _used(self) -> dict[str, float]:
        return {name: used() for name, used in self._watched.items()}

    @property
    def sent(self) -> int:
        """How many messages it has sent in all."""
        return self._next - self._first

    def message(self, facility: str, payload: bytes) -> bytes:
        """The whole request: a payload as the facility has it."""
        head = (
            f"POST /facilities/{facility}/payloads HTTP/1.1\r\n{self._host}"
            f"Authorization: Bearer {self.tokens.of(facility)}\r\n"
            f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        return head.encode() + payload

    def asked(self, path: str) -> bytes:
        """The whole request: a GET, by the first laboratory's client."""
        token = self.tokens.of(FACILITIES[0])
        return f"GET {path} HTTP/1.1\r\n{self._host}Authorization: Bearer {token}\r\n\r\n".encode()


@contextmanager
def sending(stock: Stock, scratch: Path) -> Iterator[Sending]:
    """The stock's gateway, serving, with a recipient that gets every new exchange, and clients with tokens."""
    with recipient(scratch / f"recipient-{stock.site.folder.parent.name}") as (said, recipient_pid):
        stock.site.subscribe(said)
        with stock.site.serving() as serving, stock.site.opened() as store, Tokens(stock.site) as tokens:
            watched: dict[str, Callable[[], float]] = {
                "gateway": partial(family_cpu, serving.process.pid),
                "recipient": partial(family_cpu, recipient_pid),
            }
            if stock.server:
                watched["database"] = partial(family_cpu, stock.server)
            watched["client"] = time.process_time
            yield Sending(serving, store, tokens, stock, watched)
