"""Collectors at work: one thread each, a look after the other, later and later while something is away."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from gateway.collect.collector import Collector, Fate
from gateway.errors import GatewayError
from gateway.logs import frames
from gateway.outcome import Issue

FIRST_PAUSE = 5.0  # seconds after the first look that failed; doubled each time
LONGEST_PAUSE = 300.0
ONCE_PATIENCE = 300.0  # how long a single run waits for what is being written

log = structlog.get_logger("gateway.collect")


@dataclass
class Round:
    """What one look came to. ``rule``: why it ended early, else "". ``seconds``: until what waits is due."""

    fates: Counter[Fate] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    rule: str = ""
    seconds: float = 0.0


def look(collector: Collector, stop: threading.Event) -> Round:
    """One look, whatever becomes of it; left after the thing under way once ``stop`` is set."""
    made = Round()
    try:
        for told in collector.once():
            made.fates[told.fate] += 1
            if told.rule:
                made.rules[told.rule] += 1
            if told.seconds:
                made.seconds = min(made.seconds or told.seconds, told.seconds)
            if stop.is_set():
                break
    except GatewayError as wrong:
        issue = wrong.issues[0]
        made.rule = issue.rule
        log.warning("collect-failed", collector=collector.name, rule=issue.rule, text=issue.text())
    except Exception as fault:  # ours: the other collectors, and the next look of this one, go on
        made.rule = "collect-fault"
        log.error("unexpected", collector=collector.name, error=type(fault).__name__, at=frames(fault.__traceback__))
    return made


def run(collector: Collector, stop: threading.Event) -> None:
    """Look until ``stop`` is set."""
    failures = 0
    while not stop.is_set():
        made = look(collector, stop)
        failures = failures + 1 if made.rule else 0
        stop.wait(pause(failures) if made.rule else min(made.seconds or collector.poll_seconds, collector.poll_seconds))


def run_all(collectors: Sequence[Collector], stop: threading.Event) -> None:
    """All of them until ``stop`` is set, each in a thread; then what is under way is finished."""
    threads = [threading.Thread(target=run, args=(one, stop), name=f"collect-{one.name}") for one in collectors]
    for thread in threads:
        thread.start()
    log.info("collecting", collectors=[one.name for one in collectors])
    for thread in threads:
        thread.join()
    for one in collectors:
        one.close()
    log.info("stopped")


def run_once(collector: Collector, stop: threading.Event) -> Round:
    """All that is there now: looks until nothing waits to become ready, or something is away."""
    whole = Round()
    ends = time.monotonic() + ONCE_PATIENCE
    while True:
        made = look(collector, stop)
        for fate in (Fate.TAKEN, Fate.REFUSED):
            whole.fates[fate] += made.fates[fate]
        for fate in (Fate.WAITS, Fate.LEFT):
            whole.fates[fate] = made.fates[fate]
        whole.rules += made.rules
        whole.rule = made.rule
        if made.rule or not made.fates[Fate.WAITS] or time.monotonic() > ends:
            return whole
        if stop.wait(made.seconds or collector.poll_seconds):
            return whole


def checked(collector: Collector) -> Sequence[Issue]:
    """What would keep a collector from working; a fault it did not foresee is one too."""
    try:
        return collector.check()
    except GatewayError as wrong:
        return wrong.issues


def pause(failures: int) -> float:
    """Seconds until the next try, drawn from the upper half of what doubles with each failure."""
    wait = min(FIRST_PAUSE * 2.0 ** min(failures - 1, 16), LONGEST_PAUSE)
    return wait * (0.5 + secrets.randbelow(1000) / 2000)
