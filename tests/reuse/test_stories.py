"""Each clinical story comes out as its source says, and no rule and no reason is without a story."""

from __future__ import annotations

import pytest

from gateway.reuse.reasons import EFFECTS
from tests.reuse.stories.story import Story, cases_of, rules_with, stories

BESIDE_ONLY = {"reuse-withdrawn"}  # said of one that was looked at, never of the verdict: reuse-only-withdrawn is


@pytest.mark.parametrize("story", [pytest.param(one, id=one.en) for one in stories()])
def test_the_verdict_is_what_the_source_asks(story: Story) -> None:
    for case in cases_of(story.id):
        assert case.found() == case.expected, (story.id, case.group, case.setting, case.condition)


def test_there_are_many_each_told_once_in_both_languages_with_its_source() -> None:
    assert len(stories()) >= 120
    for said in ("id", "en", "vi"):
        assert len({getattr(one, said) for one in stories()}) == len(stories())
    assert all(one.because.strip() for one in stories())


def test_every_reason_has_a_story() -> None:
    assert set(EFFECTS) - {reason for one in stories() for reason in one.reasons} == BESIDE_ONLY


def test_every_shipped_test_has_a_story() -> None:
    told = {test for one in stories() for test in one.asks["tests"]}
    assert {group.id for group in rules_with().groups} - told == set()
