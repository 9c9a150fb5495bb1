"""A date is the interval it covers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.search.dates import BEGINNING, END, interval, intervals

HANOI = timezone(timedelta(hours=7))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(when: datetime) -> int:
    return (when - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01T00:00:00+07:00", "2024-12-31T23:59:59.999999+07:00"),
        ("2024-02", "2024-02-01T00:00:00+07:00", "2024-02-29T23:59:59.999999+07:00"),
        ("2025-12", "2025-12-01T00:00:00+07:00", "2025-12-31T23:59:59.999999+07:00"),
        ("2026-11-22", "2026-11-22T00:00:00+07:00", "2026-11-22T23:59:59.999999+07:00"),
        ("2026-11-22T10:05", "2026-11-22T10:05:00+07:00", "2026-11-22T10:05:59.999999+07:00"),
        ("2026-11-22T10:05Z", "2026-11-22T10:05:00+00:00", "2026-11-22T10:05:59.999999+00:00"),
        ("2026-11-22T10:05:06", "2026-11-22T10:05:06+07:00", "2026-11-22T10:05:06.999999+07:00"),
        ("2026-11-22T10:05:06-03:30", "2026-11-22T10:05:06-03:30", "2026-11-22T10:05:06.999999-03:30"),
        ("2026-11-22T10:05:06 07:00", "2026-11-22T10:05:06+07:00", "2026-11-22T10:05:06.999999+07:00"),
        ("2026-11-22T10:05:06.1Z", "2026-11-22T10:05:06.1+00:00", "2026-11-22T10:05:06.199999+00:00"),
        ("2026-11-22T10:05:06.123456789Z", "2026-11-22T10:05:06.123456+00:00", "2026-11-22T10:05:06.123456+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00", "2016-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_date_covers_what_its_precision_leaves_open(text: str, first: str, last: str) -> None:
    assert interval(text) == (micros(datetime.fromisoformat(first)), micros(datetime.fromisoformat(last)))


def test_the_first_and_the_last_year_have_room() -> None:
    first, last = interval("0001"), interval("9999")
    assert first is not None
    assert last is not None
    assert BEGINNING < first[0] < last[1] < END


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-00", "2026-01-00", "2026-02-29", "2026-1-1", "2026-01-01T24:00", "2026-01-01T10:60",
     "2026-01-01T10",
     "2026-01-01T10:00:61", "2026-01-01T10:00+15:00", "2026-01-01T10:00+07", "2026-01-01Z", "0000", " 2026", "2026\n",
     "２０２６", "2026-01-01 10:00", "10:00"],
)  # fmt: skip
def test_what_is_no_date_covers_nothing(text: str) -> None:
    assert interval(text) is None


@given(st.integers(-6 * 10**10, 2 * 10**11), st.integers(0, 999_999))  # the years 68 to 8307
def test_each_precision_covers_the_finer_ones(seconds: int, fraction: int) -> None:
    when = EPOCH + timedelta(seconds=seconds, microseconds=fraction)
    local = when.astimezone(HANOI)
    texts = [
        local.date().isoformat()[:4], local.date().isoformat()[:7], local.date().isoformat(),
        *(local.isoformat(timespec=precision) for precision in ("minutes", "seconds", "microseconds")),
    ]  # fmt: skip
    covered = [interval(text) for text in texts]
    for wide, narrow in pairwise(covered):
        assert wide is not None
        assert narrow is not None
        assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
    assert covered[-1] == (micros(when), micros(when))


@given(st.dates(min_value=date(1, 1, 2), max_value=date(9999, 12, 30)))
def test_days_follow_each_other_without_a_gap(day: date) -> None:
    today, tomorrow = interval(day.isoformat()), interval((day + timedelta(days=1)).isoformat())
    assert today is not None
    assert tomorrow is not None
    assert today[1] + 1 == tomorrow[0]


def test_a_period_may_be_open_at_either_end() -> None:
    low, high = interval("2026") or (0, 0)
    assert list(intervals({"start": "2026"})) == [(low, END)]
    assert list(intervals({"end": "2026"})) == [(BEGINNING, high)]
    assert list(intervals({"start": "2026", "end": "2026"})) == [(low, high)]
    assert list(intervals({"start": "soon"})) == []
    assert list(intervals({})) == []


def test_a_timing_is_its_events_and_its_bounds() -> None:
    timing = {"event": ["2026", "2027"], "repeat": {"boundsPeriod": {"start": "2025", "end": "2025"}}}
    assert list(intervals(timing)) == [interval("2026"), interval("2027"), interval("2025")]
