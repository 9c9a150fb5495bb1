"""``exchange``: a laboratory's message over HTTP, checked, signed, durable, audited, queued and delivered.

The highest rate that holds is looked for, then offered for the whole time. A rate holds when
every answer is 201, p99 is under the target and the deliveries keep up: soon after the last
message nothing waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target
from gateway.bench.load import by_status
from gateway.bench.meters import resident_mb
from gateway.bench.plan import Plan
from gateway.bench.sending import SLOWEST, Seen, Sending, sending
from gateway.bench.stock import Stock, stocked

RATE = Target(150, "higher")
P99 = Target(SLOWEST, "lower")
WORKER = Target(200, "lower")
NO_SLOWER = Target(1, "higher")
_FIRST = 8.0  # exchanges a second: where the search begins
_FINER = 1.08  # it ends when the best rate that holds is this close to the least that does not
_TRIES = 12


class Verdict(Protocol):
    """What came of a rate: whether it holds, and what to say of it."""

    @property
    def holds(self) -> bool: ...


S = TypeVar("S", bound=Verdict, covariant=True)


class Offering(Protocol[S]):
    """Who offers exchanges at a rate, for so many seconds, and sees what comes of it."""

    def at(self, rate: float, seconds: float) -> S: ...


def highest(sender: Offering[Verdict], step: float, say: Callable[[str], None]) -> float:
    """The highest rate that held for ``step`` seconds: doubled until one does not hold, then between.

    One that does not hold is offered once more: in so short a time a single hiccup of the disk decides.
    """

    def holds(rate: float) -> bool:
        seen = sender.at(rate, step)
        say(str(seen))
        return seen.holds

    held, failed, rate = 0.0, 0.0, _FIRST
    for _ in range(_TRIES):
        if holds(rate) or holds(rate):
            held = rate
        else:
            failed = rate
        if failed and held and failed / held < _FINER:
            break
        rate = rate * 2 if not failed else rate / 2 if not held else (held * failed) ** 0.5
    if not held:
        raise BenchFailed("no rate held")
    return held


def sustained(sender: Offering[S], plan: Plan, say: Callable[[str], None]) -> S:
    """The whole time at the given rate, or at the highest that holds for all of it."""
    if plan.rate:
        seen = sender.at(plan.rate, plan.seconds)
        say(str(seen))
        return seen
    rate = highest(sender, plan.step, say)
    while True:
        seen = sender.at(rate, plan.seconds)
        say(str(seen))
        if seen.holds or rate < 1:
            return seen
        rate *= 0.93


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of the whole exchange on each database of the plan."""
    rates: dict[str, Figure] = {}
    for database in plan.databases:
        with stocked(plan, database, plan.stored, say) as stock:
            for figure in _measured(plan, stock, say):
                if figure.target is RATE:
                    rates[stock.name] = figure
                yield figure
    if not plan.rate and rates.keys() == {"SQLite", "PostgreSQL"}:
        yield _beside(rates["SQLite"], rates["PostgreSQL"])


def _beside(sqlite: Figure, postgresql: Figure) -> Figure:
    about = About("exchange", sqlite.size, postgresql.settings)
    ratio = (postgresql.value or 0.0) / sqlite.value if sqlite.value else None
    return about.figure("PostgreSQL beside SQLite", ratio, "times the rate", n=2, target=NO_SLOWER)


def _measured(plan: Plan, stock: Stock, say: Callable[[str], None]) -> Iterator[Figure]:
    before = stock.bytes()
    with sending(stock, plan.scratch) as sender:
        warm(sender, plan)
        seen = sustained(sender, plan, say)
        resident = max(resident_mb(pid) for pid in sender.serving.workers)
    yield from _figures(stock, seen, resident, (stock.bytes() - before) / max(sender.sent, 1))


def warm(sender: Sending, plan: Plan) -> None:
    """The first messages load what is loaded late, and are not counted."""
    sender.at(_FIRST, min(plan.step, 2))


def _figures(stock: Stock, seen: Seen, resident: float, grown: float) -> Iterator[Figure]:
    name, n = stock.name, len(seen.answers)
    about = About("exchange", f"{stock.exchanges} exchanges stored, {seen.seconds:.0f} s", stock.site.different)
    told = (
        f"{by_status(seen.answers)}; {seen.delivered} delivered {seen.drained:.1f} s after; client and recipient here"
    )
    verdict = "" if seen.holds else "DOES NOT HOLD: "
    rate = seen.taken / seen.seconds  # as it was: arrivals are drawn at random
    yield about.figure(f"{name}: rate that holds", rate, "exchanges/s", n=n, target=RATE, note=verdict + told)
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
