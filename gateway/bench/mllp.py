"""``mllp``: a laboratory's messages over MLLP connections that stay open, each AA only after it is durable.

First every connection sends as fast as it is answered; then messages are offered at rates. A rate holds when
every message is sent and answered AA, and p99 is under a second. Nobody subscribes: nothing is delivered.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count

from gateway.bench.exchange import sustained
from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target, quantile
from gateway.bench.lines import Heard, Lines
from gateway.bench.load import arrivals
from gateway.bench.meters import family_cpu, resident_mb
from gateway.bench.orders import FACILITIES, Order
from gateway.bench.plan import Plan
from gateway.bench.programs import free_port
from gateway.bench.site import Serving
from gateway.bench.stock import Stock, stocked
from gateway.store import Store, exchanges

RATE = Target(200, "higher")
_SLOWEST = 1000  # ms
_WARM = 2.0  # seconds: the first messages load what is loaded late, and are not counted


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened at one rate, 0 for as fast as it goes. ``used``: process → CPU seconds."""

    rate: float
    seconds: float
    heard: list[Heard]
    used: dict[str, float]

    @property
    def acknowledged(self) -> int:
        return sum(one.code == "AA" for one in self.heard)

    @property
    def milliseconds(self) -> list[float]:
        return [one.seconds * 1e3 for one in self.heard]

    @property
    def each_second(self) -> list[float]:
        """How many were acknowledged in each whole second."""
        if self.seconds < 1:
            return [self.acknowledged / max(one.at for one in self.heard)]
        counted = Counter(int(one.at) for one in self.heard if one.code == "AA" and one.at < self.seconds)
        return [float(counted[second]) for second in range(int(self.seconds))]

    @property
    def holds(self) -> bool:
        return self.acknowledged == len(self.heard) and quantile(self.milliseconds, 0.99) < _SLOWEST

    @property
    def told(self) -> str:
        """How many had each code."""
        return str(dict(sorted(Counter(one.code for one in self.heard).items())))

    def __str__(self) -> str:
        p50, p95, p99 = (quantile(self.milliseconds, part) for part in (0.5, 0.95, 0.99))
        offered = f"{self.rate:.1f}/s" if self.rate else "as fast as it goes"
        verdict = "" if not self.rate else "; holds" if self.holds else "; does not hold"
        return (
            f"{offered} for {self.seconds:.0f} s: {self.told}, p50 {p50:.0f} ms, p95 {p95:.0f} ms, "
            f"p99 {p99:.0f} ms{verdict}"
        )


