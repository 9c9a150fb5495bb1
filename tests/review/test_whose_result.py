"""Whose result it is: nobody's result lands with another patient, order or unit."""

from __future__ import annotations

import pytest

from gateway.errors import PayloadError
from gateway.mapping.units import quantity_unit
from tests.hl7v2.building import header, holds, message, of_type, only, order, patient, result, segment, translate
from tests.intake.world import World

NAMED = {"f3": "", "f5": "NGUYỄN^VĂN AN", "f7": "1960", "f8": "M"}


def test_two_patients_of_one_name_without_numbers_are_not_one(world: World) -> None:
    world.take(message(header(f10="1"), patient(**NAMED), order(f3="F1", f2=""), result()))
    world.take(message(header(f10="2"), patient(**NAMED), order(f3="F2", f2=""), result()))
    assert len(world.all_of("Patient")) == 2


def test_a_correction_finds_the_patient_without_a_number_by_the_order(world: World) -> None:
    world.take(message(header(f10="1"), patient(**NAMED), order(f22="20261115100000"), result(value="7.2")))
    world.take(message(header(f10="2"), patient(**NAMED), order(f22="20261115110000"), result(value="2.7", f11="C")))
    (found,) = world.all_of("Observation")
    assert found["valueQuantity"]["value"].token == "2.7"


def test_a_patient_known_by_nothing_but_a_name_is_held() -> None:
    assert "hl7v2-patient-without-number" in holds(
        translate(message(header(), patient(**NAMED), order(f2="", f3=""), result()))
    )


@pytest.mark.parametrize(("field", "said"), [("f7", "19550101"), ("f8", "F"), ("f19", "079085001235")])
def test_a_second_patient_of_the_same_name_is_refused(field: str, said: str) -> None:
    first = patient(**{**NAMED, "f19": "079085001234"})
    second = patient(**{**NAMED, "f19": "079085001234", field: said})
    with pytest.raises(PayloadError) as refused:
        translate(message(header(), first, order(), result(), second, order(f3="F2"), result()))
    assert refused.value.issues[0].rule == "hl7v2-two-patients"


def test_the_same_patient_may_be_said_again() -> None:
    made = translate(message(header(), patient(), order(), result(), patient(), order(f2="P2", f3="F2"), result()))
    assert len(of_type(made, "Observation")) == 2
    only(made, "Patient")


def test_a_result_between_an_orc_and_its_obr_is_not_the_order_before() -> None:
    orc = [segment("ORC", {1: "RE", 2: f"P{n}^HIS", 3: f"F{n}^LIS"}) for n in (1, 2)]
    obr = [order(f2=f"P{n}^HIS", f3=f"F{n}^LIS") for n in (1, 2)]
    strays = result(f3="K^Kali^L", value="5.1")
    made = translate(message(header(), patient(), orc[0], obr[0], result(), orc[1], strays, obr[1]))
    first, _ = of_type(made, "DiagnosticReport")
    assert len(first["result"]) == 1
    _, stray = of_type(made, "Observation")
    asked = next(
        one for one in of_type(made, "ServiceRequest") if stray["basedOn"][0]["reference"].endswith(str(one["id"]))
    )
    assert {number["value"] for number in asked["identifier"]} == {"P2", "F2"}


@pytest.mark.parametrize("flow", ["l/phút", "L/phút", "lít/phút"])
def test_litres_a_minute_are_no_rate_a_minute(flow: str) -> None:
    assert quantity_unit(flow) == {"unit": flow}


@pytest.mark.parametrize(("first", "second"), [("BV1", "BV2"), ("79001", "BV2"), ("", "BV2"), ("01999", "01998")])
def test_one_number_of_two_hospitals_is_two_patients_of_their_laboratory(world: World, first: str, second: str) -> None:
    for number, hospital in enumerate((first, second), 1):
        who = patient(f3=f"12345^^^{hospital}^MR", f5=f"NGUYỄN^VĂN {number}")
        world.take(message(header(f10=str(number)), who, order(f2="", f3=f"F{number}"), result()))
    assert len(world.all_of("Patient")) == 2


@pytest.mark.parametrize("own", ["", "79001", "LIS"])
def test_a_number_that_names_its_own_sender_is_the_senders_own(own: str) -> None:
    made = translate(message(header(), patient(f3=f"12345^^^{own}^MR"), order(), result()))
    assert only(made, "Patient")["identifier"][0]["system"] == "urn:vn:cskcb:79001:mrn"


def test_another_hospitals_number_beside_the_own_one_does_not_make_the_patient(world: World) -> None:
    world.take(message(header(f10="1"), patient(f3="12345^^^79001^MR"), order(f2="", f3="F1"), result()))
    referred = patient(f3="12345^^^BV2^MR~777^^^79001^MR", f5="TRẦN^VĂN HAI")
    world.take(message(header(f10="2"), referred, order(f2="", f3="F2"), result()))
    world.take(message(header(f10="3"), patient(f3="777^^^79001^MR", f5="TRẦN^VĂN HAI"), order(f3="F3"), result()))
    assert len(world.all_of("Patient")) == 2
