"""What Prometheus is told: requests, refusals, records, steps, deliveries, commits; and what waits in the store.

Counts are each process's own; where several serve one address they are kept in files of a shared
folder and told together, whichever process is asked. Gauges are asked at each scrape
(gauges.py). No label is a value from a request: routes are patterns, rules our own keys, names
those that were registered. docs/metrics.md says each by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from gateway import steps
from gateway.delivery import Delivery, Settlement
from gateway.rest.step_times import StepTimes
from gateway.settings import point_counts_to
from gateway.store import pace

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# Bounds of histogram buckets, seconds.
_REQUEST = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_STEP = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30)
_COMMIT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_GROUP = (1, 2, 4, 8, 16, 32, 64)  # works, not seconds
_AGE = (0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 72 * 3600)

_DOORS = {
    "/facilities/<code>/payloads": "payload",
    "/fhir/$process-message": "message",
    "/oauth/token": "token",
    "mllp": "mllp",
}


def door_of(route: str) -> str:
    """Which door a route's pattern belongs to: payload, message, token, mllp, cds, search (all
    reading), exchange, other."""
    if route in _DOORS:
        return _DOORS[route]
    if route.startswith("/cds-services"):
        return "cds"
    if route.startswith("/fhir/"):
        return "search"
    return "exchange" if route.startswith("/exchanges") else "other"


class Measures:
    """One a process. ``asked`` gives the gauges of a scrape; ``shared`` is the folder of several processes' counts."""

    def __init__(self, asked: Callable[[], Iterable[Metric]], *, shared: Path | None = None) -> None:
        self.asked = asked
        self._shared = shared
        if shared is not None:  # read by prometheus_client at each new metric
            point_counts_to(shared)
            values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # it is left untyped there
        self._counted = CollectorRegistry()
        self._gauges = CollectorRegistry()
        self._gauges.register(_AskedEachTime(asked))
        self._requests = self._counter("gateway_requests", "Requests answered.", "route", "method", "status")
        self._seconds = self._histogram("gateway_request_seconds", "Time to answer, seconds.", _REQUEST, "route")
        self._under_way = Gauge(
            "gateway_requests_under_way", "Requests whose answer is not written yet: threads at work.",
            registry=self._counted, multiprocess_mode="livesum",
        )  # fmt: skip
        self._refusals = self._counter("gateway_refusals", "Refusals by door and rule.", "door", "rule")
        self._records = self._counter("gateway_records", "Records of payloads by what became of them.", "status")
        self._judged = self._counter("gateway_judged", "Payloads by where they were translated and signed.", "where")
        self._mllp = self._counter("gateway_mllp_acknowledgements", "Acknowledgements over MLLP by MSA-1.", "code")
        self._mllp_seconds = self._histogram(
            "gateway_mllp_seconds", "From a whole message over MLLP to its acknowledgement, seconds.", _REQUEST
        )
        self._mllp_open = Gauge(
            "gateway_mllp_connections", "MLLP connections open.",
            registry=self._counted, multiprocess_mode="livesum",
        )  # fmt: skip
        self._mllp_closed = self._counter("gateway_mllp_closed", "MLLP connections closed, and why.", "why")
        self._hooks = self._counter(
            "gateway_cds_hooks", "Hooks of CDS Hooks by what they were answered.", "hook", "answer"
        )
        self._hook_seconds = self._histogram("gateway_cds_seconds", "Time to answer a hook, seconds.", _REQUEST, "hook")
        self._cards = self._counter("gateway_cds_cards", "Cards shown, by verdict.", "hook", "decision")
        self._feedback = self._counter("gateway_cds_feedback", "What readers did with cards.", "outcome")
        self._verdicts = self._counter("gateway_reuse_verdicts", "Verdicts on earlier results.", "decision")
        self._reused = self._counter("gateway_reuse_acceptances", "Acceptances of earlier results.", "outcome")
        self._steps = self._histogram("gateway_step_seconds", "Time since the step before, seconds.", _STEP, "step")
        self._attempts = self._counter(
            "gateway_delivery_attempts", "Delivery attempts by recipient, what they led to and the rule of a failure.",
            "recipient", "became", "rule",
        )  # fmt: skip
        self._age = self._histogram(
            "gateway_delivery_seconds", "From enqueued to a receipt that is believed, seconds.", _AGE, "recipient"
        )
        self._commit = self._histogram("gateway_commit_seconds", "Time of a commit, the disk's, seconds.", _COMMIT)
        self._group = self._histogram("gateway_commit_works", "Works committed together.", _GROUP)
        self._waiting = Gauge(
            "gateway_writer_waiting", "Works that waited for the one writer (SQLite) at its last commit.",
            registry=self._counted, multiprocess_mode="livesum",
        )  # fmt: skip

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self._counted)

    def _histogram(self, name: str, meaning: str, bounds: Iterable[float], *labels: str) -> Histogram:
        return Histogram(name, meaning, labels, registry=self._counted, buckets=tuple(bounds))

    # ---- told by the doors ------------------------------------------------------------

    def begun(self) -> None:
        self._under_way.inc()

    def ended(self) -> None:
        self._under_way.dec()

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        known = method if method in _METHODS else "other"  # a sender may make up as many as it likes
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, route: str, rule: str) -> None:
        self._refusals.labels(door_of(route), rule).inc()

    def taken(self, status: str) -> None:
        """A record of a payload: ``kept``, ``held`` or ``refused``."""
        self._records.labels(status).inc()

    def judged(self, where: str) -> None:
        """Where a payload was translated, checked and signed: ``beside`` the serving process, or ``here`` in it."""
        self._judged.labels(where).inc()

    def mllp_acknowledged(self, code: str, seconds: float) -> None:
        """``code``: of HL7 table 0008."""
        self._mllp.labels(code).inc()
        self._mllp_seconds.observe(seconds)

    def mllp_connections(self, change: int) -> None:
        self._mllp_open.inc(change)

    def mllp_closed(self, why: str) -> None:
        self._mllp_closed.labels(why).inc()

    def hooked(self, hook: str, answer: str, seconds: float) -> None:
        """``answer``: ``cards``, ``silent`` (there was nothing to say), ``late``, ``refused`` or ``failed``."""
        self._hooks.labels(hook, answer).inc()
        self._hook_seconds.labels(hook).observe(seconds)

    def carded(self, hook: str, decision: str) -> None:
        """``decision``: of the verdict, or ``told`` for a card that is about no single order."""
        self._cards.labels(hook, decision).inc()

    def verdict(self, decision: str) -> None:
        self._verdicts.labels(decision).inc()

    def reused(self, outcome: str) -> None:
        """An acceptance of an earlier result: ``recorded``, or ``refused`` since it is no reuse any more."""
        self._reused.labels(outcome).inc()

    def fed_back(self, outcome: str) -> None:
        self._feedback.labels(outcome).inc()

    # ---- told by the flows ------------------------------------------------------------

    def delivered(self, delivery: Delivery, settlement: Settlement, now: datetime) -> None:
        """What came of an attempt, once it is written down."""
        self._attempts.labels(delivery.recipient, settlement.event, settlement.issue).inc()
        if settlement.event == "complete":
            self._age.labels(delivery.recipient).observe((now - delivery.created).total_seconds())
        elif settlement.issue:
            self._refusals.labels("delivery", settlement.issue).inc()

    def listen(self) -> Callable[[], None]:
        """Time the steps and commits of this process from now on; returns what ends it."""
        timed = StepTimes({step: self._steps.labels(step).observe for step in steps.OF_THE_GATEWAY})
        ends = (steps.listen(timed), pace.listen(self._committed))

        def end() -> None:
            for one in ends:
                one()

        return end

    def _committed(self, commit: pace.Commit) -> None:
        self._commit.observe(commit.seconds)
        self._group.observe(commit.works)
        self._waiting.set(commit.waiting)

    # ---- asked ------------------------------------------------------------------------

    def text(self) -> bytes:
        """The exposition format of all of them."""
        counted = self._counted
        if self._shared is not None:
            counted = CollectorRegistry()
            MultiProcessCollector(counted, str(self._shared))  # type: ignore[no-untyped-call]  # as above
        return generate_latest(counted) + generate_latest(self._gauges)


def worker_ended(shared: Path, process: int) -> None:
    """Forget the gauges of a process that is gone; what it counted stays counted."""
    mark_process_dead(process, str(shared))  # type: ignore[no-untyped-call]  # as above


class _AskedEachTime(Collector):
    def __init__(self, asked: Callable[[], Iterable[Metric]]) -> None:
        self._asked = asked

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked while the process starts: the store may not answer yet."""
        return ()

    def collect(self) -> Iterable[Metric]:
        return self._asked()
