"""Every rule has a resource that it alone refuses: with the rule switched off, the resource would pass."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.messages import catalogue
from gateway.outcome import Issue
from gateway.r4 import check
from gateway.r4.definition_files import definition_file
from gateway.r4.profiles import Profiles
from tests.r4.catalogue import FOLDER, Case, cases

CASES = cases()
INVARIANTS = definition_file("invariants")
UNREACHABLE: dict[str, str] = tomllib.loads((FOLDER / "unreachable.toml").read_text(encoding="utf-8"))
# Rules that have no case yet: none is to stay here.
NOT_YET: set[str] = set()
# What JSON cannot say, or would say at length.
MADE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "r4-float": (
        {"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "valueQuantity": {"value": 1}},
        {"resourceType": "Observation", "status": "final", "code": {"text": "a"}, "valueQuantity": {"value": 1.5}},
        "Observation.value.value",
    ),
    "r4-string-long": (
        {"resourceType": "Patient", "name": [{"text": "a" * 2**20}]},
        {"resourceType": "Patient", "name": [{"text": "a" * (2**20 + 1)}]},
        "Patient.name[0].text",
    ),
}


def issues_of(case: Case, resource: dict[str, Any], asked: Sequence[str]) -> list[Issue]:
    """Good practice is asked for where the rule is of it."""
    profiles = Profiles.of(case.profiles) if case.profiles else None
    best_practice = bool(INVARIANTS.get(case.rule, {}).get("best_practice"))
    return check(resource, profiles=profiles, asked=asked, best_practice=best_practice)


def _said(issues: list[Issue], rule: str = "") -> set[tuple[str, str]]:
    """What is wrong or remarkable; "not checked" is neither, unless it is what ``rule`` says."""
    return {(issue.rule, issue.expression) for issue in issues if issue.severity != "information" or issue.rule == rule}


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_a_rule_is_said_of_what_breaks_it_and_of_that_alone(case: Case) -> None:
    assert _said(issues_of(case, case.valid, case.kept), case.rule) == set()
    said = _said(issues_of(case, case.broken, case.asked), case.rule)
    assert (case.rule, case.place) in said
    assert {rule for rule, _ in said} == {case.rule, *case.beside}


@pytest.mark.parametrize("rule", sorted(MADE))
def test_a_rule_is_said_of_what_json_cannot_say(rule: str) -> None:
    valid, broken, place = MADE[rule]
    assert _said(check(valid)) == set()
    assert _said(check(broken)) == {(rule, place)}


def test_nesting_too_deep_is_said_alone() -> None:
    def nested(levels: int) -> dict[str, Any]:
        item: dict[str, Any] = {"linkId": "a"}
        for _ in range(levels):
            item = {"linkId": "a", "item": [item]}
        return {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [item]}

    assert _said(check(nested(40))) == set()
    assert {rule for rule, _ in _said(check(nested(400)))} == {"r4-too-deep"}


@pytest.mark.parametrize("case", [case for case in CASES if case.rule in INVARIANTS], ids=lambda case: case.rule)
def test_an_invariant_is_as_severe_as_r4_says(case: Case) -> None:
    severities = {issue.severity for issue in issues_of(case, case.broken, case.asked) if issue.rule == case.rule}
    assert severities == {INVARIANTS[case.rule]["severity"]}


def test_every_rule_the_check_can_say_has_its_case() -> None:
    sayable = {key for key in catalogue() if key.startswith("r4-")} | set(INVARIANTS)
    shown = {case.rule for case in CASES} | set(MADE) | {"r4-too-deep", "r4-too-many-issues"}
    assert sayable - shown - set(UNREACHABLE) == NOT_YET, "give each of these a case in tests/r4/catalogue"
    assert shown <= sayable
    assert shown & set(UNREACHABLE) == set()


def test_what_breaks_with_another_rule_says_why() -> None:
    assert [case.rule for case in CASES if bool(case.beside) != bool(case.why)] == []
