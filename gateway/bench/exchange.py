"""``exchange``: a laboratory's message over HTTP, checked, signed, durable, audited, queued and delivered.

The highest rate that holds is looked for, then offered for the whole time. A rate holds when
every answer is 201, p99 is under the target and the deliveries keep up: soon after the last
message nothing waits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.bench.figures import About, Figure, Target, quantile
from gateway.bench.load import Answer, OpenLoop, arrivals, by_status
from gateway.bench.meters import cpu_seconds, resident_mb
from gateway.bench.orders import MEDIA_TYPE
from gateway.bench.plan import Plan
from gateway.bench.site import BenchFailed, Serving, Tokens, recipient
from gateway.bench.stock import Stock, stocked
from gateway.store import Store

RATE = Target(150, "higher")
P99 = Target(150, "lower")
WORKER = Target(200, "lower")
_FINER = 1.08  # the search ends when the best rate that holds is this close to the least that does not
_TRIES = 8
_DRAIN = 120  # seconds that deliveries may need before the run is given up


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened at one rate. ``drained``: seconds from the last answer until no delivery waited.

    ``used``: process → CPU seconds from the first message to then.
    """

    rate: float
    seconds: float
    answers: list[Answer]
    drained: float
    used: dict[str, float]

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
            self.taken == len(self.answers)
            and quantile(self.milliseconds, 0.99) < P99.value
            and self.drained <= 2 + self.seconds / 20
        )

    def __str__(self) -> str:
        p50, p99 = (quantile(self.milliseconds, part) for part in (0.5, 0.99))
        verdict = "holds" if self.holds else "does not hold"
        return (
            f"{self.rate:.1f}/s for {self.seconds:.0f} s: {by_status(self.answers)}, p50 {p50:.0f} ms,"
            f" p99 {p99:.0f} ms, deliveries done {self.drained:.1f} s after; {verdict}"
        )


class Sending:
    """Offers new messages to a running gateway at one rate after another."""

    def __init__(self, serving: Serving, store: Store, tokens: Tokens, stock: Stock, watched: dict[str, list[int]]):
        self._serving = serving
        self._store = store
        self._tokens = tokens
        self._laboratories = stock.laboratories
        self._next = stock.exchanges
        self._watched = watched
        self._seed = 0

    def at(self, rate: float, seconds: float) -> Seen:
        """Messages nobody has sent before, arriving at random."""
        self._seed += 1
        due = arrivals(rate, seconds, self._seed) or [0.0]
        orders = list(self._laboratories.orders(self._next, len(due)))
        self._next += len(due)
        before = self._used()
        answers = OpenLoop(self._serving.site.address).run(
            lambda number: post(self._serving.site.port, orders[number].facility, orders[number].payload, self._tokens),
            due,
        )
        drained = self._drain()
        used = {name: after - before[name] for name, after in self._used().items()}
        return Seen(rate, seconds, answers, drained, used)

    def _drain(self) -> float:
        began = time.perf_counter()
        while self._serving.waiting(self._store):
            if time.perf_counter() - began > _DRAIN:
                break
            time.sleep(0.1)
        return time.perf_counter() - began

    def _used(self) -> dict[str, float]:
        return {name: cpu_seconds(pids) for name, pids in self._watched.items()}


def post(port: int, facility: str, payload: bytes, tokens: Tokens) -> bytes:
    """The whole request: a payload as the facility has it."""
    head = (
        f"POST /facilities/{facility}/payloads HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {tokens.of(facility)}\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload


def highest(sending: Sending, step: float, say: Callable[[str], None]) -> float:
    """The highest rate that held for ``step`` seconds: doubled until one does not hold, then halved between."""
    held, failed, rate = 0.0, 0.0, 8.0
    for _ in range(_TRIES):
        seen = sending.at(rate, step)
        say(str(seen))
        if seen.holds:
            held = rate
        else:
            failed = rate
        if failed and held and failed / held < _FINER:
            break
        rate = rate * 2 if not failed else rate / 2 if not held else (held + failed) / 2
    if not held:
        raise BenchFailed("no rate held")
    return held


def sustained(sending: Sending, plan: Plan, say: Callable[[str], None]) -> Seen:
    """The whole time at the given rate, or at the highest that holds for all of it."""
    if plan.rate:
        return sending.at(plan.rate, plan.seconds)
    rate = highest(sending, plan.step, say)
    while True:
        seen = sending.at(rate, plan.seconds)
        say(str(seen))
        if seen.holds or rate < 1:
            return seen
        rate *= 0.93


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of the whole exchange on each database of the plan."""
    for database in plan.databases:
        with stocked(plan, database, plan.stored, say) as stock:
            yield from _measured(plan, stock, say)


def _measured(plan: Plan, stock: Stock, say: Callable[[str], None]) -> Iterator[Figure]:
    site = stock.site
    with recipient(plan.scratch / f"recipient-{stock.name}") as (said, recipient_pid):
        site.subscribe(said)
        with site.serving() as serving, site.opened() as store, Tokens(site) as tokens:
            watched = {"gateway": serving.processes, "recipient": [recipient_pid], "client": [os.getpid()]}
            watched |= {"database": stock.database_pids} if stock.database_pids else {}
            sending = Sending(serving, store, tokens, stock, watched)
            sending.at(min(plan.rate or 8, 8), min(plan.step, 2))  # the first ones load what is loaded late
            before = stock.bytes()
            began = sending._next
            seen = sustained(sending, plan, say)
            sent = sending._next - began
            resident = max(resident_mb(pid) for pid in serving.workers)
            say(str(seen))
            grown = (stock.bytes() - before) / sent if sent else 0.0
    yield from _figures(stock, seen, resident, grown)


def _figures(stock: Stock, seen: Seen, resident: float, grown: float) -> Iterator[Figure]:
    name, n = stock.name, len(seen.answers)
    about = About("exchange", f"{stock.exchanges} exchanges stored, {seen.seconds:.0f} s", stock.site.different)
    told = (
        f"{by_status(seen.answers)}; deliveries done {seen.drained:.1f} s after; client and recipient on this machine"
    )
    verdict = "" if seen.holds else "DOES NOT HOLD: "
    yield about.figure(f"{name}: rate that holds", seen.rate, "exchanges/s", n=n, target=RATE, note=verdict + told)
    yield about.sampled(f"{name}: p50", seen.milliseconds, "ms")
    yield about.sampled(f"{name}: p99", seen.milliseconds, "ms", part=0.99, target=P99)
    yield about.sampled(
        f"{name}: sent late by the client, p99", [one.late * 1e3 for one in seen.answers], "ms", part=0.99
    )
    for process, used in seen.used.items():
        share = f"{used / (seen.seconds + seen.drained):.2f} of a core"
        yield about.figure(f"{name}: CPU of the {process}", used / n * 1e3, "ms/exchange", n=n, note=share)
    yield about.figure(f"{name}: memory of a worker after", resident, "MB", target=WORKER)
    yield about.figure(f"{name}: database per exchange", grown / 1e3, "kB", n=n)
