"""Records beside records: what one hospital, patient or order number does to another's."""

from __future__ import annotations

import pytest

from gateway.errors import Conflict
from gateway.facility import Facility
from tests.bhyt import building as bhyt
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import HOSPITAL, World

OTHER_HOSPITAL = "01998"


def hiv_test(number: str, who: str) -> bytes:
    return message(header(f10=number), who, order(f4="HIVT^HIV^L"), result("ST", "Âm tính", f3="HIV^HIV Ab^L"))


def another() -> str:
    return patient(f3="BN2^^^79001^MR", f5="TRẦN^THỊ HAI")


def test_two_hospitals_send_their_insured_to_one_gateway(world: World) -> None:
    world.register(Facility(OTHER_HOSPITAL, "Another hospital"))
    summary = {**bhyt.SUMMARY, "MA_CSKCB": OTHER_HOSPITAL}
    others = bhyt.envelope(bhyt.hoso_xml({"XML1": [summary]}), facility=OTHER_HOSPITAL)
    assert [line["status"] for line in world.take(bhyt.whole(), HOSPITAL).exchanges] == ["kept"]
    assert [line["status"] for line in world.take(others, OTHER_HOSPITAL).exchanges] == ["kept"]


def test_an_order_number_of_another_patient_holds_what_the_law_keeps_apart_too(world: World) -> None:
    world.take(hiv_test("1", patient()))
    (line,) = world.take(hiv_test("2", another())).exchanges
    assert line["status"] == "held"
    assert "order-number-reused" in world.exchange(line["id"])["rules"]


def test_a_held_record_costs_the_others_of_its_payload_nothing(world: World) -> None:
    world.take(hiv_test("1", patient()))
    blood = message(header(f10="3"), patient(), order(f2="P9", f3="F9"), result())
    taken = world.take(hiv_test("2", another()) + blood)
    assert [line["status"] for line in taken.exchanges] == ["held", "kept"]


def test_a_released_order_may_be_corrected_by_its_own_patient(world: World) -> None:
    world.take(hiv_test("1", patient()))
    (line,) = world.take(hiv_test("2", another())).exchanges
    world.intake.release(line["id"], "checked by telephone", actor="person")
    assert world.exchange(line["id"])["status"] == "kept"


def test_what_is_not_held_any_more_cannot_be_released_again(world: World) -> None:
    (line,) = world.take(message(header(), patient(), order(), result(value="1,234"))).exchanges
    world.intake.release(line["id"], "read on the instrument", actor="person")
    with pytest.raises(Conflict):
        world.intake.release(line["id"], "again", actor="person")


def test_what_was_refused_cannot_be_released(world: World) -> None:
    (line,) = world.take(message(header(), patient(), order(), result(value="1,234"))).exchanges
    world.intake.refuse(line["id"], "wrong patient", actor="person")
    with pytest.raises(Conflict):
        world.intake.release(line["id"], "after all", actor="person")
