"""What waits is counted through indexes alone, so that a scrape costs the same however much is done already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event

from gateway.delivery import Settlement
from gateway.exchange import Exchange
from gateway.facility import Recipient
from gateway.store import Connection, Store, deliveries, exchanges
from gateway.store.facilities import add_recipient
from gateway.store.queues import queues

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)


def filled(store: Store) -> None:
    """One recipient with a delivery of each open status and many that are done, another with none."""

    def work(connection: Connection) -> None:
        for name in ("city", "north"):
            add_recipient(connection, Recipient(name, "https://x", {}), NOW)
        rid = exchanges.add(connection, Exchange("e", "79001", "kept", b"{}", NOW), None)
        exchanges.add(connection, Exchange("h", "79001", "held", b"{}", NOW - timedelta(minutes=5)), None)
        for _ in range(9):
            deliveries.enqueue(
                connection, rid, "city", basis="law", reason="named", now=NOW, deadline=NOW + timedelta(hours=1)
            )
        claimed = deliveries.claim(connection, "w", NOW, timedelta(minutes=1), 8, 8)
        for number, one in enumerate(claimed[1:]):
            became = Settlement("fail", "final") if number == 0 else Settlement("complete", "accepted")
            deliveries.settle(connection, one, became, NOW)

    store.write(work)


def test_what_is_open_is_told_for_every_recipient_and_what_is_done_is_not(store: Store) -> None:
    filled(store)
    with store.read() as connection:
        found = queues(connection, NOW + timedelta(minutes=1))
    assert {(one.recipient, one.status): (one.number, one.oldest) for one in found.deliveries} == {
        ("city", "ready"): (1, 60), ("city", "in-progress"): (1, 60), ("city", "on-hold"): (0, 0),
        ("city", "failed"): (1, 60), ("north", "ready"): (0, 0), ("north", "in-progress"): (0, 0),
        ("north", "on-hold"): (0, 0), ("north", "failed"): (0, 0),
    }  # fmt: skip
    assert found.given_up == {"city": 1, "north": 0}
    assert found.exchanges == {"held": 1, "failed": 0}
    assert found.held_oldest == 360
    assert found.database_bytes > 4096


def test_no_question_of_a_scrape_reads_a_whole_table_that_grows(sqlite_store: Store) -> None:
    filled(sqlite_store)
    asked: list[tuple[str, Any]] = []
    with sqlite_store.read() as connection:

        def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
            asked.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        queues(connection, NOW)
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            str(row[3])
            for statement, parameters in asked
            if not statement.startswith("PRAGMA")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert len(plans) > 8
    scanned = {plan for plan in plans if plan.startswith("SCAN")}
    assert {plan.split()[1] for plan in scanned} <= {"recipient", "review_task"}, scanned
    assert any("COVERING INDEX ix_delivery_recipient" in plan for plan in plans)
