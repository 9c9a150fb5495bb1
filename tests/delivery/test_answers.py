"""Whatever a recipient answers: what was signed for is delivered, what may still be is tried again, the rest fails."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.jsontext import loads
from gateway.simulator.behaviour import BEHAVIOURS
from gateway.simulator.tokens import TOKEN_PATH
from gateway.trust import trustfile
from gateway.trust.form import jws_of
from gateway.trust.verify import verify
from tests.delivery.conftest import Listening
from tests.delivery.world import PATIENCE, World, quick
from tests.sender import NOW

# what the recipient does → the rule the delivery then stands under
TRIED_AGAIN = {
    "transient-error": "recipient-not-now",
    "other-message": "receipt-not-believed",
    "other-identifier": "receipt-not-believed",
    "wrong-signature": "receipt-not-believed",
    "foreign-key": "receipt-not-believed",
    "altered": "receipt-not-believed",
    "unsigned": "receipt-not-believed",
    "echo": "receipt-not-believed",
    "html": "receipt-not-believed",
    "truncated": "receipt-not-believed",
    "empty": "receipt-not-believed",
    "twice": "receipt-not-believed",
    "slow:5": "recipient-silent",
    "drip:0.01": "recipient-silent",
    "drip-head:0.01": "recipient-silent",
    "endless": "recipient-answer-endless",
    "hang-up": "recipient-silent",
    "cut-off": "recipient-silent",
    "break-off": "recipient-silent",
    "lose-answer": "recipient-silent",
    "status:500": "recipient-busy",
    "status:502": "recipient-busy",
    "status:503:120": "recipient-busy",
    "status:599": "recipient-busy",
    "status:408": "recipient-busy",
    "status:429:7": "recipient-busy",
    "status:201": "recipient-nonsense",
    "status:204": "recipient-nonsense",
    "status:304": "recipient-nonsense",
    "redirect:http://127.0.0.1:9/": "recipient-nonsense",
}
FAILED = {
    "fatal-error": "recipient-said-fatal",
    "status:400": "recipient-refused",
    "status:403": "recipient-refused",
    "status:404": "recipient-refused",
    "status:409": "recipient-refused",
    "status:413": "recipient-refused",
    "status:422": "recipient-refused",
}
BELIEVED = {"ok", "answers-twice", "expired-token"}
_LATE = {"slow:5", "drip:0.01", "drip-head:0.01"}


def name_of(text: str) -> str:
    return text.partition(":")[0]


def test_each_behaviour_of_the_simulator_is_tried_here() -> None:
    named = {name_of(text) for text in BEHAVIOURS}
    assert named == {name_of(text) for text in (*TRIED_AGAIN, *FAILED, *BELIEVED)}


def test_a_believed_receipt_completes_the_delivery_and_is_kept(world: World, listening: Listening) -> None:
    city = listening()
    world.subscribe("city", city)
    exchange = world.keep()
    assert world.worker().drain() == 1
    delivery = world.delivery(exchange)
    assert (delivery.status, delivery.attempts, delivery.issue) == ("completed", 1, "")
    assert world.exchange(exchange).status == "delivered"
    assert delivery.receipt is not None
    found = verify(
        delivery.receipt,
        trust=city.identity.trust(NOW),
        now=NOW,
        expect_receipt_for=jws_of(loads(world.exchange(exchange).bundle)),
    )
    assert found.valid
    assert city.taken == [loads(delivery.receipt)["entry"][0]["resource"]["response"]["identifier"]]


@pytest.mark.parametrize(("behaviour", "rule"), TRIED_AGAIN.items())
def test_what_may_still_succeed_is_tried_again_and_then_delivered(
    sender: World, listening: Listening, behaviour: str, rule: str
) -> None:
    if behaviour in _LATE:
        sender.settings = quick(sender.settings.data_dir, delivery_timeout_seconds=PATIENCE)
    city = listening(behaviour)
    sender.subscribe("city", city)
    exchange = sender.keep()
    worker = sender.worker()
    assert worker.drain() == 1
    waiting = sender.delivery(exchange)
    assert (waiting.status, waiting.issue) == ("ready", rule)
    assert sender.exchange(exchange).status == "kept"
    assert waiting.due > NOW
    assert worker.drain() == 0  # not before it is due
    sender.settings = quick(sender.settings.data_dir)
    sender.clock.at = waiting.due
    assert sender.worker().drain() == 1
    assert (sender.delivery(exchange).status, sender.delivery(exchange).attempts) == ("completed", 2)
    assert len(city.taken) == 1


@pytest.mark.parametrize(("behaviour", "rule"), FAILED.items())
def test_what_repetition_cannot_help_fails_at_once(
    sender: World, listening: Listening, behaviour: str, rule: str
) -> None:
    city = listening(behaviour)
    sender.subscribe("city", city)
    exchange = sender.keep()
    worker = sender.worker()
    assert worker.drain() == 1
    ended = sender.delivery(exchange)
    assert (ended.status, ended.issue, sender.exchange(exchange).status) == ("failed", rule, "failed")
    sender.clock.forward(days=30)
    assert worker.drain() == 0
    assert city.taken == []


def test_a_signed_refusal_is_kept_as_its_proof(world: World, listening: Listening) -> None:
    world.subscribe("city", listening("fatal-error"))
    exchange = world.keep()
    world.worker().drain()
    receipt = world.delivery(exchange).receipt
    assert receipt is not None
    assert loads(receipt)["entry"][0]["resource"]["response"]["code"] == "fatal-error"


def test_a_signed_not_now_is_kept_too_until_a_better_one_comes(world: World, listening: Listening) -> None:
    world.subscribe("city", listening("transient-error"))
    exchange = world.keep()
    worker = world.worker()
    worker.drain()
    waiting = world.delivery(exchange)
    world.clock.at = waiting.due
    worker.drain()
    ended = world.delivery(exchange)
    codes = [loads(one.receipt or b"")["entry"][0]["resource"]["response"]["code"] for one in (waiting, ended)]
    assert codes == ["transient-error", "ok"]


@pytest.mark.parametrize("lie", ["html", "empty", "foreign-key", "altered", "other-message", "other-identifier"])
def test_what_is_not_believed_is_not_kept_as_a_receipt(sender: World, listening: Listening, lie: str) -> None:
    sender.subscribe("city", listening(lie))
    exchange = sender.keep()
    sender.worker().drain()
    assert sender.delivery(exchange).receipt is None


def test_two_answers_to_one_request_are_never_taken_for_the_answer_to_the_next(
    sender: World, listening: Listening
) -> None:
    city = listening("answers-twice*")
    sender.subscribe("city", city)
    kept = [sender.keep(value) for value in ("5.1", "5.2", "5.3")]
    sender.worker().drain()
    sender.clock.forward(days=1)
    sender.worker().drain()
    for exchange in kept:
        delivery = sender.delivery(exchange)
        assert delivery.status == "completed"
        told = loads(delivery.receipt or b"")["entry"][0]["resource"]["response"]["identifier"]
        assert told == sender.exchange(exchange).message_id


def test_a_dead_recipient_is_tried_until_it_is_back(world: World, listening: Listening) -> None:
    city = listening()
    world.subscribe("city", city)
    exchange = world.keep()
    city.close()
    worker = world.worker()
    worker.drain()
    waiting = world.delivery(exchange)
    assert (waiting.status, waiting.issue) == ("ready", "recipient-silent")
    port = int(city.url.rpartition(":")[2])
    listening(bind=("127.0.0.1", port))
    world.clock.at = waiting.due
    worker.drain()
    assert world.delivery(exchange).status == "completed"


def test_an_answer_is_waited_for_no_longer_than_the_limit_however_it_trickles(
    sender: World, listening: Listening
) -> None:
    """Each byte comes well within the limit; all of them would take half a minute."""
    sender.settings = quick(sender.settings.data_dir, delivery_timeout_seconds=PATIENCE)
    city = listening("drip:0.01", "drip-head:0.01")
    sender.subscribe("city", city)
    for value in ("5.1", "5.2"):
        sender.keep(value)
    sender.worker().drain()
    assert len(city.seen) == 3  # a token, two messages; both were given up while the answer still trickled
    assert not city.stopping.is_set()


def test_receipts_of_a_recipient_whose_trust_file_revoked_its_key_are_not_believed(
    sender: World, listening: Listening
) -> None:
    city = listening()
    trust = city.identity.trust(NOW)
    revoked = trustfile.TrustFile(
        NOW, trust.authorities, trust.bindings, (trustfile.Revocation(city.identity.key.kid, NOW - timedelta(days=1)),)
    )
    sender.subscribe("city", city, trust=revoked.as_json())
    exchange = sender.keep()
    sender.worker().drain()
    assert sender.delivery(exchange).issue == "receipt-not-believed"


@pytest.mark.parametrize("behaviour", ["html", "truncated", "empty", "twice", "status:500", "status:503:1", "cut-off"])
def test_a_token_endpoint_in_trouble_is_tried_again(sender: World, listening: Listening, behaviour: str) -> None:
    city = listening(tokens=(behaviour,))
    sender.subscribe("city", city)
    exchange = sender.keep()
    worker = sender.worker()
    worker.drain()
    assert sender.delivery(exchange).status == "ready"
    assert {one.path for one in city.seen} == {TOKEN_PATH}  # no message goes where no token was given
    sender.clock.at = sender.delivery(exchange).due
    worker.drain()
    assert sender.delivery(exchange).status == "completed"


@pytest.mark.parametrize("status", ["400", "401"])
def test_a_token_endpoint_that_does_not_believe_us_is_asked_again(
    sender: World, listening: Listening, status: str
) -> None:
    """A clock that is wrong, a client that is not registered yet: somebody sets it right."""
    sender.subscribe("city", listening(tokens=(f"status:{status}",)))
    exchange = sender.keep()
    sender.worker().drain()
    assert (sender.delivery(exchange).status, sender.delivery(exchange).issue) == ("ready", "recipient-believes-us-not")
    sender.clock.at = sender.delivery(exchange).due
    sender.worker().drain()
    assert sender.delivery(exchange).status == "completed"


def test_a_token_endpoint_that_forbids_us_ends_the_delivery(sender: World, listening: Listening) -> None:
    sender.subscribe("city", listening(tokens=("status:403*",)))
    exchange = sender.keep()
    sender.worker().drain()
    assert (sender.delivery(exchange).status, sender.delivery(exchange).issue) == ("failed", "recipient-refused")
