"""``db check`` reads everything back and says what is no longer as it was stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from gateway.outcome import Issue
from gateway.store import Connection, Store, audit, exchanges
from gateway.store.check import Progress, check
from gateway.store.resources import keep_version
from tests.store.conftest import NOW, add_exchange

EXCHANGES = 250


@pytest.fixture
def filled(store: Store) -> Store:
    def work(connection: Connection) -> None:
        for number in range(EXCHANGES):
            rid = add_exchange(connection, f"x{number}")
            if number < 3:
                made = {"resourceType": "Observation", "id": "o1", "valueString": str(number)}
                keep_version(connection, rid, "01001", made, NOW + timedelta(hours=number), NOW)
        exchanges.set_signed(connection, "x7", bundle=b"signed", message_id="m", jws_sha256="j", kid="k")
        audit.append(connection, NOW, "cli", "add", "", {})

    store.write(work)
    return store


def found(store: Store, *statements: str) -> list[tuple[str, str]]:
    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    store.write(work)
    with store.read() as connection:
        return [(issue.rule, issue.expression) for step in check(connection) for issue in step.issues]


def test_what_is_as_it_was_stored_has_no_findings_and_progress_is_shown(filled: Store) -> None:
    with filled.read() as connection:
        assert list(check(connection)) == [Progress(done, EXCHANGES) for done in (0, 100, 200, 250)]


def test_an_empty_store_is_whole(store: Store) -> None:
    assert found(store) == []


def test_a_changed_bundle_is_found(filled: Store) -> None:
    changed = "UPDATE exchange SET bundle = record WHERE id = 'x150'"
    assert found(filled, changed) == [("check-bundle-changed", "x150")]


def test_a_wrong_current_version_is_found(filled: Store) -> None:
    older = "UPDATE resource SET current = (SELECT min(rid) FROM resource_version)"
    assert found(filled, older) == [("check-not-current", "Observation/o1")]


def test_a_broken_audit_trail_is_found(filled: Store) -> None:
    forged = "INSERT INTO audit_event SELECT 99, recorded, actor, action, basis, detail, digest FROM audit_event"
    assert found(filled, forged) == [("check-audit-broken", "")]


def test_each_signed_bundle_is_shown_to_the_verifier_and_what_it_says_is_told(filled: Store) -> None:
    shown: list[tuple[str, bytes]] = []

    def verify(exchange_id: str, bundle: bytes) -> Iterator[Issue]:
        shown.append((exchange_id, bundle))
        yield Issue("error", "security", "some-rule", exchange_id)

    with filled.read() as connection:
        told = [issue.rule for step in check(connection, verify) for issue in step.issues]
    assert shown == [("x7", b"signed")]
    assert told == ["some-rule"]
