"""The gauges of a scrape: what waits in the store, what keys and trust files have left, room on the disk, memory.

Each is asked when Prometheus asks, at most once in FRESH seconds however many ask. Where the
store does not answer, ``gateway_store_up`` is 0 and what only it knows is left out, not told as 0.
"""

from __future__ import annotations

import platform
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic, time

from prometheus_client.core import GaugeMetricFamily, Metric

import gateway
from gateway.errors import GatewayError
from gateway.keyring import Keyring
from gateway.rest.quality_gauges import QualityGauges
from gateway.reuse.in_force import RulesInForce
from gateway.settings import Settings
from gateway.store import Store, alerts, facilities, keys
from gateway.store.queues import Queues, queues
from gateway.trust.instants import instant

FRESH = 5.0  # seconds
_DAY = 86400.0


class Gauges:
    """Called at a scrape. ``now`` gives aware UTC; ``processes`` the ids of all that serve here."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        keyring: Keyring,
        now: Callable[[], datetime],
        processes: Callable[[], Sequence[int]],
        rules: RulesInForce,
    ) -> None:
        self._settings = settings
        self._store = store
        self._keyring = keyring
        self._now = now
        self._processes = processes
        self._rules = rules
        self._quality = QualityGauges(store, now)
        self._started = time()
        self._lock = threading.Lock()
        self._known: list[Metric] = []
        self._until = float("-inf")

    def __call__(self) -> Iterable[Metric]:
        with self._lock:
            if monotonic() >= self._until:
                self._known = [*self._of_this_process(), *self._of_the_store()]
                self._until = monotonic() + FRESH
            return self._known

    def forget(self) -> None:
        """Ask anew at the next scrape."""
        self._until = float("-inf")
        self._quality.forget()

    # ---- this process and its machine -------------------------------------------------

    def _of_this_process(self) -> Iterator[Metric]:
        kind = "postgresql" if self._settings.url.startswith("postgresql") else "sqlite"
        yield _gauge(
            "gateway_build_info", "1; what is running.", ("version", "python", "database"),
            [((gateway.__version__, platform.python_version(), kind), 1)],
        )  # fmt: skip
        yield _one("gateway_start_time_seconds", "When this process began, seconds since 1970.", self._started)
        threads = self._settings.threads * self._settings.processes
        yield _one("gateway_request_threads", "Threads that answer requests, all processes'.", threads)
        yield _one("gateway_delivery_threads", "Threads that deliver, one process's.", self._settings.delivery_threads)
        memory = [size for number in self._processes() if (size := resident_bytes(number))]
        yield _one("gateway_processes", "Serving processes alive.", len(memory))
        yield _one("gateway_process_resident_bytes", "Memory of the largest serving process.", max(memory, default=0))
        self._rules()  # looks at the folder, whether or not anybody asked for a verdict
        meaning = "1 while the lists of reuse rules as they are now are refused: those before them are in force."
        yield _one("gateway_reuse_rules_refused", meaning, float(self._rules.refused))
        room = shutil.disk_usage(self._settings.data_dir)
        yield _one("gateway_disk_free_bytes", "Room left where the data folder is.", room.free)
        yield _one("gateway_disk_size_bytes", "Size of the disk the data folder is on.", room.total)

    # ---- the store --------------------------------------------------------------------

    def _of_the_store(self) -> Iterator[Metric]:
        try:
            with self._store.read() as connection:
                waiting = queues(connection, self._now())
                alerted, since = alerts.waiting(connection)
            days = [*self._key_days()]
            ages = [*self._trust_ages()]
            quality = self._quality()
        except GatewayError:
            yield _one("gateway_store_up", "1 when the database answers.", 0)
            return
        yield _one("gateway_store_up", "1 when the database answers.", 1)
        yield from _deliveries(waiting)
        yield from _exchanges(waiting)
        yield _one("gateway_reuse_alerts_open", "Alerts on reused results that nobody has acknowledged.", alerted)
        age = (self._now() - since).total_seconds() if since else 0.0
        yield _one("gateway_reuse_alert_oldest_seconds", "Since the oldest of them was raised.", max(age, 0.0))
        yield _one("gateway_database_bytes", "Size of the database.", waiting.database_bytes)
        yield _gauge("gateway_key_days_left", "Days until a facility's signing key ends.", ("facility",), days)
        yield _gauge("gateway_trust_age_days", "Days since a trust file was written.", ("kind", "name"), ages)
        yield from quality

    def _key_days(self) -> Iterator[tuple[tuple[str, ...], float]]:
        """Of the key that signs for each facility now; a facility whose keys are all gone has no line."""
        left: dict[str, float] = {}
        for key in self._keyring.own_keys():
            if key.active:
                days = (key.valid_to - self._now()).total_seconds() / _DAY
                left[key.facility] = max(days, left.get(key.facility, days))
        for facility, days in sorted(left.items()):
            yield (facility,), days

    def _trust_ages(self) -> Iterator[tuple[tuple[str, ...], float]]:
        with self._store.read() as connection:
            imported = keys.list_trust(connection)
            recipients = {one.name: one.trust for one in facilities.list_recipients(connection)}
        for kind, files in (("imported", imported), ("recipient", recipients)):
            for name, file in sorted(files.items()):
                if "date" in file:
                    yield (kind, name), (self._now() - instant(file["date"])).total_seconds() / _DAY


def _deliveries(waiting: Queues) -> Iterator[Metric]:
    lines = waiting.deliveries
    yield _gauge(
        "gateway_deliveries", "Deliveries that are not done, by recipient and status.", ("recipient", "status"),
        [((one.recipient, one.status), one.number) for one in lines],
    )  # fmt: skip
    pending = [one for one in lines if one.status in ("ready", "in-progress")]
    oldest = {name: max(one.oldest for one in pending if one.recipient == name) for name in waiting.given_up}
    yield _gauge(
        "gateway_delivery_oldest_seconds", "Since the oldest delivery that still waits was enqueued.", ("recipient",),
        [((name,), age) for name, age in oldest.items()],
    )  # fmt: skip
    yield _gauge(
        "gateway_delivery_overdue_seconds", "How long the delivery that is due longest has been due.", ("recipient",),
        [((one.recipient,), one.overdue) for one in lines if one.status == "ready"],
    )  # fmt: skip
    yield _gauge(
        "gateway_deliveries_given_up", "Deliveries that failed for good in the last 24 hours.", ("recipient",),
        [((name,), number) for name, number in waiting.given_up.items()],
    )  # fmt: skip


def _exchanges(waiting: Queues) -> Iterator[Metric]:
    yield _gauge(
        "gateway_exchanges", "Exchanges that wait for a person, by status.", ("status",),
        [((status,), number) for status, number in waiting.exchanges.items()],
    )  # fmt: skip
    yield _one("gateway_held_oldest_seconds", "Since the oldest held exchange came.", waiting.held_oldest)
    yield _one("gateway_review_tasks", "Tasks that ask a person.", waiting.reviews)
    yield _one("gateway_review_oldest_seconds", "Since the oldest open task was made.", waiting.review_oldest)


def resident_bytes(process: int) -> int:
    """Memory a process holds, by Linux's account; 0 when it has gone."""
    try:
        for line in Path(f"/proc/{process}/status").read_text("ascii", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _gauge(name: str, meaning: str, labels: Sequence[str], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    made = GaugeMetricFamily(name, meaning, labels=labels)
    for given, value in values:
        made.add_metric(given, value)
    return made
