"""One soak on one kind of store: load, trouble, quiet, judgement."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from gateway.steps import Step
from tests.soak import reading
from tests.soak.journal import Journal
from tests.soak.judge import Figures, judge, unkilled
from tests.soak.load import Progress, payloads_told
from tests.soak.senders import Sender, Senders
from tests.soak.site import Failed, until
from tests.soak.trouble import Extent, Trouble
from tests.soak.world import HOSPITAL, Kind, World, world

SENDERS = 6
QUIET = 400  # seconds at most for what is under way at the end: a clock was ahead by less


@dataclass
class Report:
    """What one soak came to. ``broken``: why it is not green beside the figures, in words."""

    store: str
    figures: Figures
    kills: Counter[Step]
    killed: Counter[str]
    journal: Journal
    happened: list[str]
    seconds: float
    broken: list[str] = field(default_factory=list)

    @property
    def green(self) -> bool:
        return self.figures.hold and not unkilled(self.kills) and not self.broken


def soak(kind: Kind, exchanges: int, extent: Extent, seed: int, say: Callable[[str], None]) -> Report:
    """Failed when it could not be carried out; otherwise the report, green or not."""
    began = time.monotonic()
    chance = random.Random(f"{seed} {kind}")  # noqa: S311  # a run can be had again
    journal = Journal()
    with world(kind) as made:
        made.start()
        say(f"{kind}: two gateways run")
        sites = [made.hospital]
        numbers = count()
        arrived = Progress(lambda: reading.exchanges(made.stores["city"]), journal)
        senders = Senders(
            sites, HOSPITAL, made.client, journal, numbers, seed=seed, threads=SENDERS, hold=arrived.far_ahead
        )
        trouble = Trouble(made, journal, extent, exchanges, chance, Sender(sites, HOSPITAL, made.client, journal))
        senders.start()
        over = threading.Event()
        threading.Thread(target=_tell, args=(journal, arrived, say, over), daemon=True).start()
        trouble.run()
        say("no more trouble")
        until(lambda: len(journal.acknowledged) >= exchanges, f"{exchanges} are acknowledged", patience=QUIET)
        if not senders.finish(QUIET):
            raise Failed("what was begun was never acknowledged")
        _calm(made, journal)
        over.set()
        figures, broken = _judged(made, journal)
        return Report(
            kind,
            figures,
            trouble.kills(),
            trouble.killed,
            journal,
            trouble.happened,
            time.monotonic() - began,
            broken,
        )


def _tell(journal: Journal, arrived: Progress, say: Callable[[str], None], over: threading.Event) -> None:
    while not over.wait(10):
        say(f"acknowledged {len(journal.acknowledged)}, arrived {arrived.arrived}")


def _calm(made: World, journal: Journal) -> None:
    """All deliveries have come to an end, and every process ends when it is asked to."""
    hospital = made.stores["hospital"]
    ends = time.monotonic() + QUIET
    while reading.pending(hospital) and time.monotonic() < ends:
        time.sleep(0.2)
    for site in (made.hospital, made.city):
        site.stop()


def _judged(made: World, journal: Journal) -> tuple[Figures, list[str]]:
    hospital, city = made.stores["hospital"], made.stores["city"]
    figures = judge(payloads_told(journal), reading.kept(hospital, made.trust), reading.arrived(city))
    broken = [f"{number} answers {what}" for what, number in journal.wrong.items()]
    if journal.contradicted:
        broken.append(f"{len(journal.contradicted)} payloads were told other exchanges when they were sent again")
    broken += [f"a delivery is still {left}" for left in reading.unsettled(hospital)]
    broken += [f"{number} exchanges are {status}" for status, number in reading.undelivered(hospital).items()]
    broken += [f"{number} deliveries failed for good: {rule}" for rule, number in reading.failed(hospital).items()]
    for site in (made.hospital, made.city):
        try:
            site.command("db", "check")
        except Failed as found:
            broken.append(str(found))
    return figures, broken
