"""UCUM codes: what is one and what only looks so. https://ucum.org/ucum"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.units import unit_table
from gateway.r4 import check
from gateway.r4.ucum import is_symbol, is_ucum
from tests.r4.samples import found, observation

# Taken from the specification, its functional tests (github.com/FHIR/Ucum-java) and R4's value set ucum-common.
UNITS = """m /m 10*3/ul 10*-3/ul 10*+3/ul m[H2O] 10*23 10^9/L rad2 m3.kg-1.s-2 4.[pi].10*-7.N/A2 rad2{a}
    {a}.rad2{b} 1{c} {e} % dB[10.nV] umol/2.h dyn.s/(cm5.m2) [in_i'Hg] g.m/{hb} mL/{hb}.m2 10.L/(min.m2) /{tot}
    /[arb'U] pH [pH] '' ' m[IU]/L u[iU]/mL Cel [degF] mm[Hg] B[SPL] mmol/(8.h.kg) 10*3{rbc} kg{body_wt}
    (m.(s/(kg))) dag KiBy [m/s2/Hz^(1/2)] m2.5 L l"""
NOT_UNITS = """m/ 10+3/ul rad2{錠} {a}rad2{b} {|}1 iU molv [BETH'U] [iIU] [iIU]/d g/12h mmol/kg[H20] m[iIU]/L
    cm[H20] ug(8.h) ug(8hr) mg//dL [no-such-unit] mg/(dL millilitres 10*^x // () m) ( .m m. kmin { } {}} m[
    m[IU m] (/m) m{a}{b} 2m mMol/L MMOL/L mmHg lít K/µL x10 10e9/L (m){a}b m+"""


@pytest.mark.parametrize("unit", [*UNITS.split(), "{clock time}"])
def test_ucum_has(unit: str) -> None:
    assert is_ucum(unit)


@pytest.mark.parametrize("unit", [*NOT_UNITS.split(), "", " ", "m ", " m", "m s", "m\n"])
def test_ucum_has_not(unit: str) -> None:
    assert not is_ucum(unit)


_units = st.recursive(
    st.sampled_from(["m", "kg", "mol", "[IU]", "m[Hg]", "10*", "2", "{a b}", "%", "u[IU]{x}", "10*-3", "s2"]),
    lambda inner: st.builds("{}{}{}".format, inner, st.sampled_from("./"), inner) | st.builds("({})".format, inner),
)


@given(_units)
def test_what_is_built_by_the_grammar_is_ucum(unit: str) -> None:
    assert is_ucum(unit)
    assert is_ucum(f"/{unit}")
    assert not is_ucum(f"{unit}/")
    assert not is_ucum(f"({unit}")
    assert not is_ucum(f"{unit})")


@given(st.text(alphabet="mgkLK[]{}()./10*-+ HI^", max_size=30))
def test_brackets_of_a_unit_stand_in_pairs(text: str) -> None:
    plain = re.sub(r"\{[^{}]*\}", "", text)  # an annotation may hold other brackets as it likes
    assert not is_ucum(text) or all(plain.count(left) == plain.count(right) for left, right in ("()", "[]", "{}"))


@pytest.mark.parametrize("text", ["(" * 100_000 + "m" + ")" * 100_000, "m." * 100_000 + "m"])
def test_nesting_and_length_are_counted_and_not_feared(text: str) -> None:
    assert is_ucum(text)
    assert not is_ucum(text[:-1] + "?")


def test_only_metric_units_take_a_prefix() -> None:
    assert [text for text in ("kPa", "dag", "MiBy", "m[IU]") if not is_symbol(text)] == []
    assert [text for text in ("kmin", "m[lb_av]", "kk", "k", "kkg", "d10*", "m%") if is_symbol(text)] == []


@pytest.mark.parametrize("code", ["mg//dL", "millilitres", "mMol/L"])
def test_a_quantity_or_coding_that_says_ucum_of_what_is_not_is_told_so(code: str) -> None:
    quantity = {"value": 1, "unit": "x", "system": "http://unitsofmeasure.org", "code": code}
    assert found(observation(valueQuantity=quantity)) == [("r4-ucum", "Observation.value.code")]
    coding = {"system": "http://unitsofmeasure.org", "code": code}
    concept = observation(valueQuantity=None, valueCodeableConcept={"coding": [coding]})
    del concept["valueQuantity"]
    assert found(concept) == [("r4-ucum", "Observation.value.coding[0].code")]
    assert {issue.severity for issue in (*check(concept), *check(observation(valueQuantity=quantity)))} == {"warning"}


@pytest.mark.parametrize("unit", [{"unit": "viên"}, {"unit": "v", "system": "http://a.example", "code": "viên"}])
def test_a_unit_of_another_system_or_of_none_need_not_be_ucum(unit: dict[str, str]) -> None:
    assert found(observation(valueQuantity={"value": 1, **unit})) == []


def test_our_table_of_units_gives_ucum_and_nothing_else() -> None:
    assert [code for code in unit_table().values() if not is_ucum(code)] == []
