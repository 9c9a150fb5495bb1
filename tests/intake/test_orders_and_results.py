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


def test_a_medicine_under_a_number_of_another_patient_is_held(world: World) -> None:
    world.take(ordered("0800"))
    told = header(f9="ORM^O01", f10="4")
    taken = world.take(message(told, patient(f3="BN2^^^79001^MR"), "ORC|NW|P1^HIS", "RXO|A^Thuốc A^L|1||viên^viên^L"))
    (line,) = taken.exchanges
    assert "order-number-reused" in world.exchange(line["id"])["rules"]


def test_an_order_of_what_the_law_keeps_apart_is_kept_apart_alone(world: World) -> None:
    orc = "ORC|NW|P1^HIS||||||||NV1^LÊ^MỘT"
    told = order(f2="P1", f3="", f4="HIVAB^HIV Ab^L", f7="", f25="")
    world.take(
        message(header(f9="OML^O21"), patient(), orc, told, orc.replace("P1", "P2"), order(f2="P2", f3="", f25=""))
    )
    assert [one["code"]["coding"][0]["code"] for one in world.all_of("ServiceRequest")] == ["CBC"]
    assert len(world.all_of("ServiceRequest", sensitive=True)) == 2
