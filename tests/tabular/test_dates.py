"""Dates by declared forms: 05/03 is never guessed."""

from __future__ import annotations

import re

import pytest

from gateway.mapping.ledger import CannotPlace
from gateway.mapping.mapped.dates import pattern, read_date


def rule(text: str, *forms: str) -> str:
    with pytest.raises(CannotPlace) as refused:
        read_date(text, forms, "+07:00")
    return refused.value.rule


@pytest.mark.parametrize(
    ("text", "form", "read"),
    [
        ("05/03/2026", "dd/MM/yyyy", "2026-03-05"),
        ("05/03/2026", "MM/dd/yyyy", "2026-05-03"),
        ("5/3/2026 7:05", "d/M/yyyy H:mm", "2026-03-05T07:05:00+07:00"),
        ("2026.03.05 07:05:09", "yyyy.MM.dd HH:mm:ss", "2026-03-05T07:05:09+07:00"),
        ("07:05 05/03/2026", "HH:mm dd/MM/yyyy", "2026-03-05T07:05:00+07:00"),
        ("03/2026", "MM/yyyy", "2026-03"),
        ("1985", "yyyy", "1985"),
    ],
)
def test_a_date_is_read_as_declared(text: str, form: str, read: str) -> None:
    assert read_date(text, (form,), "+07:00").text == read


def test_without_a_declaration_only_what_reads_one_way_is_read() -> None:
    assert read_date("2026-03-05", (), "+07:00").text == "2026-03-05"
    assert read_date("202603050705", (), "+07:00").text == "2026-03-05T07:05:00+07:00"
    assert rule("05/03/2026") == "date-form-unknown"


def test_two_forms_that_differ_refuse_what_both_read() -> None:
    assert rule("05/03/2026", "dd/MM/yyyy", "MM/dd/yyyy") == "date-two-ways"
    assert read_date("05/05/2026", ("dd/MM/yyyy", "MM/dd/yyyy"), "+07:00").text == "2026-05-05"


def test_no_day_of_the_calendar_is_none() -> None:
    assert rule("31/02/2026", "dd/MM/yyyy") == "time-impossible"


@pytest.mark.parametrize(
    "form", ["dd/MM/yy", "dd/yyyy", "yyyy-MM-dd HH", "dd/MM/yyyy dd", "MMM yyyy", "mm/dd/yyyy", "dd"]
)
def test_a_form_that_leaves_a_gap_or_says_a_part_twice_is_none(form: str) -> None:
    with pytest.raises(ValueError, match=re.escape(form)):
        pattern(form)
