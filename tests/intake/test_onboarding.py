"""What the store tells of a facility's way to its first delivery, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.delivery import Settlement
from gateway.onboarding import Codes, Passed
from gateway.store import Connection, deliveries, onboarding
from gateway.terminology.tally import EVERY
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.test_intake import COMMA, HOSPITAL_SAMPLE, LAB_SAMPLE
from tests.intake.test_vocabulary import OWN, decide, sent
from tests.intake.world import HOSPITAL, LAB, World


def passed(world: World, facility: str = LAB) -> Passed:
    with world.store.read() as connection:
        return onboarding.passed(connection, facility)


def codes(world: World, facility: str = LAB) -> Codes:
    with world.store.read() as connection:
        return onboarding.codes(connection, facility)


def settle(world: World, settlement: Settlement) -> None:
    def work(connection: Connection) -> None:
        (claimed,) = deliveries.claim(connection, "w", world.now(), timedelta(minutes=1), 8, 8)
        assert deliveries.settle(connection, claimed, settlement, world.now())

    world.store.write(work)


def test_nothing_passed_of_a_facility_that_sent_nothing(world: World) -> None:
    world.take(HOSPITAL_SAMPLE, HOSPITAL)
    assert (passed(world), codes(world)) == (Passed(), Codes())


def test_a_record_held_for_a_person_is_not_one_taken(world: World) -> None:
    world.take(COMMA, HOSPITAL)
    assert passed(world, HOSPITAL) == Passed("bhyt", kept=False, held=1)


@pytest.mark.parametrize(
    ("settlement", "became"),
    [
        (Settlement("complete", "accepted"), Passed("hl7v2", kept=True, delivered=True)),
        (Settlement("fail", "final"), Passed("hl7v2", kept=True, failed=1)),
    ],
)
def test_a_delivery_waits_and_then_arrives_or_fails(world: World, settlement: Settlement, became: Passed) -> None:
    world.recipient()
    world.subscribe(facility=LAB)
    world.take(LAB_SAMPLE)
    assert passed(world) == Passed("hl7v2", kept=True, waiting=1)
    settle(world, settlement)
    assert passed(world) == became
    assert passed(world, HOSPITAL) == Passed(), "what is another facility's is not its own"


def test_codes_are_weighed_by_how_often_they_came(world: World) -> None:
    for control, tests in (("1", ("GLU", "GLU", "CRE")), ("2", ("GLU",))):
        world.take(sent(control, *(f"{test}^Tên^L" for test in tests)))
        world.at += EVERY
    whole = codes(world)
    decide(world, f"{OWN}|GLU", "14749-6", facility=HOSPITAL)
    assert codes(world) == whole, "decided for another facility only"
    decide(world, f"{OWN}|GLU", "14749-6")
    assert codes(world) == Codes(whole.times, 3, whole.wait - 1)
    decide(world, f"{OWN}|CRE", "14682-9", facility="")
    assert codes(world) == Codes(whole.times, 4, whole.wait - 2), "decided for every facility"
    decide(world, f"{OWN}|GLU", "", equivalence="")
    assert codes(world) == Codes(whole.times, 1, whole.wait - 1), "taken back"


def test_a_code_that_was_decided_early_weighs_by_what_came_since(world: World) -> None:
    world.take(sent("0", "GLU^Đường^L", "RARE^Hiếm^L"))
    world.at += EVERY
    decide(world, f"{OWN}|GLU", "14749-6")
    before = codes(world)
    for number in range(2, 7):
        order_of = order(f2=f"P{number}^HIS", f3=f"F{number}^LIS")
        world.take(message(header(f10=f"later{number}"), patient(), order_of, result(f3="GLU^Đường^L")))
    after = codes(world)
    assert (after.decided - before.decided, after.wait) == (5, before.wait)
    assert after.percent > before.percent
