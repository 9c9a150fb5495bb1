"""What is suggested for a code or a unit nobody decided: by name, by unit, and by what other facilities decided."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bench.panels import PANELS, Quantity
from gateway.r4.code_forms import is_loinc
from gateway.r4.ucum import is_ucum
from gateway.terminology.decision import LOINC, Decision
from gateway.terminology.suggestions import MOST, Decided, Named, likeness, suggested, suggested_unit
from gateway.terminology.suggestions import tests as known_tests
from gateway.terminology.unmapped import Seen, undecided

AT = datetime(2026, 11, 22, tzinfo=UTC)
GLUCOSE, GLUCOSE_BY_MASS = "14749-6", "2345-7"


def codes(code: str, display: str = "", unit: str = "") -> list[str]:
    return [one.code for one in suggested(code, display, unit, ())]


def decision(facility: str, code: str, target: str, equivalence: str = "equivalent") -> Decision:
    system = f"urn:vn:cskcb:{facility}:codesystem:L"
    return Decision(1, facility, "code", system, code, LOINC, target, "", equivalence, "Thu", AT)


def seen(facility: str, code: str, display: str, unit: str = "", times: int = 1) -> Seen:
    system = f"urn:vn:cskcb:{facility}:codesystem:L"
    return Seen(facility, "code", system, code, display, "Observation.code", unit, times, AT, AT)


def test_every_code_shipped_is_a_loinc_code_in_units_of_ucum() -> None:
    assert [one.code for one in known_tests() if not is_loinc(one.code)] == []
    assert [unit for one in known_tests() for unit in one.units if not is_ucum(unit)] == []


@pytest.mark.parametrize(
    ("local", "name", "unit", "loinc"),
    [(one.local, one.name, one.unit if isinstance(one, Quantity) else "", one.loinc)
     for panel in PANELS for one in panel.tests],
)  # fmt: skip
def test_the_tests_of_a_laboratory_are_recognised_by_their_vietnamese_names(
    local: str, name: str, unit: str, loinc: str
) -> None:
    assert codes(local, name, unit)[0] == loinc
    assert codes("?", name, unit)[0] == loinc


@pytest.mark.parametrize("name", ["Đường máu", "duong mau", "ĐƯỜNG MÁU", "Glucose", "Định lượng Glucose máu"])
def test_a_name_is_recognised_with_and_without_diacritics_and_in_english(name: str) -> None:
    assert codes("X", name, "mmol/L")[0] == GLUCOSE


def test_the_unit_tells_one_kind_of_quantity_from_another() -> None:
    assert codes("GLU", "Glucose", "mmol/L") == [GLUCOSE]
    assert codes("GLU", "Glucose", "mg/dL") == [GLUCOSE_BY_MASS]
    assert set(codes("GLU", "Glucose")) >= {GLUCOSE, GLUCOSE_BY_MASS}


@pytest.mark.parametrize("name", ["Glucose niệu", "Glucose nước tiểu", "Glucose dịch não tủy", "Glucose, urine"])
def test_no_test_of_blood_is_suggested_for_another_specimen(name: str) -> None:
    assert {GLUCOSE, GLUCOSE_BY_MASS}.isdisjoint(codes("GLU", name))


def test_nothing_is_suggested_for_what_is_like_nothing() -> None:
    assert codes("SA01", "Siêu âm ổ bụng tổng quát") == []


def test_what_another_facility_decided_of_a_test_of_that_name_is_suggested_and_says_whose_it_is() -> None:
    waits = seen("01999", "H1", "Hormon lạ X")
    other = seen("79001", "HX", "Hormon lạ X")
    (told,) = undecided([decision("79001", "HX", "2143-6")], [waits, other], "01999")
    assert [(one.code, one.origin) for one in told[1]] == [("2143-6", "79001")]
    less = undecided([decision("79001", "HX", "2143-6", "wider")], [waits, other], "01999")
    assert [one for _, one in less] == [[]]


def test_only_what_nobody_decided_is_told_by_facility() -> None:
    everything = [seen("01999", "A", "a"), seen("01999", "B", "b"), seen("79001", "A", "a")]
    own = decision("01999", "A", "2143-6")
    assert [(one.facility, one.code) for one, _ in undecided([own], everything)] == [("01999", "B"), ("79001", "A")]


@pytest.mark.parametrize(
    ("text", "code"), [("mmol/lít", "mmol/L"), ("x 10^9/lít", "10*9/L"), ("UI/lít", "[IU]/L"), ("mg / dl", "mg/dL")]
)
def test_a_unit_written_a_little_differently_suggests_the_one_of_the_table(text: str, code: str) -> None:
    assert code in [one.code for one in suggested_unit(text)]


def test_a_suggestion_says_what_it_rests_on_which_name_is_alike_and_that_the_unit_fits() -> None:
    first, *_ = suggested("X", "Đường máu", "mmol/l", ())
    assert (first.code, first.origin, first.how, first.unit) == (GLUCOSE, "loinc", "listed", "mmol/L")
    assert likeness(first.matched, "Đường máu") == first.likeness
    by_code, *_ = suggested("GLU", "", "", ())
    assert (by_code.matched, by_code.unit) == ("GLU", "")
    assert first.told().endswith("% (listed: loinc, mmol/L)")


def test_what_a_facility_sends_beside_a_standard_code_is_suggested_and_others_that_agree_are_named() -> None:
    held = [
        Named("01999", LOINC, "2143-6", "Hormon lạ X", "nmol/L"),
        Named("79002", LOINC, "2143-6", "Hormon lạ X", "nmol/L"),
    ]
    (told,) = suggested("H1", "hormon la X", "nmol/L", (), held)
    assert (told.code, told.how, told.origin, told.also, told.unit) == ("2143-6", "sent", "01999", ("79002",), "nmol/L")
    assert suggested("H1", "hormon la X", "mg/dL", (), held) == []
    assert suggested("H1", "", "", (), held) == []
    decided = [Decided(decision("79003", "HX", "2143-6"), "Hormon lạ X")]
    (both,) = suggested("H1", "Hormon lạ X", "", decided, held)
    assert {both.origin, *both.also} == {"79003", "01999", "79002"}


def test_what_a_facility_sends_by_a_decision_only_is_no_word_of_its_own() -> None:
    waits, held = seen("01999", "H1", "Hormon lạ X"), [Named("79001", LOINC, "2143-6", "Hormon lạ X", "")]
    taken_back = [decision("79001", "HX", "2143-6"), decision("79001", "HX", "", "")]
    assert undecided(taken_back, [waits], "01999", held)[0][1] == []
    assert [one.how for one in undecided([], [waits], "01999", held)[0][1]] == ["sent"]


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_whatever_is_asked_at_most_three_are_suggested_each_between_nothing_and_the_same(
    code: str, display: str, unit: str
) -> None:
    found = [*suggested(code, display, unit, ()), *suggested_unit(unit)]
    assert len(found) <= 2 * MOST
    assert all(0 < one.likeness <= 1 for one in found)
    assert likeness(code, display) == likeness(display, code)
