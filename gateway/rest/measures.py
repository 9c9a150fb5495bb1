"""What Prometheus is told: requests, refusals by rule, exchanges by status, deliveries by recipient and status.

Counts of requests are this process's own; those of exchanges and deliveries are read from the
store at each scrape, so that every process tells the same. No label is a value from a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from gateway.errors import GatewayError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# status → how many; (recipient, status) → how many
Tally = tuple[dict[str, int], dict[tuple[str, str], int]]


class Measures:
    """One registry a process; ``tally`` reads the store."""

    def __init__(self, tally: Callable[[], Tally]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "gateway_requests", "Requests answered.", ["route", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "gateway_request_seconds", "Time to answer, seconds.", ["route"], registry=self._registry
        )
        self._refusals = Counter("gateway_refusals", "Refusals by rule.", ["rule"], registry=self._registry)
        self._registry.register(_Stored(tally))

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        known = method if method in _METHODS else "other"  # a sender may make up as many as it likes
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, rule: str) -> None:
        self._refusals.labels(rule).inc()

    def text(self) -> bytes:
        """The exposition format of all of them."""
        return generate_latest(self._registry)


class _Stored(Collector):
    def __init__(self, tally: Callable[[], Tally]) -> None:
        self._tally = tally

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Named without reading the store, which may not answer while the process starts."""
        yield from self._families()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        exchanges, deliveries = self._families()
        try:
            by_status, by_recipient = self._tally()
        except GatewayError:  # a store that does not answer is what health says; the rest is told all the same
            return
        for status, number in sorted(by_status.items()):
            exchanges.add_metric([status], number)
        for (recipient, status), number in sorted(by_recipient.items()):
            deliveries.add_metric([recipient, status], number)
        yield exchanges
        yield deliveries

    def _families(self) -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily("gateway_exchanges", "Exchanges by status.", labels=["status"]),
            GaugeMetricFamily(
                "gateway_deliveries", "Deliveries by recipient and status.", labels=["recipient", "status"]
            ),
        )
