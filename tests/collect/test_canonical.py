"""One form of CSV: what differs in the database differs in the bytes, and nothing else does."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.collect.canonical import csv_of
from gateway.errors import SourceUnavailable

_WALL = datetime(2026, 11, 23, 8, 5)  # noqa: DTZ001  # what a database without time zones holds


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, ""), ("", '""'), (" a", '" a"'), ('a"b', '"a""b"'), ("a,b", '"a,b"'), ("a\nb", '"a\nb"'),
        (Decimal("5.10"), "5.10"), (Decimal("1E+2"), "100"), (Decimal("0E-3"), "0.000"), (Decimal("-0.0"), "-0.0"),
        (5.0, "5"), (5.1, "5.1"), (1e-7, "1e-07"), (7, "7"), (True, "true"), (False, "false"),
        (_WALL, "2026-11-23T08:05:00"), (_WALL.replace(microsecond=120000), "2026-11-23T08:05:00.120000"),
        (datetime(2026, 11, 23, 8, 5, tzinfo=UTC), "2026-11-23T08:05:00+00:00"),
        (datetime(2026, 11, 23, 8, 5, tzinfo=timezone(timedelta(hours=7))), "2026-11-23T08:05:00+07:00"),
        (date(2026, 11, 23), "2026-11-23"), (time(8, 5), "08:05:00"),
        (timedelta(hours=26, minutes=3, seconds=4), "26:03:04"), (-timedelta(seconds=1.5), "-00:00:01.5"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)  # fmt: skip
def test_each_kind_of_value_has_one_form(value: Any, field: str) -> None:
    assert csv_of(["a", "b"], [(value, 1)]).decode() == f"a,b\r\n{field},1\r\n"


@pytest.mark.parametrize("value", [b"x", [1], {"a": 1}])
def test_a_value_that_is_no_text_number_or_time_is_refused_with_its_column(value: Any) -> None:
    with pytest.raises(SourceUnavailable, match="Column scan"):
        csv_of(["id", "scan"], [(1, value)])


def test_bytes_that_were_no_utf8_stay_what_they_were() -> None:
    assert csv_of(["a"], [(b"\xd0\xff".decode("utf-8", "surrogateescape"),)]) == b"a\r\n\xd0\xff\r\n"


_texts = st.none() | st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.lists(st.tuples(_texts, _texts), max_size=5))
def test_a_reader_of_csv_gets_every_text_back(rows: list[tuple[str | None, str | None]]) -> None:
    read = list(csv.reader(io.StringIO(csv_of(["a", "b"], rows).decode(), newline=""), strict=True))
    assert read == [["a", "b"], *([one or "", two or ""] for one, two in rows)]


@given(st.lists(st.tuples(_texts), min_size=2, max_size=2))
def test_two_different_texts_are_never_the_same_bytes(rows: list[tuple[str | None]]) -> None:
    first, second = rows
    assert (csv_of(["a"], [first]) == csv_of(["a"], [second])) == (first == second)
