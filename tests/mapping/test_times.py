"""No precision is invented, and an impossible date is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.ledger import CannotPlace
from gateway.mapping.times import ZERO_FILLED, earliest, offset, read_birth, read_instant, read_time


@pytest.mark.parametrize(
    ("written", "text", "note", "lost"),
    [
        ("2026", "2026", "", ""),
        ("202611", "2026-11", "", ""),
        ("20261115", "2026-11-15", "", ""),
        ("2026111508", "2026-11-15", "", "hour"),
        ("202611150830", "2026-11-15T08:30:00+07:00", ZERO_FILLED, ""),
        ("20261115083015", "2026-11-15T08:30:15+07:00", "", ""),
        ("20261115083015.123", "2026-11-15T08:30:15.123+07:00", "", ""),
        ("20261115083015+0000", "2026-11-15T08:30:15+00:00", "", ""),
        ("20240229", "2024-02-29", "", ""),
    ],
)
def test_a_time_is_as_precise_as_it_was_written(written: str, text: str, note: str, lost: str) -> None:
    made = read_time(written, "+07:00")
    assert (made.text, made.note, made.lost) == (text, note, lost)


@pytest.mark.parametrize(
    "written",
    ["", "202", "20261301", "20260230", "20230229", "202611152460", "20261115246000", "220241021055726", "2026-11-15",
     "20261115083015+1500", "00001231", "20261115x", "２０２６"],
)  # fmt: skip
def test_an_impossible_time_is_none(written: str) -> None:
    with pytest.raises(CannotPlace, match="time-impossible"):
        read_time(written, "+07:00")


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001  wall-clock times
def test_a_written_moment_is_that_moment(moment: datetime) -> None:
    made = read_time(moment.strftime("%Y%m%d%H%M%S"), "+07:00")
    assert earliest(made.text) == moment.replace(microsecond=0, tzinfo=timezone(timedelta(hours=7)))


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_cannot_be_placed(text: str) -> None:
    try:
        made = read_time(text, "+07:00")
    except CannotPlace:
        return
    assert earliest(made.text).tzinfo is not None


def test_a_date_alone_is_no_instant() -> None:
    with pytest.raises(CannotPlace, match="time-not-an-instant"):
        read_instant("20261115", "+07:00")
    assert read_instant("202611150830", "+07:00").has_time


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("1972", "1972"),
        ("19720000", "1972"),
        ("197200000000", "1972"),
        ("19900300", "1990-03"),
        ("199003150000", "1990-03-15"),
        ("202611150830", "2026-11-15T08:30:00+07:00"),
    ],
)
def test_zeros_in_a_birth_date_are_what_is_unknown(written: str, text: str) -> None:
    assert read_birth(written).text == text


@pytest.mark.parametrize("written", ["", "197", "1972000", "19721301", "19900015"])
def test_a_birth_date_that_is_none_cannot_be_placed(written: str) -> None:
    with pytest.raises(CannotPlace):
        read_birth(written)


def test_an_offset_is_of_this_world() -> None:
    assert offset("+0700") == offset("+07:00") == "+07:00"
    for written in ("+1500", "0700", "+07", "+0760"):
        with pytest.raises(CannotPlace):
            offset(written)


def test_a_date_counts_from_its_first_moment_here() -> None:
    assert earliest("2026-11-15") == datetime(2026, 11, 14, 17, tzinfo=UTC)
    assert earliest("2026") == datetime(2025, 12, 31, 17, tzinfo=UTC)
