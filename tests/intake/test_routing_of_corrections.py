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


def test_a_new_result_in_an_old_report_does_not_follow_who_unsubscribed(world: World) -> None:
    world.recipient()
    subscription = world.subscribe()
    world.take(word("1", "10", value="7.2"))
    world.unsubscribe(subscription)
    grown = message(
        header(f10="2"),
        patient(),
        order(f22="20261115110000"),
        result(value="7.2"),
        result(value="120", f1="2", f3="CRE^Creatinine^L"),
    )
    (line,) = world.take(grown).exchanges
    assert world.exchange(line["id"])["deliveries"] == []
    (report,) = world.all_of("DiagnosticReport")
    assert len(report["result"]) == 2


def test_a_correction_that_is_kept_apart_makes_a_task_for_a_person(world: World) -> None:
    world.recipient()
    world.subscribe()
    world.take(word("1", "10", value="7.2"))
    note = "NTE|1||Mẫu của người bệnh HIV"
    apart = message(header(f10="2"), patient(), order(f22="20261115110000"), result(value="9.9", f11="C"), note)
    lines = [world.exchange(one["id"]) for one in world.take(apart).exchanges]
    assert [one["deliveries"] for one in lines if one["sensitive"]] == [[]]
    assert world.tasks() == ["correction-kept-apart"]
