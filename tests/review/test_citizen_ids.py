"""A citizen id typed wrong once does not show one person's results to those who ask for another's."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway import search
from gateway.bundle import CCCD
from gateway.store import search as store_search
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import HOSPITAL, World

RIGHT, WRONG = "079085001234", "079085009999"


def sent(number: str, citizen: str, *, mrn: str = "BN1", card: str = "", facility: str = "79001") -> bytes:
    numbers = [f"{mrn}^^^{facility}^MR", f"{citizen}^^^CCCD^NI", *([f"{card}^^^BHXH^SS"] if card else [])]
    asked = order(f2="", f3=f"F{number}", f22=f"2026111510{number:0>2}00")
    return message(header(f4=facility, f10=number), patient(f3="~".join(numbers)), asked, result())


def found(world: World, citizen: str) -> int:
    query = search.parse("Observation", [("patient.identifier", f"{CCCD}|{citizen}")], base_url="")
    with world.store.read() as connection:
        return len(store_search.search(connection, query, now=datetime.now(UTC)).matches)


def test_a_corrected_citizen_id_is_the_only_one_that_finds_the_patient(world: World) -> None:
    world.take(sent("1", WRONG))
    assert found(world, WRONG) == 1
    world.take(sent("2", RIGHT))
    assert (found(world, WRONG), found(world, RIGHT)) == (0, 2)
    assert world.tasks() == []  # one Patient, who has one number: nobody to be mistaken for (decision 17, 4)


def test_two_citizen_ids_are_not_one_person_though_they_share_an_insurance_number(world: World) -> None:
    world.take(sent("1", RIGHT, card="7901234567"))
    world.take(sent("2", WRONG, mrn="X9", card="7901234567", facility=HOSPITAL), HOSPITAL)
    assert (found(world, RIGHT), found(world, WRONG)) == (1, 1)
    assert world.tasks() == ["person-two-citizen-ids"]
