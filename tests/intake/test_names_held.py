"""What facilities call a standard's code that they send: found by the index, without what the law keeps apart."""

from __future__ import annotations

from gateway.store.names_held import names_held
from gateway.terminology.suggestions import Named
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import HOSPITAL, LAB, World

LOINC = "http://loinc.org"


def sent(world: World, test: str, control: str, facility: str = LAB) -> None:
    told = order(f2=f"P{control}^HIS", f3=f"F{control}^LIS"), result(f3=test, f6="mmol/L")
    world.take(message(header(f10=control, f4=facility), patient(), *told), facility)


def test_each_name_is_told_once_for_a_facility_and_a_code_with_its_unit(world: World) -> None:
    sent(world, "GLU^Đường máu^L^14749-6^Glucose^LN", "1")
    sent(world, "GLU^Đường máu^L^14749-6^Glucose^LN", "2")
    sent(world, "GL^Glucose máu^L^14749-6^Glucose^LN", "3", HOSPITAL)
    sent(world, "NA^Natri^L", "4")
    with world.store.read() as connection:
        found = names_held(connection)
    assert {one for one in found if one.system == LOINC} == {
        Named(LAB, LOINC, "14749-6", "Đường máu", "mmol/L"), Named(HOSPITAL, LOINC, "14749-6", "Glucose máu", "mmol/L"),
    }  # fmt: skip
    assert len(found) == len(set(found))


def test_what_the_law_keeps_apart_is_not_told(world: World) -> None:
    sent(world, "HIV^Anti-HIV^L^7917-8^HIV^LN", "1")
    with world.store.read() as connection:
        assert names_held(connection) == []
