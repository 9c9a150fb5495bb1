"""What happens to the gateways under load: deaths at named steps and at random, and everything around them failing."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from gateway.steps import Step
from tests.soak.journal import Journal
from tests.soak.orders import How
from tests.soak.senders import Sender
from tests.soak.site import Site, until
from tests.soak.world import World

PROBES = 900_000  # numbers from here on are payloads of the troubles' own sender
BREATH = 0.05  # seconds between two looks
# Seconds, of the hospital's gateway and its systems: so far from the recipient's clock that it believes
# neither the client nor, ahead, the signature.
STEPS = (330.0, -3600.0)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of each trouble. Seconds where not said otherwise."""

    kills: int  # at random
    at_each_step: int  # deaths
    outage: float  # of the network, the database and the right time, each
    refusals: int  # that senders see of a full disk before it is freed


@dataclass
class Trouble:
    """``happened``: what was done, in words, for the report."""

    world: World
    journal: Journal
    extent: Extent
    exchanges: int  # the load over which kills at random are spread
    chance: random.Random
    probe: Sender
    killed: Counter[str] = field(default_factory=Counter)
    happened: list[str] = field(default_factory=list)
    _probes: Iterator[int] = field(default_factory=lambda: count(PROBES))
    _unfinished: list[int] = field(default_factory=list)
    _broken: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        """All of it, beside the load; Failed when a trouble could not be made or was not noticed."""
        threads = [
            threading.Thread(target=self._guarded, args=(work,), daemon=True)
            for work in (
                lambda: self._die_at_steps(self.world.hospital, "intake-", "delivery-"),
                lambda: self._die_at_steps(self.world.city, "inbound-"),
                self._kill_at_random,
                self._surroundings,
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for site in (self.world.hospital, self.world.city):
            site.orders.withdraw()
        if self._broken:
            raise self._broken[0]

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as broken:  # told by run()
            self._broken.append(broken)

    # ---- deaths ---------------------------------------------------------------------------

    def kills(self) -> Counter[Step]:
        """Deaths at each step, in both gateways."""
        return self.world.hospital.orders.obeyed() + self.world.city.orders.obeyed()

    def _die_at_steps(self, site: Site, *flows: str) -> None:
        steps = [step for step in Step if step.value.startswith(flows)]
        for turn in range(self.extent.at_each_step):
            self.chance.shuffle(steps)
            for number, step in enumerate(steps):
                how: How = "all" if (turn + number) % 3 == 0 else "one"
                self._die(site, step, how)

    def _die(self, site: Site, step: Step, how: How) -> None:
        before = site.orders.obeyed()[step]
        site.orders.give(step, how)
        until(lambda: site.orders.obeyed()[step] > before, f"{site.name} dies at {step}")

    def _kill_at_random(self) -> None:
        """Spread over the load: the next one when so much more is acknowledged, or nothing moves for a while."""
        for number in range(self.extent.kills):
            due = (number + self.chance.random()) * self.exchanges / self.extent.kills
            ends = time.monotonic() + 5
            while len(self.journal.acknowledged) < due and time.monotonic() < ends:
                time.sleep(BREATH)
            until(self._kill_one, "there is something to kill")

    def _kill_one(self) -> bool:
        site = self.chance.choice((self.world.hospital, self.world.hospital, self.world.city))
        one = self.chance.choice(site.processes)
        if one.kill(self.chance):
            self.killed[f"{site.name} {one.name}"] += 1
            return True
        return False

    # ---- what surrounds them --------------------------------------------------------------

    def _surroundings(self) -> None:
        for trouble in (self._clock, self._full_disk, self._database, self._network, self._lost_answers):
            self._some_progress()
            trouble()

    def _some_progress(self) -> None:
        """Between two troubles the gateway takes something, whatever the senders wait for."""
        self._unfinished += [next(self._probes) for _ in range(3)]
        self._finish()

    @contextmanager
    def _noticed(self, rules: str, times: int) -> Iterator[None]:
        """At the end of the block a sender is told so often, by rules that begin so, that it is not now."""
        begun: list[int] = []
        before = self._refused(rules)

        def told() -> bool:
            begun.append(next(self._probes))
            self.probe.once(begun[-1])
            return self._refused(rules) >= before + times

        yield
        until(told, f"a sender is told {rules}")
        self._unfinished += begun

    def _finish(self) -> None:
        """What was refused is sent until it is acknowledged."""
        while self._unfinished:
            until(partial(self.probe.once, self._unfinished.pop()), "what was refused is taken afterwards")

    def _full_disk(self) -> None:
        began, before = time.monotonic(), self._refused("store-disk-full")
        try:
            with self._noticed("store-disk-full", self.extent.refusals):
                self.world.disk.fill()
        finally:
            self.world.disk.free()
        self._note("disk full", began, f"{self._refused('store-disk-full') - before} refusals")
        self._finish()

    def _database(self) -> None:
        began, before = time.monotonic(), self._refused("store-")
        # A gateway that was killed meanwhile waits for the database before it listens: no answer is an answer too.
        with self.world.database_gone(), self._noticed("", 1):
            time.sleep(self.extent.outage)
        self._note("database gone", began, f"{self._refused('store-') - before} refusals")
        self._finish()

    def _network(self) -> None:
        """The cable of the recipient, then that of the hospital's gateway, which its senders do not reach either."""
        for site in (self.world.city, self.world.hospital):
            began = time.monotonic()
            site.host.cut()
            time.sleep(self.extent.outage)
            site.host.join()
            self._note(f"cable of the {site.name} gateway pulled", began)

    def _lost_answers(self) -> None:
        """The recipient has committed, and its receipt does not arrive: the wire is dead when it is sent."""
        site, began = self.world.city, time.monotonic()
        for step in (Step.INBOUND_COMMITTED, Step.INBOUND_WRITTEN):
            self._cut(site, step)
        self._note("receipts lost on the wire", began)

    def _cut(self, site: Site, step: Step) -> None:
        before = site.orders.cuts()
        site.orders.give(step, "cut")
        until(lambda: site.orders.cuts() > before, f"{site.name} is cut off at {step}")
        time.sleep(self.extent.outage)
        site.host.join()

    def _clock(self) -> None:
        for seconds in STEPS:
            began = time.monotonic()
            self.world.hospital.step_clock(seconds)
            self._some_progress()
            time.sleep(self.extent.outage)
            self._note(f"clock of the hospital gateway {seconds:+.0f} s", began)
        self.world.hospital.step_clock(0)

    def _refused(self, rules: str) -> int:
        """How often a sender was told rules that begin so."""
        return sum(number for rule, number in self.journal.refused.copy().items() if rule.startswith(rules))

    def _note(self, what: str, began: float, told: str = "") -> None:
        self.happened.append(f"{what} {time.monotonic() - began:.0f} s" + (f" ({told})" if told else ""))
