"""``search``: the newest results of a patient for a code over HTTP, with authentication and audit.

Clients ask as people do, each now and then: ASKED times a second on a schedule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from urllib.parse import urlencode

from gateway.bench.exchange import warm
from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target, quantile
from gateway.bench.load import arrivals, by_status
from gateway.bench.panels import Quantity
from gateway.bench.plan import Plan
from gateway.bench.sending import Seen, Sending, sending
from gateway.bench.start import readiness
from gateway.bench.stock import Stock, stocked
from gateway.bundle import CCCD

P50 = Target(5, "lower")
P99 = Target(20, "lower")
GROWTH = Target(1.5, "lower")
CLIENTS = (1, 8)
ASKED = 10.0  # searches a second of each client
OBX = 20  # Observations an exchange


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures at each size, idle and with exchanges beside, and how they grow with it."""
    medians: dict[int, float] = {}
    for observations in plan.observations:
        with stocked(plan, "sqlite", observations // OBX, say) as stock:
            yield from readiness(plan, stock, About("search", f"{observations} Observations", stock.site.different))
            with sending(stock, plan.scratch) as sender:
                warm(sender, plan)
                sender.at(0, 1, *_asked(plan, stock, 1, 1))
                for clients in CLIENTS:
                    seen = sender.at(0, plan.searching, *_asked(plan, stock, clients, plan.searching), lines=clients)
                    medians.setdefault(observations, quantile(_milliseconds(seen), 0.5))
                    say(f"search: {observations} Observations, {clients} client(s): {by_status(seen.others)}")
                    yield from _figures(stock, observations, clients, "idle", seen)
                for clients in CLIENTS:
                    seen = _beside(plan, stock, sender, clients, say)
                    yield from _figures(stock, observations, clients, f"with {seen.rate:g} exchanges/s beside", seen)
    least, most = min(medians), max(medians)
    if least != most:
        about = About("search", f"{most} beside {least} Observations")
        grown = medians[most] / medians[least]
        yield about.figure("p50 with 1 client, idle: how it grows", grown, "times", target=GROWTH)


def _asked(plan: Plan, stock: Stock, clients: int, seconds: float) -> tuple[list[str], list[float]]:
    """What is asked, and when: patients and tests that are there, drawn at random."""
    random = Random(f"{plan.seed}/search/{clients}")  # noqa: S311  # repeatable on purpose, no secret
    due = sorted(at for client in range(clients) for at in arrivals(ASKED, seconds, plan.seed * 1000 + client)) or [0.0]
    return [_path(stock, random) for _ in due], due


def _path(stock: Stock, random: Random) -> str:
    order = stock.laboratories.order(random.randrange(stock.exchanges))
    test = random.choice([one for one in order.panel.tests if isinstance(one, Quantity)])
    asked = {
        "patient.identifier": f"{CCCD}|{order.person.cccd}",
        "code": f"http://loinc.org|{test.loinc}",
        "_sort": "-date",
        "_count": "10",
    }
    return f"/fhir/Observation?{urlencode(asked)}"


def _beside(plan: Plan, stock: Stock, sender: Sending, clients: int, say: Callable[[str], None]) -> Seen:
    """Searches while exchanges come at the plan's rate, or at the half or quarter of it that can be kept up."""
    rate = plan.beside
    while True:
        seen = sender.at(rate, plan.searching, *_asked(plan, stock, clients, plan.searching))
        kept_up = seen.taken == len(seen.answers) <= seen.delivered and seen.drained <= 2 + seen.seconds / 10
        say(f"search: {clients} client(s) with exchanges at {seen}")
        if kept_up or rate < 1:
            return seen
        rate /= 2


def _milliseconds(seen: Seen) -> list[float]:
    """Of all searches, those refused too; BenchFailed when none found anything."""
    if _empty(seen) == len(seen.others):
        raise BenchFailed(f"no search found anything: {by_status(seen.others)}")
    return [one.seconds * 1e3 for one in seen.others]


def _empty(seen: Seen) -> int:
    """How many searches found nothing, though what they asked for is there."""
    return sum(one.status != 200 or b'"resourceType":"Observation"' not in one.body for one in seen.others)


def _figures(stock: Stock, observations: int, clients: int, beside: str, seen: Seen) -> Iterator[Figure]:
    samples = _milliseconds(seen)
    about = About("search", f"{observations} Observations, {seen.seconds:.0f} s", stock.site.different)
    who = f"{clients} client{'s' if clients > 1 else ''}, {beside}"
    note = f"each asks {ASKED:g} times a second; {by_status(seen.others)}"
    if empty := _empty(seen):
        note = f"FOUND NOTHING: {empty}; {note}"
    if seen.answers:
        took = [one.seconds * 1e3 for one in seen.answers]
        note += f"; exchanges: {by_status(seen.answers)}, p99 {quantile(took, 0.99):.0f} ms"
    yield about.sampled(f"p50, {who}", samples, "ms", target=P50, note=note)
    yield about.sampled(f"p99, {who}", samples, "ms", part=0.99, target=P99, note=note)
    cpu = seen.used["gateway"] / len(samples) * 1e3
    if not seen.answers:
        yield about.figure(f"CPU of the gateway, {who}", cpu, "ms/search", n=len(samples))
