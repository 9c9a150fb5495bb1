"""What lists leave open or say in vain is told, each at its line; what is shipped leaves nothing open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gateway.reuse.contradictions import contradictions
from gateway.reuse.files import lists_with, shipped_lists, site_lists
from gateway.reuse.gaps import gaps
from tests.blueprint import ROOT
from tests.reuse.lists import GROUPS, folder, head, rule

TODAY = date(2026, 11, 23)
FOR_ALL = '\n[[rule]]\nid = "rest"\ngroup = "test-x"\nclinician_decides = true\n'
ENDED_LEVEL = """
[[laboratory]]
facility = "1"
level = 3
assessed = 2024-01-01
expires = 2026-11-23
source = "x"
"""
WHOLE = head() + GROUPS + rule() + FOR_ALL  # the rule: line 23, its window: 26


@pytest.fixture
def warned(tmp_path: Path) -> Callable[..., list[str]]:
    def told(**texts: str) -> list[str]:
        lists = lists_with(site_lists(folder(tmp_path, **texts)))
        assert not list(contradictions(lists))
        found = [one for one in gaps(lists, TODAY) if one.severity == "warning"]
        return [f"{one.expression}: {one.rule}" for one in found]

    return told


def test_what_is_shipped_leaves_nothing_open_and_says_that_nobody_approved_it() -> None:
    found = list(gaps(shipped_lists(), TODAY))
    assert {(one.severity, one.rule) for one in found} == {("information", "reuse-gap-not-approved")}


def test_the_examples_of_the_documents_are_taken_with_the_shipped_lists() -> None:
    lists = lists_with(site_lists(ROOT / "docs/examples/reuse"))
    assert not list(contradictions(lists))
    assert [one for one in gaps(lists, TODAY) if one.severity == "warning"] == []


def test_a_whole_list_leaves_nothing_open(warned: Callable[..., list[str]]) -> None:
    assert warned(own=WHOLE) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (WHOLE.replace(FOR_ALL, ""), "own.toml line 16, group[1]: reuse-gap-setting"),
        (WHOLE.replace('window = "24 h"', 'unsafe = ["newborn"]'), "own.toml line 9, group[0]: reuse-gap-group"),
        (WHOLE.replace('"24 h"', '"24 h"\nsettings = ["inpatient"]'), "own.toml line 9, group[0]: reuse-gap-setting"),
        (WHOLE.replace('"24 h"', '"24 h"\nyoungest = "18 years"'), "own.toml line 9, group[0]: reuse-gap-setting"),
        (WHOLE + rule("again"), "own.toml line 36, rule[2].window: reuse-gap-twice"),
        (WHOLE.replace("-01-01", "-01-01\nvalid_to = 2026-11-22"), "own.toml line 8, valid_to: reuse-gap-list-ended"),
        (
            WHOLE.replace('"24 h"', '"24 h"\nvalid_to = 2026-11-22'),
            "own.toml line 27, rule[0].valid_to: reuse-gap-rule-ended",
        ),
        (WHOLE + ENDED_LEVEL, "own.toml line 37, laboratory[0].expires: reuse-gap-level-ended"),
    ],
)  # fmt: skip
def test_what_is_left_open_is_told_at_its_line(warned: Callable[..., list[str]], text: str, told: str) -> None:
    assert told in warned(own=text)


@pytest.mark.parametrize(
    ("lower", "told"),
    [
        (rule("low", window="48 h"), "line 12, rule[0].window: reuse-gap-looser"),
        (rule("low", window="12 h"), ""),
        (rule("low", window="12 h", more="minimum_level = 2\n"), "line 13, rule[0].minimum_level: reuse-gap-looser"),
        (rule("low", window="12 h", more="minimum_level = 4\n"), ""),
        (
            rule("low", window="12 h", more='settings = ["outpatient"]\n'),
            "line 12, rule[0].window: reuse-gap-not-permitted",
        ),
    ],
)
def test_a_figure_of_a_lower_list_that_has_no_effect_is_told(
    warned: Callable[..., list[str]], lower: str, told: str
) -> None:
    above = WHOLE.replace('window = "24 h"', 'window = "24 h"\nminimum_level = 3\nsettings = ["inpatient"]')
    found = warned(own=above, low=head("low", "facility", "79001") + lower)
    assert [one for one in found if one.startswith("low")] == ([f"low.toml {told}"] if told else [])
