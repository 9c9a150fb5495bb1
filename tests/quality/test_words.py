"""How figures are written: never rounded up to all or down to none, in the way of the language."""

from __future__ import annotations

import pytest

from gateway.quality.figures import Ratio
from gateway.quality.page import level, typed
from gateway.quality.words import length, number, share


@pytest.mark.parametrize(
    ("met", "of", "said"),
    [
        (10, 10, "100.0 %"), (0, 10, "0.0 %"), (9, 9, "too few"), (0, 0, "none"), (99_999, 100_000, "99.9 %"),
        (1, 100_000, "0.1 %"), (1, 3, "too few"), (2, 12, "16.7 %"),
    ],
)  # fmt: skip
def test_a_share_is_never_rounded_to_all_or_none(met: int, of: int, said: str) -> None:
    assert share(Ratio(met, of), "en") == said


def test_vietnamese_writes_a_comma_and_groups_by_points() -> None:
    assert (share(Ratio(2, 12), "vi"), number(1234567, "vi"), number(1234567, "en")) == (
        "16,7 %", "1.234.567", "1,234,567",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (3660, "1 h 1 min"),
        (86399, "23 h 59 min"), (86400, "1 d"), (90000, "1 d 1 h"), (86460, "1 d"), (3601, "1 h"),
    ],
)  # fmt: skip
def test_a_time_is_told_in_its_two_greatest_units(seconds: int | None, said: str) -> None:
    assert length(seconds, "en") == said


@pytest.mark.parametrize(
    ("met", "of", "shown"), [(95, 100, "good"), (94, 100, "fair"), (80, 100, "fair"), (79, 100, "poor"), (9, 9, "few")]
)
def test_a_bar_is_shown_by_how_good_it_is(met: int, of: int, shown: str) -> None:
    assert level(Ratio(met, of)) == shown


def test_what_is_to_be_typed_stands_apart_and_nothing_of_it_is_markup() -> None:
    assert str(typed("say `gateway <b>` & go")) == "say <code>gateway &lt;b&gt;</code> &amp; go"
