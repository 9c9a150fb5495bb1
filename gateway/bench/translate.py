"""``translate``: an ORU of 20 OBX becomes a checked Bundle with its lineage, on one core."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from time import perf_counter
from typing import Any

from gateway.adapter import Payload, SourceAdapter, Translation, split, translate
from gateway.bench import peers
from gateway.bench.blocks import a_second, cpu_each
from gateway.bench.failed import BenchFailed
from gateway.bench.figures import About, Figure, Target
from gateway.bench.orders import MEDIA_TYPE, Laboratories, Order
from gateway.bench.plan import Plan
from gateway.bench.profile import shares
from gateway.bundle import body
from gateway.facility import Facility
from gateway.installed import running_adapters
from gateway.r4 import check
from gateway.settings import environment_without_settings

RATE = Target(500, "higher")
SHARES = 12  # files named
_UNIT = "messages/s of one core"


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of translating, and of what others do with the same messages."""
    orders = list(Laboratories(plan.seed, plan.messages).orders(0, plan.messages))
    about = About("translate", f"{len(orders)} messages of 20 OBX in {plan.blocks} blocks")
    made = [translated(one) for one in orders]
    bundles = [one.bundle() for one in made]

    def whole(order: Order) -> None:
        if found := check(translated(order).bundle()):
            raise BenchFailed(f"order {order.number} is not valid: {found[0].rule}")

    say("translate: ours")
    samples = a_second(cpu_each(whole, orders, plan.blocks))
    yield about.sampled("translation with lineage, and R4 check", samples, _UNIT, target=RATE)
    samples = a_second(cpu_each(translated, orders, plan.blocks))
    yield about.sampled("translation with lineage alone", samples, _UNIT)
    yield about.sampled("R4 check alone", a_second(cpu_each(check, bundles, plan.blocks)), _UNIT)
    for file, share in shares(whole, orders[: plan.messages // plan.blocks])[:SHARES]:
        note = "of the time in its own lines, under the profiler"
        yield about.figure(f"of both: {file}", share * 100, "%", n=1, note=note)
    yield _command(plan, orders)
    texts = [one.payload.decode() for one in orders]
    written = [body(one) for one in bundles]
    for name, peer, given in (
        ("python-hl7: parsing alone", peers.python_hl7(), texts),
        ("hl7apy: parsing alone", peers.hl7apy(), texts[: max(plan.messages // 10, plan.blocks)]),
        ("fhir.resources R4B: reading the same Bundle", peers.fhir_resources(), written),
    ):
        say(f"translate: {name}")
        yield compared(about, name, peer, given, plan.blocks)


def translated(order: Order) -> Translation:
    """As intake does it."""
    adapter = _adapter()
    (record,) = split(adapter, Payload(order.payload, MEDIA_TYPE))
    return translate(adapter, record, Facility(order.facility))


@cache
def _adapter() -> SourceAdapter:
    (adapter,) = running_adapters(("hl7v2",))
    return adapter


def compared(
    about: About, name: str, peer: Callable[[Any], object] | None, given: Sequence[Any], blocks: int
) -> Figure:
    """The figure of someone else's work, or a line that says it is not installed."""
    if peer is None:
        return about.figure(name, None, _UNIT, n=0, note=peers.NOT_INSTALLED)
    return about.sampled(name, a_second(cpu_each(peer, given, blocks)), _UNIT)


def _command(plan: Plan, orders: Sequence[Order]) -> Figure:
    """``gateway translate`` on all of them in one file, its start and its output included."""
    file = plan.scratch / "orders.hl7"
    file.write_bytes(b"".join(one.payload for one in orders))
    samples = []
    for _ in range(max(plan.blocks // 4, 1)):
        began = perf_counter()
        subprocess.run(
            [sys.executable, "-m", "gateway", "translate", "--adapter", "hl7v2", str(file)],
            env=environment_without_settings(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        samples.append(len(orders) / (perf_counter() - began))
    about = About("translate", f"one file of {len(orders)} messages")
    return about.sampled("gateway translate, the command from start to end", samples, "messages/s")
