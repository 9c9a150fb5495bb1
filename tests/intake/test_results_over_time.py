"""The life of a result: later words, late words, shorter words. Nothing is lost, nothing goes back."""

from __future__ import annotations

from typing import Any

from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import World


def report(at: str, *results: str, number: str = "1", **changed: str) -> bytes:
    """An ORU whose report was issued at 2026-11-15 HH:MM."""
    return message(
        header(f10=number, f7=f"20261115{at}00"), patient(), order(f22=f"20261115{at}00", **changed), *results
    )


def glucose(world: World) -> dict[str, Any]:
    (found,) = world.all_of("Observation")
    return found


def test_a_correction_becomes_the_version_that_is_read_and_the_original_stays(world: World) -> None:
    world.take(report("1000", result(value="7.2", f11="F")))
    world.take(report("1100", result(value="2.7", f11="C"), number="2"))
    now = glucose(world)
    assert (now["status"], now["valueQuantity"]["value"].token) == ("corrected", "2.7")
    values = [one["valueQuantity"]["value"].token for one in world.versions("Observation", now["id"])]
    assert values == ["2.7", "7.2"]


def test_a_late_older_message_does_not_become_the_current_one(world: World) -> None:
    world.take(report("1100", result(value="2.7", f11="C"), number="2"))
    world.take(report("1000", result(value="7.2", f11="F")))
    now = glucose(world)
    assert (now["status"], now["valueQuantity"]["value"].token) == ("corrected", "2.7")
    assert len(world.versions("Observation", now["id"])) == 2


def test_an_empty_value_never_erases_one(world: World) -> None:
    world.take(report("1000", result(value="7.2", f11="F")))
    world.take(report("1100", result(value="", f11="F"), number="2"))
    assert glucose(world)["valueQuantity"]["value"].token == "7.2"


def test_status_u_finalises_the_earlier_version_and_keeps_its_value(world: World) -> None:
    world.take(report("1000", result(value="7.2", f11="P")))
    world.take(report("1100", result(value="", f11="U"), number="2"))
    now = glucose(world)
    assert (now["status"], now["valueQuantity"]["value"].token) == ("final", "7.2")


def test_status_u_that_overtakes_the_value_it_finalises_still_ends_with_both(world: World) -> None:
    world.take(report("1100", result(value="", f11="U"), number="2"))
    world.take(report("1000", result(value="7.2", f11="P")))
    now = glucose(world)
    assert (now["status"], now["valueQuantity"]["value"].token) == ("final", "7.2")


def test_a_withdrawn_result_is_entered_in_error_and_stays_listed(world: World) -> None:
    world.take(report("1000", result(value="7.2", f11="F")))
    world.take(report("1100", result(value="7.2", f11="W"), number="2"))
    assert glucose(world)["status"] == "entered-in-error"


def test_a_shorter_report_does_not_drop_earlier_results(world: World) -> None:
    second = result(value="120", f1="2", f3="CRE^Creatinine^L")
    world.take(report("1000", result(), second))
    world.take(report("1100", result(), number="2"))
    (made,) = world.all_of("DiagnosticReport")
    assert len(made["result"]) == 2


def test_a_final_result_does_not_go_back_to_preliminary_without_a_value(world: World) -> None:
    world.take(report("1000", result(value="7.2", f11="F")))
    world.take(report("1100", result(value="", f11="P"), number="2"))
    assert glucose(world)["status"] == "final"


def test_a_value_of_another_type_replaces_the_earlier_one(world: World) -> None:
    world.take(report("1000", result(value="7.2", f11="F")))
    world.take(report("1100", result("ST", "không đủ mẫu", f11="C"), number="2"))
    now = glucose(world)
    assert now["valueString"] == "không đủ mẫu"
    assert "valueQuantity" not in now


def test_the_same_result_in_another_message_adds_no_version(world: World) -> None:
    world.take(report("1000", result()))
    world.take(report("1000", result(), number="2"))
    assert len(world.versions("Observation", glucose(world)["id"])) == 1


def test_where_the_source_says_no_time_the_last_to_arrive_is_read(world: World) -> None:
    world.take(message(header(), patient(), order(), result(value="7.2")))
    world.take(message(header(f10="2"), patient(), order(), result(value="2.7", f11="C")))
    assert glucose(world)["valueQuantity"]["value"].token == "2.7"


def test_a_time_said_later_orders_after_a_word_without_one(world: World) -> None:
    world.take(message(header(), patient(), order(), result(value="7.2")))
    world.take(report("1000", result(value="2.7", f11="C"), number="2"))
    assert glucose(world)["valueQuantity"]["value"].token == "2.7"
