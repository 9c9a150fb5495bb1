"""``db check`` reads everything back and says what is no longer as it was stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gateway.facility import Recipient
from gateway.outcome import Issue
from gateway.store import Connection, Store, audit, deliveries, exchanges, facilities, index
from gateway.store.check import STEP, check
from gateway.store.packing import packed
from gateway.store.readback import Stored
from gateway.store.resources import keep_version
from tests.store.conftest import NOW, add_exchange

EXCHANGES = 250


def observation(number: int) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o1", "status": "final", "valueString": str(number)}


@pytest.fixture
def filled(store: Store) -> Store:
    def work(connection: Connection) -> None:
        for number in range(EXCHANGES):
            rid = add_exchange(connection, f"x{number}")
            if number < 3:
                made = observation(number)
                kept = keep_version(connection, rid, "01001", made, NOW + timedelta(hours=number), NOW)
                index.index(connection, kept.resource_rid, made, None)
        exchanges.set_signed(connection, "x7", bundle=b"signed", message_id="m", jws_sha256="j", kid="k")
        for number in range(3):
            audit.append(connection, NOW, "cli", "add", "", {"number": number})

    store.write(work)
    return store


def found(store: Store, *statements: str, whole: bool = True) -> list[tuple[str, str]]:
    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    store.write(work)
    return [(issue.rule, issue.expression) for step in check(store, whole=whole) for issue in step.issues]


def test_what_is_as_it_was_stored_has_no_findings_and_progress_is_shown(filled: Store) -> None:
    steps = list(check(filled))
    assert [(step.part, step.done, step.total) for step in steps] == [
        ("file", 1, 1), ("audit", 3, 3), ("resources", 1, 1),
        ("exchanges", 100, 250), ("exchanges", 200, 250), ("exchanges", 250, 250),
    ]  # fmt: skip
    assert not any(step.issues for step in steps)


def test_an_empty_store_is_whole(store: Store) -> None:
    assert found(store) == []


def test_a_check_that_was_stopped_goes_on_and_leaves_what_came_since_to_the_next(filled: Store) -> None:
    steps = check(filled, whole=True)
    marks = [next(steps).mark for _ in range(4)]
    filled.write(lambda connection: add_exchange(connection, "later"))
    for place, mark in enumerate(marks):
        rest = list(check(filled, begin=mark))
        assert [(step.part, step.done) for step in rest] == [
            ("audit", 3), ("resources", 1), ("exchanges", 100), ("exchanges", 200), ("exchanges", 250),
        ][place:]  # fmt: skip


FORGED = (
    "INSERT INTO audit_event SELECT 99, recorded, actor, action, basis, detail, digest FROM audit_event WHERE rid = 2"
)


@pytest.mark.parametrize("lines", [1, 2, 1000])
def test_a_broken_audit_trail_is_found_however_small_the_steps(
    filled: Store, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    monkeypatch.setitem(STEP, "audit", lines)
    assert found(filled, FORGED) == [("check-audit-broken", "")]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM index_token WHERE code = 'final'",
        "UPDATE index_token SET code = 'amended'",
        "INSERT INTO index_reference VALUES (601, 'Patient/p9', 1)",
    ],
)
def test_an_index_that_says_something_else_is_found(filled: Store, change: str) -> None:
    assert found(filled, change) == [("check-misindexed", "Observation/o1")]


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_a_status_without_its_deliveries_is_found(filled: Store, status: str) -> None:
    changed = f"UPDATE exchange SET status = '{status}' WHERE id = 'x3'"
    assert found(filled, changed) == [("check-outbox-contradicts", "x3")]


def test_a_delivery_that_contradicts_its_exchange_and_one_without_its_receipt_are_found(filled: Store) -> None:
    def work(connection: Connection) -> None:
        made = Recipient("city", "https://city.example", {})
        facilities.add_recipient(connection, made, NOW)
        for name in ("x3", "x4"):
            rid = exchanges.rid_of(connection, name)
            assert rid is not None
            deliveries.enqueue(connection, rid, "city", basis="law", reason="named", now=NOW, deadline=NOW)

    filled.write(work)
    assert found(filled) == []
    first = "(SELECT min(rid) FROM delivery)"
    assert found(
        filled,
        "UPDATE exchange SET status = 'held' WHERE id = 'x4'",
        f"UPDATE delivery SET status = 'completed' WHERE rid = {first}",
    ) == [
        ("check-outbox-contradicts", "x3"),
        ("check-receipt-missing", "x3"),
        ("check-outbox-contradicts", "x4"),
    ]


def test_an_answer_kept_with_another_message_is_found(filled: Store) -> None:
    def work(connection: Connection) -> None:
        rid = exchanges.rid_of(connection, "x7")
        exchanges.add_inbound(connection, exchanges.Inbound("m", "01001", "j", rid, b"receipt", NOW))

    filled.write(work)
    assert found(filled) == []
    assert found(filled, "UPDATE inbound SET jws_sha256 = 'other'") == [("check-receipt-differs", "x7")]


def test_a_changed_bundle_is_found(filled: Store) -> None:
    changed = "UPDATE exchange SET bundle = record WHERE id = 'x150'"
    assert found(filled, changed) == [("check-bundle-changed", "x150")]


@pytest.mark.parametrize("column", ["record", "outcome", "account"])
def test_bytes_that_do_not_come_back_are_found_and_the_check_goes_on(filled: Store, column: str) -> None:
    broken = (packed(b"MSH|" * 200)[:-1]).hex()
    literal = f"x'{broken}'" if filled.url.startswith("sqlite") else f"decode('{broken}', 'hex')"
    spoiled = (
        f"UPDATE exchange SET {column} = {literal} WHERE id = 'x20'",
        f"UPDATE exchange SET bundle = {literal} WHERE id = 'x30'",
    )
    assert found(filled, *spoiled) == [("check-bytes-broken", "x20"), ("check-bundle-changed", "x30")]


def test_a_wrong_current_version_is_found(filled: Store) -> None:
    older = "UPDATE resource SET current = (SELECT min(rid) FROM resource_version)"
    assert found(filled, older) == [("check-not-current", "Observation/o1")]


def test_each_exchange_is_shown_to_the_verifier_and_what_it_says_is_told(filled: Store) -> None:
    shown: list[Stored] = []

    def verify(one: Stored) -> Iterator[Issue]:
        if one.signed:
            shown.append(one)
            yield Issue("error", "security", "some-rule", one.id)

    told = [issue.rule for step in check(filled, verify) for issue in step.issues]
    assert [(one.id, one.bundle, one.record) for one in shown] == [("x7", b"signed", b"")]
    assert told == ["some-rule"]
