"""The gauges of the quality of data: over the last 28 days, reckoned at most every quarter of an hour.

A scrape in between is told what was reckoned last: adding up a month's records takes the database longer than a
scrape should.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic

from prometheus_client.core import GaugeMetricFamily, Metric

from gateway.quality.figures import LATE_AFTER, Counts, Period
from gateway.store import Store, quality_figures

FRESH = 900.0  # seconds
_SPAN = timedelta(days=28)


class QualityGauges:
    """``now`` gives aware UTC. One thread asks at a time (``Gauges`` sees to it)."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._known: list[Metric] = []
        self._until = float("-inf")

    def __call__(self) -> list[Metric]:
        """Those of the last reckoning; GatewayError where the store does not answer."""
        if monotonic() >= self._until:
            self._known = list(self._reckoned())
            self._until = monotonic() + FRESH
        return self._known

    def forget(self) -> None:
        """Reckon anew when asked next."""
        self._until = float("-inf")

    def _reckoned(self) -> Iterator[Metric]:
        at = self._now()
        period = Period(at - _SPAN, at + timedelta(microseconds=1))
        with self._store.read() as connection:
            cells = quality_figures.cells(connection, period, LATE_AFTER)
            heard = quality_figures.heard(connection, period)
        by_format: dict[tuple[str, str], Counts] = {}
        for cell in cells:
            key = (cell.facility, cell.adapter or "none")
            by_format[key] = by_format.get(key, Counts()) + cell.counts
        records = GaugeMetricFamily(
            "gateway_quality_records", "Records of the last 28 days, by who sent them and in what format.",
            labels=("facility", "format"),
        )  # fmt: skip
        shares = GaugeMetricFamily(
            "gateway_quality_ratio", "How many of them are correct, complete, clean, live: 0 to 1.",
            labels=("facility", "format", "dimension"),
        )  # fmt: skip
        silent = GaugeMetricFamily(
            "gateway_facility_silent_seconds", "Since the last message of a facility came.", labels=("facility",)
        )
        for key, counts in sorted(by_format.items()):
            records.add_metric(key, counts.records)
            for dimension, ratio in counts.four.items():
                if ratio.share is not None:
                    shares.add_metric((*key, dimension), ratio.share)
        for facility, one in sorted(heard.items()):
            if one.last is not None:
                silent.add_metric((facility,), (at - one.last).total_seconds())
        yield from (records, shares, silent)
