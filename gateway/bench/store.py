"""``store``: keeping exchanges that are translated, checked and signed already, durably."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, process_time
from typing import Any

from gateway.adapter import Payload
from gateway.app import utc_now
from gateway.bench import peers
from gateway.bench.figures import About, Figure
from gateway.bench.filling import Gathering
from gateway.bench.orders import MEDIA_TYPE, Laboratories
from gateway.bench.plan import Plan
from gateway.bench.site import Site
from gateway.bench.stock import Stock, stocked
from gateway.bench.translate import translated
from gateway.installed import running_adapters
from gateway.intake import Intake
from gateway.jsontext import dumps
from gateway.judgement import Judge
from gateway.keyring import Keyring
from gateway.store import Connection, Store

THREADS = 8  # request threads of a serving process, by default
Work = Callable[[Connection], Any]


def run(plan: Plan, say: Callable[[str], None]) -> Iterator[Figure]:
    """The figures of storing on each database of the plan, then of storing naively."""
    for database in plan.databases:
        with stocked(plan, database, plan.stored, say) as stock, stock.site.opened() as store:
            say(f"store: {stock.name}")
            yield from _ours(plan, stock, store)
    yield _disk(plan)
    say("store: naively")
    yield from _naive(plan)


def _ours(plan: Plan, stock: Stock, store: Store) -> Iterator[Figure]:
    name = stock.name
    about = About("store", f"{stock.exchanges} exchanges stored, {plan.messages} more")
    works = prepared(stock.site, store, stock.laboratories, stock.exchanges, 2 * plan.messages)
    alone, together = works[: plan.messages], works[plan.messages :]
    samples, began = [], process_time()
    for work in alone:
        at = perf_counter()
        store.write(work)
        samples.append((perf_counter() - at) * 1e3)
    used = (process_time() - began) / len(alone) * 1e3
    yield about.sampled(f"{name}: one after another, each durable", samples, "ms")
    yield about.figure(f"{name}: CPU here", used, "ms/exchange", n=len(alone), note="a database server's not counted")
    at = perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(store.write, together))
    rate = len(together) / (perf_counter() - at)
    note = "committed in groups"
    yield about.figure(f"{name}: {THREADS} threads", rate, "exchanges/s", n=len(together), note=note)


def prepared(site: Site, store: Store, laboratories: Laboratories, first: int, count: int) -> list[Work]:
    """What intake would write for each message, when all before it is done."""
    settings = site.read()
    gathering = Gathering(store)
    keyring = Keyring(store, settings, utc_now)
    judge = Judge(running_adapters(settings.adapters), settings.public_url, keyring.secret)
    intake = Intake(gathering, judge, settings, utc_now, keyring)
    for order in laboratories.orders(first, count):
        intake.take(order.facility, Payload(order.payload, MEDIA_TYPE), actor="bench")
    return gathering.works


def _disk(plan: Plan) -> Figure:
    """What durability costs at least on the disk under all of these."""
    samples = []
    with (plan.scratch / "synced").open("wb") as file:
        for _ in range(plan.messages):
            file.write(bytes(16384))
            file.flush()
            at = perf_counter()
            os.fdatasync(file.fileno())
            samples.append((perf_counter() - at) * 1e3)
    return About("store", "16 kB each").sampled("the disk alone: fdatasync", samples, "ms")


def _naive(plan: Plan) -> Iterator[Figure]:
    """The same resources, one JSON row each."""
    orders = Laboratories(plan.seed, plan.messages).orders(0, plan.messages)
    exchanges = [json.loads(dumps(list(translated(one).resources))) for one in orders]  # numbers as floats
    store = peers.NaiveStore(plan.scratch / "naive.sqlite3")
    samples, began = [], process_time()
    for resources in exchanges:
        at = perf_counter()
        store.keep(resources)
        samples.append((perf_counter() - at) * 1e3)
    used = (process_time() - began) / len(exchanges) * 1e3
    store.close()
    about = About("store", f"{plan.messages} exchanges into an empty file")
    note = "a JSON row a resource, text keys, a commit an exchange; no versions, index, search, audit or queue"
    yield about.sampled("naively: one after another, each durable", samples, "ms", note=note)
    yield about.figure("naively: CPU", used, "ms/exchange", n=len(exchanges))
