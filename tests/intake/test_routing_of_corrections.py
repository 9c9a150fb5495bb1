"""A correction or withdrawal goes to everyone who got an earlier version, even after unsubscribing."""

from __future__ import annotations

from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import World


def word(number: str, hour: str, **changed: str) -> bytes:
    at = f"20261115{hour}0000"
    return message(header(f10=number), patient(), order(f22=at), result(**changed))


def test_a_correction_follows_the_earlier_version_after_unsubscribing(world: World) -> None:
    world.recipient()
    subscription = world.subscribe()
    world.take(word("1", "10", value="7.2"))
    world.unsubscribe(subscription)
    (line,) = world.take(word("2", "11", value="2.7", f11="C")).exchanges
    assert world.exchange(line["id"])["deliveries"] == [("city", "follow-up", "consent 12")]


def test_a_withdrawal_follows_too(world: World) -> None:
    world.recipient()
    subscription = world.subscribe()
    world.take(word("1", "10", value="7.2"))
    world.unsubscribe(subscription)
    (line,) = world.take(word("2", "11", value="7.2", f11="D")).exchanges
    assert [reason for _, reason, _ in world.exchange(line["id"])["deliveries"]] == ["follow-up"]


def test_another_result_of_the_same_patient_does_not_follow(world: World) -> None:
    world.recipient()
    subscription = world.subscribe()
    world.take(word("1", "10", value="7.2"))
    world.unsubscribe(subscription)
    other = message(header(f10="2"), patient(), order(f2="P2", f3="F2"), result(f3="CRE^Creatinine^L"))
    (line,) = world.take(other).exchanges
    assert world.exchange(line["id"])["deliveries"] == []


def test_who_still_subscribes_gets_a_correction_once(world: World) -> None:
    world.recipient()
    world.subscribe()
    world.take(word("1", "10", value="7.2"))
    (line,) = world.take(word("2", "11", value="2.7", f11="C")).exchanges
    assert len(world.exchange(line["id"])["deliveries"]) == 1


def test_without_a_subscription_nothing_leaves(world: World) -> None:
    world.recipient()
    (line,) = world.take(word("1", "10", value="7.2")).exchanges
    assert world.exchange(line["id"])["deliveries"] == []
