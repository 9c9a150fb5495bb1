"""A value in another unit: by a row only, no digit lost, no comparator turned round."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reuse.conversions import converted, converted_range, same_amount
from gateway.reuse.result import Quantity, ReferenceRange
from gateway.reuse.rules import Conversion
from tests.reuse.reusable import measured

GLUCOSE = (Conversion("glucose", "mmol/L", "mg/dL", "18.016", "0", "molar mass"),)


def row(factor: str, offset: str = "0") -> tuple[Conversion, ...]:
    return (Conversion("x", "a", "b", factor, offset, "a source"),)


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        ("5.4", "mmol/L", "mg/dL", "97"),
        ("5.40", "mmol/L", "mg/dL", "97.3"),
        ("100", "mg/dL", "mmol/L", "5.55"),
        ("0", "mmol/L", "mg/dL", "0"),
    ],
)
def test_digits_follow_those_of_the_source(value: str, unit: str, to: str, expected: str) -> None:
    found = converted(measured(value, unit), to, GLUCOSE)
    assert found is not None
    assert (found.text, found.unit) == (expected, to)


def test_an_offset_is_added_one_way_and_taken_off_the_other() -> None:
    celsius = measured("37.0", "a")
    there = converted(celsius, "b", row("1.8", "32"))
    assert there is not None
    assert there.number == Decimal("98.6")
    back = converted(there, "a", row("1.8", "32"))
    assert back is not None
    assert abs(back.number - celsius.number) < Decimal("0.1")


@given(st.sampled_from(["<", "<=", ">", ">="]), st.decimals(-1000, 1000, places=2), st.sampled_from(["2", "-2"]))
def test_a_comparator_is_kept_and_never_turned_round(comparator: str, number: Decimal, factor: str) -> None:
    for unit, other in (("a", "b"), ("b", "a")):
        found = converted(Quantity(number, str(number), comparator, unit), other, row(factor))
        if factor == "-2":
            assert found is None
        else:
            assert found is not None
            assert found.comparator == comparator


@given(st.decimals(Decimal("0.001"), 10**6, places=3), st.sampled_from(["18.016", "0.0113", "88.4", "0.1", "1"]))
def test_there_and_back_gives_the_source_again_to_its_last_digit(number: Decimal, factor: str) -> None:
    there = converted(Quantity(number, str(number), unit="a"), "b", row(factor))
    assert there is not None
    back = converted(there, "a", row(factor))
    assert back is not None
    assert abs(back.number - number) <= Decimal("0.001")


@pytest.mark.parametrize("factor", ["0", "", "two", "NaN", "Infinity", "1E+90"])
def test_a_row_that_is_no_factor_converts_nothing(factor: str) -> None:
    assert converted(measured("5.4", "a"), "b", row(factor)) is None


@given(st.decimals(), st.text(max_size=4), st.text(max_size=4))
def test_no_number_and_no_row_raise(number: Decimal, factor: str, offset: str) -> None:
    value = Quantity(number, str(number), unit="a")
    converted(value, "b", row(factor, offset))
    same_amount(value, Quantity(number, "", unit="b"), row(factor, offset))


def test_without_a_row_nothing_is_converted_and_nothing_is_the_same() -> None:
    assert converted(measured("48", "mmol/mol"), "%", GLUCOSE) is None
    assert converted(measured("5.4", ""), "mg/dL", GLUCOSE) is None
    assert not same_amount(measured("5.4", "mmol/L"), measured("5.4", "mg/dL"), ())


def test_the_same_amount_is_known_in_either_unit() -> None:
    assert same_amount(measured("5.4", "mmol/L"), measured("97", "mg/dL"), GLUCOSE)
    assert same_amount(measured("97", "mg/dL"), measured("5.4", "mmol/L"), GLUCOSE)
    assert not same_amount(measured("5.4", "mmol/L"), measured("117", "mg/dL"), GLUCOSE)
    assert not same_amount(measured("5.4", "mmol/L", "<"), measured("97", "mg/dL"), GLUCOSE)


def test_a_range_is_converted_whole_or_not_at_all() -> None:
    limits = ReferenceRange(measured("3.9", "mmol/L"), measured("6.1", "mmol/L"))
    found = converted_range(limits, "mg/dL", GLUCOSE)
    assert found is not None
    assert found.low is not None
    assert found.low.text == "70"
    assert converted_range(ReferenceRange(limits.low, measured("6.1", "g")), "mg/dL", GLUCOSE) is None
    assert converted_range(ReferenceRange(measured("1", "a")), "b", row("-2")) is None
