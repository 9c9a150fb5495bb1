"""Any figure of any shipped rule moved by one step makes some story come out otherwise."""

from __future__ import annotations

import tomllib

import pytest

from tests.reuse.stories.steps import Step, steps
from tests.reuse.stories.story import HERE, cases_of, rules_with, stories

STEPS = tuple(steps())
UNSEEN = {
    step for one in tomllib.loads((HERE / "unseen.toml").read_text(encoding="utf-8"))["unseen"] for step in one["steps"]
}


def _of(rule: str) -> list[Step]:
    return [one for one in STEPS if one.rule == rule]


@pytest.mark.parametrize("rule", list(dict.fromkeys(one.rule for one in STEPS)))
def test_each_figure_of_the_rule_moved_by_one_step_changes_a_story(rule: str) -> None:
    still = {one.name for one in _of(rule) if not one.noticed()}
    assert still == {name for name in UNSEEN if name.startswith(f"{rule}: ")}


def test_every_shipped_rule_is_moved_and_few_steps_change_nothing() -> None:
    shipped = {rule.id for rule in rules_with().rules}
    assert {one.rule for one in STEPS} == shipped
    assert len({one.name for one in STEPS}) == len(STEPS)
    assert {one.name for one in STEPS} >= UNSEEN
    assert len(UNSEEN) * 20 < len(STEPS)


def test_every_story_is_asked_of_the_judge() -> None:
    assert all(cases_of(one.id) for one in stories())
