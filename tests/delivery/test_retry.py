"""When an attempt is made again: later each time, never past the budget it was enqueued with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.jsontext import loads
from gateway.simulator.recipient import SimulatedRecipient
from gateway.store import Connection, deliveries
from tests.delivery.conftest import Listening
from tests.delivery.world import World
from tests.sender import NOW


def receipt_bytes(world: World, exchange: str) -> bytes:
    receipt = world.delivery(exchange).receipt
    assert receipt is not None
    return receipt


def test_the_waits_grow_and_are_drawn_within_their_bounds(sender: World, listening: Listening) -> None:
    sender.settings = replace(sender.settings, delivery_first_retry_seconds=10, delivery_longest_retry_seconds=100)
    sender.subscribe("city", listening("status:503*"))
    exchange = sender.keep()
    worker = sender.worker()
    for longest in (10, 20, 40, 80, 100, 100):
        asked = sender.clock()
        assert worker.drain() == 1
        wait = sender.delivery(exchange).due - asked
        assert timedelta(seconds=longest / 2) <= wait <= timedelta(seconds=longest)
        sender.clock.at = sender.delivery(exchange).due


def test_deliveries_that_failed_together_do_not_come_back_together(sender: World, listening: Listening) -> None:
    sender.subscribe("city", listening("status:503*"))
    kept = [sender.keep(f"5.{number}") for number in range(1, 9)]
    sender.worker().drain()
    assert len({sender.delivery(exchange).due for exchange in kept}) == len(kept)


def test_a_delivery_fails_when_its_budget_is_spent(world: World, listening: Listening) -> None:
    world.settings = replace(world.settings, delivery_budget_hours=1, delivery_longest_retry_seconds=600)
    world.subscribe("city", listening("status:503*"))
    exchange = world.keep()
    worker = world.worker()
    while world.delivery(exchange).status == "ready":
        assert worker.drain() == 1
        world.clock.at = max(world.clock(), world.delivery(exchange).due)
    ended = world.delivery(exchange)
    assert (ended.status, ended.issue, world.exchange(exchange).status) == ("failed", "recipient-busy", "failed")
    assert world.clock() <= NOW + timedelta(hours=1)
    assert ended.attempts > 6


def test_the_budget_is_the_one_it_was_enqueued_with(sender: World, listening: Listening) -> None:
    sender.settings = replace(sender.settings, delivery_budget_hours=1)
    sender.subscribe("city", listening("status:503*"))
    exchange = sender.keep()
    sender.settings = replace(sender.settings, delivery_budget_hours=1000)  # changed by an operator meanwhile
    sender.clock.forward(minutes=59, seconds=58)
    sender.worker().drain()
    assert sender.delivery(exchange).deadline == NOW + timedelta(hours=1)
    assert sender.delivery(exchange).status == "failed"


def test_a_worker_that_dies_after_sending_sends_again_and_gets_the_first_receipt(
    world: World, listening: Listening
) -> None:
    city = listening()
    world.subscribe("city", city)
    exchange = world.keep()
    [claimed] = world.claim()
    told = world.transport().send(world.recipient("city"), world.exchange(exchange).bundle)  # …and then it died
    worker = world.worker()
    assert worker.drain() == 0  # the lease holds
    world.clock.at = claimed.claimed_until or NOW
    assert worker.drain() == 1
    delivery = world.delivery(exchange)
    assert (delivery.status, delivery.attempts) == ("completed", 2)
    assert delivery.receipt == told
    assert len(city.taken) == 1


def test_an_answer_that_was_lost_is_asked_for_again_and_is_the_first_one(world: World, listening: Listening) -> None:
    city = listening("lose-answer")
    world.subscribe("city", city)
    exchange = world.keep()
    worker = world.worker()
    worker.drain()
    world.clock.at = world.delivery(exchange).due
    worker.drain()
    assert world.delivery(exchange).status == "completed"
    signed = loads(receipt_bytes(world, exchange))["timestamp"]
    assert signed == NOW.isoformat().replace("+00:00", "Z")  # made when the message came first
    assert len(city.taken) == 1


def test_a_worker_that_comes_back_after_its_lease_changes_nothing(world: World, listening: Listening) -> None:
    world.subscribe("city", listening("ok", "fatal-error"))
    exchange = world.keep()
    [late] = world.claim()
    world.clock.at = late.claimed_until or NOW
    world.worker().drain()
    settled = world.delivery(exchange)
    assert settled.status == "completed"
    world.worker().deliver(late)
    assert world.delivery(exchange) == settled


def test_redelivering_to_one_recipient_leaves_the_others_alone(world: World, listening: Listening) -> None:
    city, district = listening(), listening()
    world.subscribe("city", city)
    world.subscribe("district", district)
    exchange = world.keep()
    worker = world.worker()
    worker.drain()
    first = receipt_bytes(world, exchange)
    world.clock.forward(hours=1)
    world.redeliver(exchange, "city")
    assert world.exchange(exchange).status == "kept"
    assert worker.drain() == 1
    assert sorted(one.recipient for one in world.deliveries(exchange)) == ["city", "city", "district"]
    assert (messages(city), messages(district)) == (2, 1)
    assert receipt_bytes(world, exchange) == first  # the same message again gets the first receipt again
    assert world.exchange(exchange).status == "delivered"


def test_a_failed_delivery_that_is_delivered_again_makes_the_exchange_delivered(
    world: World, listening: Listening
) -> None:
    world.subscribe("city", listening("status:422"))
    exchange = world.keep()
    worker = world.worker()
    worker.drain()
    assert world.exchange(exchange).status == "failed"
    world.redeliver(exchange, None)
    worker.drain()
    assert world.exchange(exchange).status == "delivered"


def test_a_correction_goes_to_who_got_the_earlier_version_though_no_longer_subscribed(
    world: World, listening: Listening
) -> None:
    city = listening()
    world.subscribe("city", city)
    world.keep("5.10")
    world.worker().drain()
    world.unsubscribe("city")
    world.clock.forward(minutes=5)
    correction = world.keep("5.90", issued=world.clock())
    world.worker().drain()
    assert world.delivery(correction).status == "completed"
    assert world.delivery(correction).reason == "follow-up"
    assert len(city.taken) == 2


@pytest.mark.parametrize(
    "client",
    [
        {"private_jwk": {}},
        {"private_jwk": {"kty": "EC", "kid": "1"}},
        {"private_jwk": {"kty": "oct", "kid": "1", "k": "AAAA", "alg": "HS256"}},
    ],
    ids=["no key", "half a key", "a key of another kind"],
)
def test_a_client_that_cannot_open_the_door_ends_the_delivery_with_a_reason(
    sender: World, listening: Listening, client: dict[str, object]
) -> None:
    city = listening()
    sender.subscribe("city", city, **client)
    exchange = sender.keep()
    sender.worker().drain()
    ended = sender.delivery(exchange)
    assert ended.status == "failed"
    assert ended.issue == "client-key-unusable"
    assert city.taken == []


# ---- a clock that was wrong -----------------------------------------------------------


def test_what_was_put_off_while_the_clock_was_ahead_is_sent_when_it_is_right_again(
    world: World, listening: Listening
) -> None:
    city = listening("status:503")
    world.subscribe("city", city)
    exchange = world.keep()
    world.clock.at += timedelta(days=2)
    world.worker().drain()
    assert world.delivery(exchange).status == "ready"
    world.clock.at -= timedelta(days=2)
    world.worker().drain()
    assert (world.delivery(exchange).status, len(city.taken)) == ("completed", 1)


def test_a_claim_made_while_the_clock_was_ahead_does_not_last_until_that_time(
    world: World, listening: Listening
) -> None:
    city = listening()
    world.subscribe("city", city)
    exchange = world.keep()
    world.clock.at += timedelta(days=2)
    assert world.claim()  # …and then its worker died
    world.clock.at -= timedelta(days=2)
    world.worker().drain()
    assert (world.delivery(exchange).status, len(city.taken)) == ("completed", 1)


def test_a_recipient_whose_trust_file_is_unreadable_ends_the_delivery_with_a_reason(
    sender: World, listening: Listening
) -> None:
    sender.subscribe("city", listening(), trust={"trust": 1})
    exchange = sender.keep()
    sender.worker().drain()
    assert (sender.delivery(exchange).status, sender.delivery(exchange).issue) == ("failed", "trust-member-missing")


def test_a_message_whose_bytes_changed_in_the_store_is_not_sent_and_ends_with_a_reason(
    sender: World, listening: Listening
) -> None:
    city = listening()
    sender.subscribe("city", city)
    exchange = sender.keep()

    def spoil(connection: Connection) -> None:
        rid = deliveries.for_exchange(connection, 1)[0].exchange_rid
        connection.exec_driver_sql(f"UPDATE exchange SET bundle = x'7b7d' WHERE rid = {rid}")

    sender.store.write(spoil)
    sender.worker().drain()
    assert (sender.delivery(exchange).status, sender.delivery(exchange).issue) == ("failed", "delivery-bytes-differ")
    assert messages(city) == 0


def messages(recipient: SimulatedRecipient) -> int:
    return sum(one.path.endswith("$process-message") for one in recipient.seen)
