"""What the drawing of a course draws, what it leaves to the table, and that no number can stop it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.console.chart import Chart, chart
from gateway.reuse.result import PriorResult, Quantity, Taken
from gateway.reuse.series import Point, Shown

BLOOD, URINE = frozenset({("specimens", "BLD")}), frozenset({("specimens", "UR")})
FIRST = datetime(2026, 11, 1, 1, tzinfo=UTC)


def point(text: str, day: int, comparator: str = "", **changes: Any) -> Point:
    at = changes.pop("at", FIRST + timedelta(days=day))
    value = Quantity(Decimal(text), text, comparator, changes.pop("unit", "mmol/L"), "mmol/L")
    prior = PriorResult(
        f"Observation/{day}", 1, frozenset(), "Glucose", "final", "certain", "valid", "79001",
        taken=Taken(at, at, "sampling"), quantity=value, **changes,
    )  # fmt: skip
    return Point(prior, (Shown(value, ()),), comparable=True)


def drawn(*points: Point) -> Chart:
    made = chart(points, (), frozenset(), "vi")
    assert made is not None
    return made


def test_no_line_leads_to_a_value_that_is_only_known_to_lie_beyond_a_limit() -> None:
    made = drawn(point("6.1", 1), point("5.9", 2), point("0.5", 3, "<"), point("6.0", 4), point("6.3", 5))
    assert [mark.arrow for mark in made.marks] == ["", "", "down", "", ""]
    assert [[mark.words[:10] for mark in run] for run in made.courses] == [
        ["02/11/2026", "03/11/2026"], ["05/11/2026", "06/11/2026"],
    ]  # fmt: skip


def test_another_specimen_or_unit_is_not_on_the_same_line() -> None:
    blood = [point(text, day, specimen=BLOOD) for text, day in (("5.1", 1), ("5.5", 4))]
    made = drawn(blood[0], point("55", 2, specimen=URINE), point("99", 3, unit="mg/dL", specimen=BLOOD), blood[1])
    assert (len(made.marks), made.left_out) == (2, 2)
    assert made.unit == "mmol/L"


@pytest.mark.parametrize("odd", ["1.00000000000000000000000000000000000001", "1E+400", "1E-400", "NaN", "Infinity"])
def test_a_number_that_nobody_measured_is_left_to_the_table(odd: str) -> None:
    made = drawn(point("1", 1), point(odd, 2), point("2", 3))
    assert (len(made.marks), made.left_out) == (2, 1)


@pytest.mark.parametrize("close", ["1.0000000000000000000000000013", "1.000000000000000000000000000001"])
def test_two_values_that_differ_in_the_last_digit_have_an_end(close: str) -> None:
    """A step smaller than the digits that are reckoned with would never lead from one to the other."""
    assert 2 <= len(drawn(point("1", 1), point(close, 2)).ticks) <= 8


def test_a_result_dated_at_the_end_of_the_calendar_is_drawn() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert "9999" in drawn(point("1", 1), point("2", 2, at=last)).days[-1][1]