class Talking:
    """Sends new messages to a running gateway, at one rate after another, on the same connections."""

    def __init__(self, serving: Serving, store: Store, stock: Stock, lines: Lines) -> None:
        self.serving = serving
        self._store = store
        self._laboratories = stock.laboratories
        self._next = stock.exchanges
        self._lines = lines
        self._watched: dict[str, Callable[[], float]] = {"gateway": partial(family_cpu, serving.process.pid)}
        if stock.server:
            self._watched["database"] = partial(family_cpu, stock.server)
        self._watched["client"] = time.process_time
        self._seed = 0

    def at(self, rate: float, seconds: float) -> Seen:
        """Messages that nobody has sent before, arriving at random."""
        self._seed += 1
        due = arrivals(rate, seconds, self._seed) or [0.0]
        orders = list(self._laboratories.orders(self._next, len(due)))
        self._next += len(due)
        return self._seen(rate, seconds, partial(self._lines.offered, orders, due, seconds))

    def saturated(self, seconds: float) -> Seen:
        """Every connection the next as soon as the last was answered."""
        first = -(-self._next // len(FACILITIES)) * len(FACILITIES)
        numbers = {code: count(first + place, len(FACILITIES)) for place, code in enumerate(FACILITIES)}

        def following(facility: str) -> Order:
            number = next(numbers[facility])
            self._next = max(self._next, number + 1)
            return self._laboratories.order(number)

        return self._seen(0, seconds, partial(self._lines.saturated, following, seconds))

    def _seen(self, rate: float, seconds: float, sent: Callable[[], list[Heard]]) -> Seen:
        """BenchFailed when what was acknowledged is not what is stored."""
        stored, before = self._stored(), {name: used() for name, used in self._watched.items()}
        heard = sent()
        used = {name: used() - before[name] for name, used in self._watched.items()}
        seen = Seen(rate, seconds, heard, used)
        if (now := self._stored() - stored) != seen.acknowledged:
            raise BenchFailed(f"{seen.acknowledged} messages were acknowledged and {now} are stored: {seen.told}")
        return seen

    def _stored(self) -> int:
        with self._store.read() as connection:
            return sum(exchanges.count_by_status(connection).values())


@contextmanager
def talking(stock: Stock, connections: int) -> Iterator[Talking]:
    """The stock's gateway with an address for each laboratory, and the connections to them, open."""
    ports = {code: free_port() for code in FACILITIES}
    listeners = ",".join(f"127.0.0.1:{port}={code}" for code, port in ports.items())
    stock.site.settings = {**stock.site.settings, "GATEWAY_MLLP": listeners}
    with stock.site.serving() as serving, stock.site.opened() as store:
        lines = Lines(
            {code: ("127.0.0.1", port) for code, port in ports.items()}, max(connections // len(FACILITIES), 1)
        )
        try:
            yield Talking(serving, store, stock, lines)
        finally:
            lines.close()


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of MLLP on each database of the plan."""
    for database in plan.databases:
        with stocked(plan, database, plan.stored, say) as stock:
            yield from _measured(plan, stock, say)


def _measured(plan: Plan, stock: Stock, say: Callable[[str], None]) -> Iterator[Figure]:
    with talking(stock, plan.connections) as talk:
        talk.saturated(min(_WARM, plan.step))
        fastest = talk.saturated(plan.seconds)
        say(str(fastest))
        resident = [resident_mb(pid) for pid in talk.serving.processes]
        at_target = talk.at(plan.rate or RATE.value, plan.step)
        say(str(at_target))
        held = at_target if plan.rate or at_target.holds else sustained(talk, plan, say)
    size = f"{plan.connections} connections, {stock.exchanges} exchanges stored"
    about = About("mllp", f"{size}, {fastest.seconds:.0f} s", stock.site.different)
    name = stock.name
    yield about.sampled(
        f"{name}: acknowledged at saturation", fastest.each_second, "messages/s", target=RATE,
        note=f"{fastest.told}, as many stored; each second a sample",
    )  # fmt: skip
    for process, used in fastest.used.items():
        share = f"{used / fastest.seconds:.2f} of a core"
        n = len(fastest.heard)
        yield about.figure(f"{name}: CPU of the {process} then", used / n * 1e3, "ms/message", n=n, note=share)
    yield about.figure(f"{name}: memory of the gateway then", sum(resident), "MB", n=len(resident),
                       note=f"all its processes; the largest {max(resident):.0f} MB")  # fmt: skip
    for seen in (at_target,) if held is at_target else (at_target, held):
        word = f"{seen.rate:.0f}/s offered" if seen is at_target else "highest that holds"
        about = About("mllp", f"{size}, {seen.seconds:.0f} s", stock.site.different)
        yield from _at(about, f"{name}: {word}", seen)


def _at(about: About, given: str, seen: Seen) -> Iterator[Figure]:
    n, verdict = len(seen.heard), "" if seen.holds else "DOES NOT HOLD: "
    rate = seen.acknowledged / max([seen.seconds, *(one.at for one in seen.heard)])
    yield about.figure(
        f"{given}: acknowledged", rate, "messages/s", n=n, target=RATE,
        note=f"{verdict}{seen.told}, as many stored as AA",
    )  # fmt: skip
    for part in (0.5, 0.95, 0.99):
        yield about.sampled(f"{given}: p{part * 100:.0f}", seen.milliseconds, "ms", part=part)
    yield about.sampled(f"{given}: sent late, p99", [one.late * 1e3 for one in seen.heard], "ms", part=0.99)
