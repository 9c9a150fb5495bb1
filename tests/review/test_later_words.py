"""What a later word about a result takes from the earlier one, and what it must not."""

from __future__ import annotations

from typing import Any

from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import World


def report(at: str, obx: str, number: str) -> bytes:
    """An ORU issued at 2026-11-15 HH:MM; at no stated time where ``at`` is ""."""
    issued = f"20261115{at}00" if at else ""
    return message(header(f10=number), patient(), order(f22=issued), obx)


def standing(world: World) -> dict[str, Any]:
    (found,) = world.all_of("Observation")
    return found


def test_a_corrected_value_does_not_inherit_the_flag_of_the_wrong_one(world: World) -> None:
    world.take(report("1000", result(value="9.9", f6="mmol/L", f7="3.9-6.4", f8="HH"), "1"))
    world.take(report("1100", result(value="4.1", f6="mmol/L", f11="C"), "2"))
    now = standing(world)
    assert now["valueQuantity"]["value"].token == "4.1"
    assert "interpretation" not in now
    assert now["referenceRange"][0]["text"] == "3.9-6.4"


def test_the_same_value_said_again_without_its_flag_keeps_it(world: World) -> None:
    world.take(report("1000", result(value="9.9", f8="HH", f11="P"), "1"))
    world.take(report("1100", result(value="9.9"), "2"))
    now = standing(world)
    assert (now["status"], now["interpretation"][0]["coding"][0]["code"]) == ("final", "HH")


def test_a_value_in_another_unit_does_not_inherit_the_range_of_the_first(world: World) -> None:
    world.take(report("1000", result(value="74", f6="mg/dL", f7="70-115"), "1"))
    world.take(report("1100", result(value="4.1", f6="mmol/L", f11="C"), "2"))
    now = standing(world)
    assert now["valueQuantity"]["code"] == "mmol/L"
    assert "referenceRange" not in now


def test_a_value_does_not_stand_beside_the_values_it_replaces(world: World) -> None:
    world.take(report("1000", result(value="5~6"), "1"))
    world.take(report("1100", result(value="7", f11="C"), "2"))
    now = standing(world)
    assert now["valueQuantity"]["value"] == 7
    assert "component" not in now


def test_a_preliminary_result_that_comes_late_does_not_undo_the_final_of_the_same_minute(world: World) -> None:
    world.take(report("1000", result(value="7.2", f11="F"), "2"))
    world.take(report("1000", result(value="2.7", f11="P"), "1"))
    now = standing(world)
    assert (now["status"], now["valueQuantity"]["value"].token) == ("final", "7.2")
    assert [one["status"] for one in world.versions("Observation", now["id"])] == ["final", "preliminary"]


def test_a_preliminary_result_that_comes_late_does_not_undo_a_final_without_times(world: World) -> None:
    world.take(report("", result(value="7.2", f11="F"), "2"))
    world.take(report("", result(value="2.7", f11="P"), "1"))
    now = standing(world)
    assert (now["status"], now["valueQuantity"]["value"].token) == ("final", "7.2")


def test_a_withdrawn_result_does_not_come_back_with_a_late_preliminary_one(world: World) -> None:
    world.take(report("1000", result(value="7.2", f11="D"), "2"))
    world.take(report("1000", result(value="2.7", f11="P"), "1"))
    assert standing(world)["status"] == "entered-in-error"


def test_a_final_result_of_the_same_minute_follows_the_preliminary_one(world: World) -> None:
    world.take(report("1000", result(value="2.7", f11="P"), "1"))
    world.take(report("1000", result(value="7.2", f11="F"), "2"))
    now = standing(world)
    assert (now["status"], now["valueQuantity"]["value"].token) == ("final", "7.2")
