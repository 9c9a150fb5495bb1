"""The life of a visit: what ends it, what opens it again, and what does neither."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from gateway.bundle import REOPENS
from tests.hl7v2.building import header, message, order, patient, result, segment
from tests.intake.world import World


def told(event: str, hour: int, **visit: str) -> bytes:
    """An ADT of 2026-11-15 about the visit V1."""
    fields = {1: "1", 2: "I", 3: "K01^P05", 19: "V1", 44: "20261115080000"} | {int(n[1:]): t for n, t in visit.items()}
    at = f"20261115{hour:02}0000"
    return message(
        header(f9=f"ADT^{event}", f7=at, f10=str(hour)),
        segment("EVN", {2: at}),
        patient(),
        segment("PV1", fields),
    )


def result_of_the_visit(hour: int) -> bytes:
    visit = segment("PV1", {1: "1", 2: "I", 3: "K02^P01", 19: "V1"})
    return message(header(f7=f"20261115{hour:02}0000"), patient(), visit, order(), result())


ADMITTED, LEFT = told("A01", 8), told("A03", 12, f36="01", f45="20261115120000")


def visit_after(world: World, *messages: bytes) -> dict[str, Any]:
    for one in messages:
        world.take(one)
    (found,) = world.all_of("Encounter")
    return found


@pytest.mark.parametrize("late", [result_of_the_visit(13), told("A08", 13), told("A02", 13, f6="K09")])
def test_a_later_word_on_a_visit_that_ended_does_not_open_it_again(world: World, late: bytes) -> None:
    ended = visit_after(world, ADMITTED, LEFT)
    now = visit_after(world, late)
    assert (now["status"], now["period"], now["location"]) == ("finished", ended["period"], ended["location"])


def test_a_cancelled_discharge_opens_it_again_and_takes_the_end_with_it(world: World) -> None:
    now = visit_after(world, ADMITTED, LEFT, told("A13", 13, f44=""))
    assert (now["status"], "end" in now["period"], "hospitalization" in now) == ("in-progress", False, False)
    assert visit_after(world, told("A03", 15, f45="20261115150000"))["status"] == "finished"


def test_a_cancelled_admission_stays_cancelled_until_the_patient_is_admitted_after_all(world: World) -> None:
    assert visit_after(world, ADMITTED, told("A11", 9), result_of_the_visit(10))["status"] == "cancelled"
    assert visit_after(world, told("A01", 11))["status"] == "in-progress"


def test_whichever_comes_first_the_visit_ends_the_same(world: World, other_world: World) -> None:
    words = (ADMITTED, LEFT, result_of_the_visit(13), told("A13", 14))
    for one in words:
        world.take(one)
    for one in list(permutations(words))[13]:
        other_world.take(one)
    (first,), (second,) = world.all_of("Encounter"), other_world.all_of("Encounter")
    assert {**first, "meta": None} == {**second, "meta": None}
    assert first["meta"]["tag"] == second["meta"]["tag"] == [REOPENS]


def test_that_a_word_opens_a_visit_is_said_of_that_word_alone(world: World) -> None:
    assert visit_after(world, ADMITTED)["meta"]["tag"] == [REOPENS]
    assert "tag" not in visit_after(world, result_of_the_visit(9))["meta"]
