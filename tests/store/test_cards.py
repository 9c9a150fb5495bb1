"""What is kept of cards and of what became of them: each once, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.store import Store, cards, open_store, schema
from gateway.store.card_tables import cds_card, cds_feedback
from gateway.store.cards import Card, Feedback
from tests.store.conftest import NOW

CARD = Card(
    "11111111-1111-4111-8111-111111111111", "https://his.example", "79001", "order-sign", "a-hook", 7,
    [("http://loinc.org", "4548-4")], "reuse", "Observation/a", 2, "0" * 64, "22222222-2222-4222-8222-222222222222",
    {"reasons": ["reuse-inside-window"]}, ["https://his.example", "Encounter/1", "ServiceRequest/1", "reuse"],
)  # fmt: skip
ACCEPTED = Feedback(CARD.uuid, "accepted", NOW, (CARD.suggestion,))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    schema.prepare(database_url)
    made = open_store(database_url)
    yield made
    made.close()


def shown(store: Store, *made: Card, later: float = 0) -> set[str]:
    now = NOW + timedelta(hours=later)
    return store.write(lambda connection: cards.show(connection, made, now, now - timedelta(hours=12)))


def told(store: Store, feedback: Feedback, client: str = CARD.client_id) -> bool | None:
    return store.write(lambda connection: cards.told(connection, client, feedback, NOW))


def test_the_same_card_is_shown_once_until_it_is_forgotten_and_another_verdict_is_another_card(store: Store) -> None:
    assert shown(store, CARD) == {CARD.uuid}
    again = replace(CARD, uuid="again")
    assert shown(store, again, later=11) == set()
    assert shown(store, replace(again, sameness=[*CARD.sameness[:3], "repeat"])) == {"again"}
    assert shown(store, replace(again, uuid="later"), later=13) == {"later"}


def test_two_alike_in_one_answer_are_one(store: Store) -> None:
    assert shown(store, CARD, replace(CARD, uuid="twin")) == {CARD.uuid}


def test_a_card_that_nobody_has_seen_may_be_shown(store: Store) -> None:
    shown(store, CARD)
    store.write(lambda connection: cards.withdraw(connection, [CARD.uuid]))
    assert shown(store, CARD) == {CARD.uuid}


def test_feedback_is_kept_once_and_a_later_change_of_mind_is_kept_too(store: Store) -> None:
    shown(store, CARD)
    refused = Feedback(CARD.uuid, "overridden", NOW, (), ("urn:reasons", "changed"), "phù mới")
    assert [told(store, one) for one in (ACCEPTED, ACCEPTED, refused, refused)] == [True, False, True, False]
    with store.read() as connection:
        kept = connection.execute(select(cds_feedback.c.outcome, cds_feedback.c.reason_code, cds_feedback.c.comment))
        assert [tuple(row) for row in kept] == [("accepted", "", ""), ("overridden", "changed", "phù mới")]
        assert connection.execute(select(cds_card.c.order_codes)).scalar() == '[["http://loinc.org","4548-4"]]'


def test_nobody_speaks_of_a_card_they_were_not_shown_or_of_a_suggestion_it_did_not_make(store: Store) -> None:
    shown(store, CARD)
    assert told(store, ACCEPTED, "https://other.example") is None
    assert told(store, replace(ACCEPTED, card="unknown")) is None
    assert told(store, replace(ACCEPTED, suggestions=("another",))) is None
