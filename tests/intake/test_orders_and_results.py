"""An order, its result and its cancellation are words about one request; a recycled number is nobody's."""

from __future__ import annotations

from tests.hl7v2.building import header, message, order, patient, result, segment
from tests.intake.world import World


def ordered(at: str, control: str = "NW", number: str = "1", who: str = "BN1^^^79001^MR") -> bytes:
    """An OML of 2026-11-15 HH:MM about order P1."""
    orc = segment("ORC", {1: control, 2: "P1^HIS", 9: f"20261115{at}00", 16: "XN^Xét nghiệm định kỳ^L"})
    told = header(f7=f"20261115{at}00", f9="OML^O21^OML_O21", f10=number)
    return message(told, patient(f3=who), orc, order(f2="P1^HIS", f3="", f5="S", f7="", f25=""), "NTE|1||Nhịn ăn")


def reported(at: str, number: str = "2", who: str = "BN1^^^79001^MR") -> bytes:
    told = order(f2="P1", f3="F1^LIS", f22=f"20261115{at}00")
    return message(header(f7=f"20261115{at}00", f10=number), patient(f3=who), told, result())


def test_the_result_finds_its_order_and_takes_nothing_from_it(world: World) -> None:
    world.take(ordered("0800"))
    world.take(reported("1000"))
    (request,) = world.all_of("ServiceRequest")
    (report,) = world.all_of("DiagnosticReport")
    assert report["basedOn"][0]["reference"].endswith(request["id"])
    assert [one["value"] for one in request["identifier"]] == ["P1", "F1"]
    assert (request["status"], request["priority"]) == ("active", "stat")
    assert request["note"] == [{"text": "Nhịn ăn"}]


def test_an_order_that_comes_behind_its_result_is_the_same_request(world: World) -> None:
    world.take(reported("1000"))
    world.take(ordered("0800"))
    (request,) = world.all_of("ServiceRequest")
    assert {one["value"] for one in request["identifier"]} == {"P1", "F1"}
    assert (request["status"], request["priority"]) == ("active", "stat")


def test_a_cancelled_order_is_revoked_whatever_its_result_leaves_unsaid(world: World) -> None:
    world.take(ordered("0800"))
    world.take(ordered("0900", "CA", number="3"))
    world.take(reported("1000"))
    (request,) = world.all_of("ServiceRequest")
    assert request["status"] == "revoked"
    assert [one["status"] for one in world.versions("ServiceRequest", request["id"])][-2:] == ["revoked", "active"]


def test_an_order_under_a_number_of_another_patient_is_held(world: World) -> None:
    world.take(reported("1000"))
    taken = world.take(ordered("1100", who="BN2^^^79001^MR"))
    (line,) = taken.exchanges
    assert line["status"] == "held"
    assert "order-number-reused" in world.exchange(line["id"])["rules"]
    assert len(world.all_of("ServiceRequest")) == 1
