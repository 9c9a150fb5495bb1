"""The life of a result: later words, late words, shorter words. Nothing is lost, nothing goes back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hl7v2.building import header, message, order, patient, result, segment
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


@pytest.mark.parametrize(("day", "status"), [("20261122", "kept"), ("20261124", "held"), ("20991231", "held")])
def test_a_word_from_the_future_is_held_since_it_would_outrank_all_that_follows(
    world: World, day: str, status: str
) -> None:
    (line,) = world.take(message(header(f7=f"{day}235959"), patient(), order(), result())).exchanges
    assert line["status"] == status
    (line,) = world.take(
        message(header(f7=f"{day}120000", f10="2"), patient(), order(f22=f"{day}235959"), result())
    ).exchanges
    assert line["status"] == status


def test_when_a_message_was_made_is_not_when_its_order_was_entered(world: World) -> None:
    entered = segment("ORC", {1: "RE", 2: "P1^HIS", 3: "F1^LIS", 9: "20261120080000", 10: "NV1^LÊ^THỊ NHẬP"})
    world.take(message(header(), patient(f5="LÊ^THỊ CŨ"), entered, order(), result()))
    world.take(message(header(f7="20261116080000", f10="2"), patient(f5="LÊ^THỊ MỚI"), order(), result()))
    (now,) = world.all_of("Patient")
    assert now["name"][0]["text"] == "LÊ THỊ MỚI"


def test_where_the_source_says_no_time_the_last_to_arrive_is_read(world: World) -> None:
    world.take(message(header(), patient(), order(), result(value="7.2")))
    world.take(message(header(f10="2"), patient(), order(), result(value="2.7", f11="C")))
    assert glucose(world)["valueQuantity"]["value"].token == "2.7"


def test_a_time_said_later_orders_after_a_word_without_one(world: World) -> None:
    world.take(message(header(), patient(), order(), result(value="7.2")))
    world.take(report("1000", result(value="2.7", f11="C"), number="2"))
    assert glucose(world)["valueQuantity"]["value"].token == "2.7"


def _told(at: str, number: str, *results: str, f5: str = "LÊ^THỊ MẪU", made: str = "") -> bytes:
    return message(
        header(f10=number, f7=f"20261115{made or at}00"), patient(f5=f5), order(f22=f"20261115{at}00"), *results
    )


def _said(world: World, kind: str) -> dict[str, Any]:
    """By id, without what this gateway says of the version."""
    own = ("versionId", "lastUpdated", "source")
    return {
        one["id"]: one | {"meta": {key: value for key, value in one["meta"].items() if key not in own}}
        for one in world.all_of(kind)
    }


PDF = "LIS^AP^PDF^Base64^JVBERi0xLjQKJSVFT0YK"


def _printed(status: str, value: str = PDF, code: str = "P^Bản in^L") -> str:
    return result("ED", value, f3=code, f11=status)


def test_a_document_stays_when_a_later_report_brings_another(world: World) -> None:
    world.take(report("1000", _printed("F")))
    world.take(report("1100", _printed("F", code="A^Ảnh^L"), number="2"))
    (made,) = world.all_of("DiagnosticReport")
    assert [(one["title"], "data" in one) for one in made["presentedForm"]] == [("Ảnh", True), ("Bản in", True)]


@pytest.mark.parametrize("value", [PDF, ""])
def test_a_withdrawn_document_is_no_longer_in_the_report(world: World, value: str) -> None:
    world.take(report("1000", _printed("F")))
    world.take(report("1100", _printed("W", value), number="2"))
    (made,) = world.all_of("DiagnosticReport")
    assert [one.keys() for one in made["presentedForm"]] == [{"extension", "title"}]


LIFE = (
    _told("0900", "1", result(value="", f11="I")),
    _told("1000", "2", result(value="7.1", f11="P", f8="H"), segment("NTE", {3: "mẫu huyết tán"})),
    _told("1100", "3", result(value="7.2", f11="F"), segment("NTE", {3: "mẫu đạt"})),
    _told("1100", "4", result(value="7.2", f11="F"), f5="LÊ^THỊ MẪU^^", made="1130"),
    _told("1200", "5", result(value="2.7", f11="C"), result(value="120", f1="2", f3="CRE^Creatinine^L")),
    _told("1300", "6", result(value="", f11="U")),
)


@pytest.mark.parametrize("order_of_arrival", [(5, 4, 3, 2, 1, 0), (2, 0, 1, 5, 3, 4), (4, 1, 0, 5, 2, 3)])
def test_whatever_order_words_arrive_in_the_same_stands(
    world: World, other_world: World, order_of_arrival: tuple[int, ...]
) -> None:
    for one in LIFE:
        world.take(one)
    for position in order_of_arrival:
        other_world.take(LIFE[position])
    for kind in ("Observation", "DiagnosticReport", "Patient", "ServiceRequest", "Specimen"):
        assert _said(world, kind) == _said(other_world, kind)


def test_a_word_between_two_others_has_its_place_though_it_came_last(world: World) -> None:
    first, second, third = (_told(f"1{hour}00", str(hour), result(value="7.2"), f5="LÊ^THỊ MẪU") for hour in range(3))
    noted = [
        first.replace(b"OBX", b"NTE|1||c\xc5\xa9\rOBX"),
        second.replace(b"OBX", b"NTE|1||m\xe1\xbb\x9bi\rOBX"),
        third,
    ]
    for position in (0, 2, 1):
        world.take(noted[position])
    (made,) = world.all_of("DiagnosticReport")
    assert [one["valueAnnotation"]["text"] for one in made["extension"]] == ["mới"]
