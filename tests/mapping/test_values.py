"""What a written value means: never more than was written, never less, never turned round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.jsontext import Number, dumps
from gateway.mapping.values import SOURCE_TEXT, measured, number, quantity, simple_range

digits = st.from_regex(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?", fullmatch=True)


@given(digits)
def test_a_plain_number_keeps_every_digit(text: str) -> None:
    made = number(text, decimal_comma=False)
    assert made is not None
    assert dumps(made).decode() == text


@given(st.text(max_size=20), st.booleans())
def test_number_never_raises_and_writes_json_or_nothing(text: str, comma: bool) -> None:
    made = number(text, decimal_comma=comma)
    if made is not None:
        assert float(dumps(made)) == float(made)


@given(digits)
def test_with_decimal_commas_the_comma_is_the_point(text: str) -> None:
    whole, _, fraction = text.partition(".")
    if len(fraction) == 3 and whole.lstrip("-") != "0":
        return  # three digits could be thousands
    made = number(text.replace(".", ","), decimal_comma=True)
    assert made == Number(text)


@pytest.mark.parametrize(
    "text", ["1,234", "7,2", "1.234,5", "1,2,3", "", ".", "-", "abc", "1e5", "+3", "--1", "1 2", "٣"]
)
def test_what_could_be_two_numbers_or_none_is_no_number(text: str) -> None:
    assert number(text, decimal_comma=False) is None


@pytest.mark.parametrize("text", ["1,234", "1.234", "12.345.678", "1.234,5", "1,2,3"])
def test_groups_of_three_are_no_number_where_commas_are_decimal(text: str) -> None:
    assert number(text, decimal_comma=True) is None


def test_more_digits_than_fhir_carries_stay_text() -> None:
    assert number("1" * 18, decimal_comma=False) is not None
    assert number("1" * 19, decimal_comma=False) is None


@given(st.sampled_from(["<", "<=", ">", ">=", "≤", "≥", "=<", "=>"]), digits)
def test_a_comparator_keeps_its_side(sign: str, text: str) -> None:
    made = quantity(f"{sign} {text}", "mg/L", decimal_comma=False)
    assert made is not None
    assert (made["comparator"][0] == "<") is (sign in ("<", "<=", "≤", "=<"))
    assert ("=" in made["comparator"]) is (sign not in ("<", ">"))


@pytest.mark.parametrize("text", ["0065.88", ".5", "5.", "007", "-00.5"])
def test_what_json_cannot_write_stands_beside_the_number(text: str) -> None:
    made = quantity(text, "", decimal_comma=False)
    assert made is not None
    assert made["extension"] == [{"url": SOURCE_TEXT, "valueString": text}]
    assert float(made["value"]) == float(text)


@pytest.mark.parametrize(
    ("text", "unit", "element", "rule"),
    [
        ("7.2", "mmol/L", "Quantity", ""),
        ("<5", "mg/L", "Quantity", ""),
        ("007", "", "String", ""),
        ("0", "", "Quantity", ""),
        ("0.5", "", "Quantity", ""),
        ("1:128", "", "Ratio", ""),
        ("2-4", "/HPF", "Range", ""),
        ("2-4", "", "String", ""),
        ("4-2", "/HPF", "String", ""),
        ("++", "", "String", ""),
        ("+3", "g/L", "String", ""),
        ("Âm tính", "g/L", "String", ""),
        ("7,2", "g/L", "String", "value-number-ambiguous"),
        ("<1,234", "g/L", "String", "value-number-ambiguous"),
        ("", "", "String", ""),
    ],
)
def test_a_text_is_what_it_says(text: str, unit: str, element: str, rule: str) -> None:
    made = measured(text, unit, decimal_comma=False)
    assert (made.element, made.rule) == (element, rule)
    if element == "String":
        assert made.value == text


@given(st.text(max_size=15), st.sampled_from(["", "g/L"]), st.booleans())
def test_whatever_is_written_something_is_kept(text: str, unit: str, comma: bool) -> None:
    made = measured(text, unit, decimal_comma=comma)
    assert made.element in ("Quantity", "Ratio", "Range", "String")
    assert made.element != "String" or made.value == text


@given(digits, digits)
def test_a_range_is_low_to_high_or_none(low: str, high: str) -> None:
    made = simple_range(f"{low}-{high}", "g/L", decimal_comma=False)
    if made is not None:
        assert made["low"]["value"] == Number(low)
        assert made["low"]["value"] <= made["high"]["value"]


@pytest.mark.parametrize("text", ["<85", ">=2", "4-", "-4", "4–", "1-2-3", "4 to 5", "10-4"])
def test_a_bound_is_no_range(text: str) -> None:
    assert simple_range(text, "", decimal_comma=False) is None
