"""``start``: how long one waits before anything happens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from time import perf_counter

from gateway.bench.figures import About, Figure, Target
from gateway.bench.meters import resident_mb
from gateway.bench.plan import Plan
from gateway.bench.stock import Stock, stocked
from gateway.settings import environment_without_settings

HELP = Target(0.3, "lower")
READY = Target(2, "lower")


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """``gateway --help``, and a gateway on an empty database."""
    say("start: gateway --help")
    samples = []
    for _ in range(plan.starts + 1):
        began = perf_counter()
        subprocess.run(
            [sys.executable, "-m", "gateway", "--help"],
            env=environment_without_settings(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        samples.append(perf_counter() - began)
    yield About("start", "no data").sampled("gateway --help", samples[1:], "s", target=HELP)
    with stocked(plan, "sqlite", 0, say) as stock:
        yield from readiness(plan, stock, About("start", "empty database", stock.site.different))


def readiness(plan: Plan, stock: Stock, about: About) -> Iterator[Figure]:
    """From the start of ``gateway serve`` until /health/ready says 200, and the memory of its worker then."""
    samples, resident = [], 0.0
    for _ in range(plan.starts):
        with stock.site.serving() as serving:
            samples.append(serving.ready)
            resident = max(resident, *(resident_mb(pid) for pid in serving.workers))
    yield about.sampled("gateway serve until ready", samples, "s", target=READY)
    yield about.figure("memory of a worker once ready", resident, "MB", n=plan.starts)
