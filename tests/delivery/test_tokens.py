"""The token that opens a recipient's door: asked for once, renewed once when it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from gateway.jsontext import dumps
from gateway.simulator.behaviour import Behaviour
from gateway.simulator.identity import Identity
from gateway.simulator.recipient import SimulatedRecipient
from gateway.simulator.reply import Reply
from gateway.simulator.tokens import LIFE, TOKEN_PATH
from tests.delivery.conftest import Listening
from tests.delivery.world import World
from tests.sender import Clock


class Muddled(SimulatedRecipient):
    """A recipient whose token endpoint answers 200 with one fixed body."""

    granted: object = None

    def answer(self, path: str, authorization: str, given: bytes, behaviour: Behaviour) -> Reply:
        if path == TOKEN_PATH:
            return Reply(body=dumps(self.granted), media_type="application/json")
        return super().answer(path, authorization, given, behaviour)


Answering = Callable[[object], SimulatedRecipient]


@pytest.fixture
def answering(identity: Identity, clock: Clock) -> Iterator[Answering]:
    with ExitStack() as stack:

        def start(granted: object) -> SimulatedRecipient:
            made = Muddled(identity, now=clock)
            made.granted = granted
            return stack.enter_context(made)

        yield start


def paths(recipient: SimulatedRecipient) -> list[str]:
    return ["token" if one.path == TOKEN_PATH else "message" for one in recipient.seen]


def test_one_token_serves_many_messages(sender: World, listening: Listening) -> None:
    city = listening()
    sender.subscribe("city", city)
    for value in ("5.1", "5.2", "5.3"):
        sender.keep(value)
    sender.worker().drain()
    assert paths(city) == ["token", "message", "message", "message"]


def test_a_token_that_is_refused_is_renewed_once_in_the_same_attempt(world: World, listening: Listening) -> None:
    city = listening("expired-token")
    world.subscribe("city", city)
    exchange = world.keep()
    world.worker().drain()
    assert paths(city) == ["token", "message", "token", "message"]
    assert (world.delivery(exchange).status, world.delivery(exchange).attempts) == ("completed", 1)


def test_a_recipient_that_refuses_every_token_is_tried_again_later(sender: World, listening: Listening) -> None:
    city = listening("status:401*")
    sender.subscribe("city", city)
    exchange = sender.keep()
    sender.worker().drain()
    assert paths(city) == ["token", "message", "token", "message"]
    assert (sender.delivery(exchange).status, sender.delivery(exchange).issue) == ("ready", "recipient-believes-us-not")


def test_a_token_is_not_used_when_it_is_about_to_expire(sender: World, listening: Listening) -> None:
    city = listening()
    sender.subscribe("city", city)
    worker = sender.worker()
    for value in ("5.1", "5.2"):
        sender.keep(value)
        worker.drain()
        sender.clock.at += LIFE
    assert paths(city) == ["token", "message", "token", "message"]


def test_a_recipient_without_a_client_is_sent_to_without_a_token(sender: World, listening: Listening) -> None:
    city = listening()
    sender.subscribe("city", city, client_id="")
    exchange = sender.keep()
    sender.worker().drain()
    assert paths(city) == ["message"]
    assert sender.delivery(exchange).status == "failed"  # this one wants a token


GRANTED: dict[str, Any] = {"access_token": "abc", "token_type": "bearer", "expires_in": 300}


@pytest.mark.parametrize(
    "granted",
    [
        [],
        "abc",
        {},
        {**GRANTED, "access_token": None},
        {**GRANTED, "access_token": ""},
        {**GRANTED, "access_token": "a\r\nHost: elsewhere"},
        {**GRANTED, "access_token": "mật khẩu"},
        {**GRANTED, "expires_in": "300"},
        {**GRANTED, "expires_in": None},
    ],
    ids=repr,
)
def test_a_token_answer_that_makes_no_sense_is_tried_again(
    sender: World, answering: Answering, granted: object
) -> None:
    city = answering(granted)
    sender.subscribe("city", city)
    exchange = sender.keep()
    sender.worker().drain()
    assert (sender.delivery(exchange).status, sender.delivery(exchange).issue) == ("ready", "recipient-nonsense")


@pytest.mark.parametrize("seconds", [10**30, 10**9, 0, -5])
def test_no_promise_of_a_lifetime_breaks_the_sender(sender: World, answering: Answering, seconds: int) -> None:
    city = answering({**GRANTED, "expires_in": seconds})
    identity = city.identity
    given = sender.transport().token(city.url, identity.client_id, identity.client_jwk, "system/Bundle.c")
    assert given["expires_in"] == seconds
    sender.subscribe("city", city)
    exchange = sender.keep()
    sender.worker().drain()
    assert sender.delivery(exchange).issue == "recipient-believes-us-not"  # the token "abc" was used, and opens nothing
