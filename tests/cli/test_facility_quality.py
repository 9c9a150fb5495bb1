"""`gateway facility quality`: a table to read, JSON, a page; and what it says to what cannot be asked."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.adapter import Payload
from gateway.cli.open import house
from gateway.errors import GatewayError
from tests.cli.terminal import HELD_SAMPLE, HOSPITAL, LAB, LAB_SAMPLE, Terminal

NAMES = ("NGUYỄN", "THỬ NGHIỆM", "001090000001", "DN4010000000001")  # of the sample's patient


@pytest.fixture
def sent(registered: Terminal) -> Terminal:
    with house() as opened:
        for code, path in ((LAB, LAB_SAMPLE), (HOSPITAL, HELD_SAMPLE), (HOSPITAL, LAB_SAMPLE)):
            with suppress(GatewayError):
                opened.intake().take(code, Payload(path.read_bytes()), actor="test")
    return registered


def test_the_table_says_the_four_the_formats_the_weeks_and_what_to_change(sent: Terminal) -> None:
    shown = sent.well("facility", "quality", HOSPITAL, "--language", "en").out.decode()
    for said in ("correct (đúng)", "0 / 2", "too few", "bhyt", "[value-number-ambiguous]", "Where: XML4[", "Change: "):
        assert said in shown
    assert max(len(line) for line in shown.splitlines()) <= 120


def test_the_table_speaks_vietnamese_where_that_is_asked_for(sent: Terminal) -> None:
    sent.set(lang="vi")
    shown = sent.well("facility", "quality", HOSPITAL).out.decode()
    assert "Cần sửa:" in shown
    assert "quá ít" in shown


def test_as_json_it_is_one_object_whose_parts_add_up(sent: Terminal) -> None:
    made = sent.well("facility", "quality", HOSPITAL, "--json").line
    assert made["total"]["records"] == 2
    assert made["total"]["correct"] == {"met": 0, "of": 2, "share": None}
    assert sum(one["records"] for one in made["weeks"]) == sum(one["records"] for one in made["formats"]) == 2
    assert {one["rule"]: one["kept_out"] for one in made["causes"]}["value-number-ambiguous"] == 1
    assert all(one["text"]["vi"] and one["text"]["en"] for one in made["causes"])
    assert made["days"] == 28


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("asked", [(HOSPITAL,), (LAB,), ("--all",)])
def test_the_page_needs_nothing_else_and_names_no_patient(
    sent: Terminal, tmp_path: Path, language: str, asked: tuple[str, ...]
) -> None:
    file = tmp_path / "page.html"
    assert sent.well("facility", "quality", *asked, "--html", file, "--language", language).out == b""
    page = file.read_text("utf-8")
    assert f'<html lang="{language}">' in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=", page)
    assert [name for name in NAMES if name in page] == []
    assert "quality-" not in re.sub(r"<code>.*?</code>", "", page), "a sentence is missing"


def test_no_form_of_it_tells_a_value_of_a_patient(sent: Terminal) -> None:
    for asked in ((HOSPITAL,), (LAB,), ("--all",)):
        for form in ((), ("--json",)):
            told = sent.well("facility", "quality", *asked, *form).out.decode()
            assert [name for name in NAMES if name in told] == []


def test_all_of_them_are_told_who_needs_help_first(sent: Terminal) -> None:
    sent.well("facility", "add", "01888", "--name", "Trạm y tế xã Thử")
    made = sent.well("facility", "quality", "--all", "--json").line
    assert made["facilities"][0]["facility"] == "01888"
    assert made["silent"] == 1
    shown = sent.well("facility", "quality", "--all", "--language", "en").out.decode()
    assert "Trạm y tế xã Thử: nothing came" in shown


def test_a_time_in_which_nothing_came_is_told_as_that(sent: Terminal, tmp_path: Path) -> None:
    asked = ("facility", "quality", LAB, "--from", "2020-01-01", "--to", "2020-01-31")
    assert "No record came" in sent.well(*asked, "--language", "en").out.decode()
    assert sent.well(*asked, "--json").line["total"]["correct"] == {"met": 0, "of": 0, "share": None}
    sent.well(*asked, "--html", tmp_path / "none.html")
    assert sent.well(*asked, "--json").line["days"] == 31


def test_a_facility_nobody_registered_is_said_in_words(sent: Terminal) -> None:
    ran = sent("facility", "quality", "99999")
    assert (ran.code, ran.out) == (1, b"")
    assert "[facility-unknown]" in ran.err


@pytest.mark.parametrize(
    "wrong",
    [
        (), (LAB, "--all"), (LAB, "--from", "2026-11-20", "--to", "2026-11-01"), (LAB, "--from", "yesterday"),
        (LAB, "--from", "2999-01-01"), (LAB, "--to", "0001-01-01"), (LAB, "--to", "9999-12-31"),
        (LAB, "--from", "0001-01-01"), (LAB, "--from", "1990-01-01"),
        (LAB, "--late-after", "0"), (LAB, "--late-after", "nan"),
        (LAB, "--html", "no/such/folder/page.html"),
        (LAB, "--from", "9999-12-01", "--to", "9999-12-30"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_wrong_usage(sent: Terminal, wrong: tuple[str, ...]) -> None:
    ran = sent("facility", "quality", *wrong)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err


def test_json_and_a_page_may_be_asked_for_together(sent: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    made = sent.well("facility", "quality", LAB, "--json", "--html", file)
    assert json.loads(made.out)["facility"] == LAB
    assert LAB in file.read_text("utf-8")
