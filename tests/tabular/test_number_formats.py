"""What a number format shows beside a cell's digits: it is another result than the digits, and a person must look."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.tabular.number_format import says_more
from tests.tabular.building import of, rules, translation
from tests.tabular.test_xlsx import ROW, workbook


def _formatted(value: Any, shown: str) -> bytes:
    def form(_book: Any, sheet: Any) -> None:
        sheet["D2"].number_format = shown

    return workbook([*ROW[:3], value], change=form)


def test_a_sign_that_only_the_number_format_shows_holds_the_report() -> None:
    made = translation(_formatted(2, '"<"0.0'))
    assert [(hold.rule, hold.expression) for hold in made.holds] == [("table-format-says-more", "row 2, column KQ")]


def test_a_sign_that_the_format_of_text_shows_holds_the_report() -> None:
    made = translation(_formatted("2", '"<"@'))
    assert [hold.rule for hold in made.holds] == ["table-format-says-more"]


def test_a_format_of_colours_and_digits_is_told_and_holds_nothing() -> None:
    made = translation(_formatted(7.25, "[Red]0.00"))
    assert rules(made) == [("table-number-format", "row 2, column KQ")]
    assert str(of(made, "Observation")[0]["valueQuantity"]["value"]) == "7.25"
    assert not made.held


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((2, '"<"0.0'), (2, "<0.0"), (2, ">0"), (2, r"\<0.0"), (2, '"≤"0.0'), (2, "≥0"), (2, '[Red]"<"0')),
        *((2, '0.0" g/L"'), (2, r"0\.0"), (25, '0"."0'), (2000, "0,"), (2000, "#,##0,"), (2000, "0.0,,")),
        *((0.05, "[Red]0%"), (0.5, "# ?/?"), (2, "-0.0"), (2, "+0"), (-3, "0.0;0.0"), (0, '0.0;-0.0;"KPH"')),
        *((0, "0;-0;"), (2, ";;;"), (2, '"<"General'), (2, '"<"@'), (2, '[<3.5]"<3.5";0.0'), (7, "[$€-2] 0.0")),
        *(("2", '"<"@'), ("2", ";;;"), ("2", '0;-0;0;"<"@'), (2, "*<0"), (2, '0.0"x')),
    ],
)  # fmt: skip
def test_a_format_says_more_than_the_digits(value: Any, shown: str) -> None:
    assert says_more(value, shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((2.5, "[Red]0.0"), (2.5, "[Color 12]0.0"), (2.5, "[Red][>5]0.0;0.0"), (-3, "0.0;[Red]0.0")),
        *((-3, "0.0;-0.0"), (2.5, "0.0##"), (1234, "#,##0.0#"), (1e-7, "0.00E+00"), (2, "[Red]General")),
        *((-3, "#,##0_);[Red](#,##0)"), (-3, r"_(* #,##0_);_(* \(#,##0\);_(* \"-\"_);_(@_)"), (2, "[$-42A]0.0")),
        *((1234, "# ##0"), (2, '0.0;-0.0;"KPH"'), (2, '0.0;@'), (-2, "0.0"), (2, ".00")),
        *(("2", "[Red]0.0"), ("2", "@"), ("2", "General"), ("2", '0.0" g/L"'), ("2", "_-@_-"), ("2", "0;-0;0;@")),
    ],
)  # fmt: skip
def test_a_format_shows_the_digits_and_no_more(value: Any, shown: str) -> None:
    assert not says_more(value, shown)
