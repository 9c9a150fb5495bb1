"""A period at first look: its ends are in order wherever it says so, and it says so of those that are written daily."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4.fhirpath import Environment, Node, compile_text
from gateway.r4.quick.periods import in_order
from gateway.r4.schema import primitive, type_named

PERIOD = type_named("Period")
_days = st.sampled_from(["0001-01-01", "0001-12-31", "2026-02-28", "2026-03-01", "9998-12-31", "9999-12-31", "2026-11"])
_clocks = st.sampled_from(["T00:00:00", "T23:59:59", "T23:59:60", "T07:30:00", "T07:30:00.5"])
_zones = st.sampled_from(["+07:00", "-07:00", "+00:00", "Z"])
_ends = _days | st.builds("{}{}{}".format, _days.filter(lambda day: len(day) == 10), _clocks, _zones)


@given(st.fixed_dictionaries({}, optional={"start": _ends, "end": _ends}))
def test_ends_that_it_finds_in_order_are_in_order(period: dict[str, str]) -> None:
    node = Node(period, None, PERIOD)
    assert all(primitive("dateTime").broken(one) is None for one in period.values())
    if in_order(period):
        assert compile_text("start <= end").on(Environment(node, node, node)) is True


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T07:30:00+07:00", "2026-11-23T07:00:00+07:00"),
    ],
)
def test_what_is_written_daily_is_settled(start: str, end: str) -> None:
    assert in_order({"start": start, "end": end})
    assert start == end or not in_order({"start": end, "end": start})


@pytest.mark.parametrize("end", ["2026-11-22T08:00:00+08:00", "2026-11-23", "2026-11-22T07:30:00.5+07:00", ""])
def test_two_ways_of_writing_are_left_to_the_expression(end: str) -> None:
    assert not in_order({"start": "2026-11-22T07:30:00+07:00", "end": end})
