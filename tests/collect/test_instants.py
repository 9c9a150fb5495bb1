"""Marks are taken back by an overlap in their own kind, and kept as they were."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.collect.instants import less, read, written
from gateway.errors import SourceUnavailable

_AT = datetime(2026, 11, 23, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mark", "earlier"),
    [
        (_AT, datetime(2026, 11, 22, 23, 55, tzinfo=UTC)),
        (date(2026, 11, 23), date(2026, 11, 22)),
        (1000, 400),
        (Decimal("1000.5"), Decimal("400.5")),
        (1000.5, 400.5),
        ("2026-11-23 00:05:00", "2026-11-22 23:55:00"),
        ("2026-11-23T00:05:00.123", "2026-11-22T23:55:00"),
        ("2026-11-23", "2026-11-22"),
    ],
)
def test_a_mark_is_taken_back_by_ten_minutes_or_six_hundred(mark: Any, earlier: Any) -> None:
    assert less(mark, 600) == earlier
    assert type(less(mark, 600)) is type(mark)
    assert read(written(mark)) == mark


@pytest.mark.parametrize("mark", [True, None, b"x", "A-17", "23/11/2026"])
def test_what_is_in_no_known_order_is_refused(mark: Any) -> None:
    with pytest.raises(SourceUnavailable):
        less(mark, 600)


def test_without_an_overlap_any_text_is_a_mark() -> None:
    assert less("A-17", 0) == "A-17"
