"""Only what is done, and done long enough ago, loses its record's bytes; everything else keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.delivery import Settlement, accepted
from gateway.exchange import Exchange
from gateway.facility import Recipient
from gateway.store import Connection, Store, deliveries, exchanges, facilities, retention, reviews
from gateway.store.resources import keep_version
from gateway.store.tables import exchange
from tests.store.conftest import NOW

DAY = timedelta(days=1)
REFUSED = Settlement("fail", "final", issue="no")


def arrived(connection: Connection, name: str, *settled: Settlement | None, days_ago: int = 40) -> int:
    """An exchange with a record, and a delivery for each settlement (None: it still waits)."""
    made = Exchange(name, "01001", "kept", b"{}", NOW - days_ago * DAY, record=b"MSH|")
    rid = exchanges.add(connection, made, None)
    for number, settlement in enumerate(settled):
        at = NOW - days_ago * DAY
        city = f"city{number}"
        deliveries.enqueue(connection, rid, city, basis="law", reason="named", now=at, deadline=NOW)
        if settlement is not None:
            claimed = deliveries.claim(connection, "w", at, DAY, 1000, 1000)
            for one in claimed:
                outcome = settlement if one.exchange_rid == rid else replace(REFUSED, event="retry", due=at)
                assert deliveries.settle(connection, one, outcome, at)
    return rid


@pytest.fixture
def filled(store: Store) -> Store:
    def work(connection: Connection) -> None:
        for number in range(2):
            facilities.add_recipient(connection, Recipient(f"city{number}", "https://c.example", {}), NOW)
        done = accepted(b"receipt")
        arrived(connection, "done", done)
        arrived(connection, "done twice", done, done)
        arrived(connection, "recent", done, days_ago=5)
        arrived(connection, "failed", REFUSED)
        arrived(connection, "nobody subscribed")
        arrived(connection, "asked about", done)
        patient = arrived(connection, "of a doubtful patient", done)
        made = {"resourceType": "Patient", "id": "p1"}
        keep_version(connection, patient, "01001", made, NOW, NOW)
        arrived(connection, "one still waits", done, None)
        for detail in ({"exchange": "asked about"}, {"patient": "Patient/p9", "others": ["Patient/p1"]}):
            reviews.add_review(connection, kind="k", rule="r", detail=detail, now=NOW)

    store.write(work)
    return store


def without_bytes(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.scalars(select(exchange.c.id).where(exchange.c.record == b"")))


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_only_what_was_delivered_everywhere_long_ago_and_is_asked_about_by_nobody(
    filled: Store, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(retention, "_DONE", retention._DONE.limit(at_once))
    with filled.read() as connection:
        assert retention.records_done(connection, NOW, 30) == 2
    assert without_bytes(filled) == set()
    assert retention.empty_records(filled, NOW, 30) == 2
    assert without_bytes(filled) == {"done", "done twice"}
    assert retention.empty_records(filled, NOW, 30) == 0
    assert retention.empty_records(filled, NOW, 4) == 1
    assert without_bytes(filled) == {"done", "done twice", "recent"}


def test_the_bundle_its_digest_and_its_receipt_stay(filled: Store) -> None:
    retention.empty_records(filled, NOW, 30)
    with filled.read() as connection:
        found = exchanges.get(connection, "done")
        rid = exchanges.rid_of(connection, "done")
        assert found is not None
        assert rid is not None
        assert (found.bundle, found.status) == (b"{}", "delivered")
        assert [one.receipt for one in deliveries.for_exchange(connection, rid)] == [b"receipt"]
