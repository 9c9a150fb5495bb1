"""What lists in force together leave open or say in vain: what ``gateway reuse check`` tells of a set that was taken.

    1  tests and groups that no rule is about; settings and ages for which none speaks
    2  figures of a lower layer that have no effect, because a higher one is stricter or permits nothing
    3  figures said twice by one layer; lists and quality levels that have ended; lists nobody approved

A warning asks somebody to act; information does not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from gateway.mapping import mapping_file
from gateway.outcome import Issue, Severity
from gateway.reuse.contradictions import BIRTH, about, ages, meet
from gateway.reuse.files import RuleList, Sentence
from gateway.reuse.forms import LOINC
from gateway.reuse.precedence import LAYERS, SETTINGS
from gateway.reuse.rules import Group, Rule


def gaps(lists: Sequence[RuleList], today: date) -> Iterator[Issue]:
    """Each with the file, line and path it is at. ``today``: of Viet Nam."""
    groups = {group.id: group for one in lists for group in one.groups}
    placed = [(sentence, one, at) for one in lists for at, sentence in enumerate(one.sentences)]
    of_group: dict[str, list[_Placed]] = {}
    for each in placed:
        for group in about(each[0], groups):
            of_group.setdefault(group, []).append(each)
    yield from _tests_without_group(groups)
    yield from _uncovered(lists, of_group)
    yield from _without_effect(placed, groups, of_group)
    yield from _said_twice(of_group)
    yield from _ended(lists, today)


_Placed = tuple[Sentence, RuleList, int]


def _told(severity: Severity, issue: Issue) -> Issue:
    return Issue(severity, issue.code, issue.rule, issue.expression, issue.parameters)


def _tests_without_group(groups: Mapping[str, Group]) -> Iterator[Issue]:
    known = {code for group in groups.values() for system, code in group.codes if system == LOINC}
    for code in tomllib.loads(mapping_file("loinc.toml").read_text(encoding="utf-8"))["test"]:
        if code not in known:
            yield Issue("warning", "not-found", "reuse-gap-test", f"mappings/loinc.toml {code}", {"code": code})


def _speaks(rule: Rule) -> bool:
    """It says what becomes of a result: so long, never, or as the doctor decides."""
    return rule.window is not None or rule.never_alone or rule.clinician_decides


def _uncovered(lists: Sequence[RuleList], of_group: Mapping[str, list[_Placed]]) -> Iterator[Issue]:
    for one in lists:
        for at, group in enumerate(one.groups):
            if group.members:
                continue
            rules = [each[0].rule for each in of_group.get(group.id, ()) if _speaks(each[0].rule)]
            deciding = [LAYERS.index(rule.layer) for rule in rules if rule.window is not None or rule.clinician_decides]
            everybody = [rule for rule in rules if rule.never_alone or LAYERS.index(rule.layer) == min(deciding)]
            if not deciding and not any(_of_all_ages(rule) for rule in rules):
                yield _told("warning", one.fault(("group", at), "reuse-gap-group", group=group.id))
                continue
            bounds = sorted({BIRTH, *(bound for rule in everybody for bound in ages(rule))} - {date.max})
            for setting in SETTINGS:
                open_from = [
                    str((bound - BIRTH).days)
                    for bound in bounds
                    if not any(_covers(rule, setting, bound) for rule in everybody)
                ]
                if open_from:
                    yield _told(
                        "warning",
                        one.fault(
                            ("group", at),
                            "reuse-gap-setting",
                            group=group.id,
                            setting=setting,
                            days=", ".join(open_from),
                        ),
                    )


def _of_all_ages(rule: Rule) -> bool:
    return rule.youngest is None and rule.younger_than is None


def _covers(rule: Rule, setting: str, day: date) -> bool:
    youngest, younger_than = ages(rule)
    return (not rule.settings or setting in rule.settings) and youngest <= day < younger_than


def _without_effect(
    placed: Sequence[_Placed], groups: Mapping[str, Group], of_group: Mapping[str, list[_Placed]]
) -> Iterator[Issue]:
    for sentence, one, at in placed:
        rule = sentence.rule
        if rule.layer == LAYERS[0]:
            continue
        above = {
            id(other[0]): other[0].rule
            for group in about(sentence, groups)
            for other in of_group[group]
            if LAYERS.index(other[0].rule.layer) < LAYERS.index(rule.layer)
        }
        meeting = [other for other in above.values() if meet(rule, other)]
        for other in meeting:
            if rule.window is not None and other.window is not None and other.window <= rule.window:
                yield _told(
                    "warning", one.fault(("rule", at, "window"), "reuse-gap-looser", other=other.id, figure="window")
                )
            if _looser_level(rule, other):
                where = ("rule", at, "minimum_level")
                yield _told("warning", one.fault(where, "reuse-gap-looser", other=other.id, figure="minimum_level"))
        permitting = [other for other in above.values() if other.window is not None or other.clinician_decides]
        if rule.window is not None and permitting and not any(other.window for other in meeting):
            yield _told("warning", one.fault(("rule", at, "window"), "reuse-gap-not-permitted"))


def _looser_level(rule: Rule, other: Rule) -> bool:
    said, above = rule.minimum_level, other.minimum_level
    return isinstance(said, int) and isinstance(above, int) and 0 < said <= above


def _said_twice(of_group: Mapping[str, list[_Placed]]) -> Iterator[Issue]:
    told = set()
    for same in of_group.values():
        for (one, _, _), (other, of, at) in combinations(same, 2):
            whose = (one.rule.layer, one.rule.applies_to) == (other.rule.layer, other.rule.applies_to)
            if (
                whose
                and one.rule.window is not None
                and one.rule.window == other.rule.window
                and meet(one.rule, other.rule)
            ):
                if (id(one), id(other)) not in told:
                    yield _told("warning", of.fault(("rule", at, "window"), "reuse-gap-twice", other=one.rule.id))
                told.add((id(one), id(other)))


def _ended(lists: Sequence[RuleList], today: date) -> Iterator[Issue]:
    for one in lists:
        if one.valid_to is not None and one.valid_to < today:
            yield _told("warning", one.fault(("valid_to",), "reuse-gap-list-ended", name=one.name))
        if today < one.valid_from:
            yield _told("information", one.fault(("valid_from",), "reuse-gap-list-not-begun", name=one.name))
        if not one.approved and one.sentences:
            yield _told("information", one.fault(("approved",), "reuse-gap-not-approved", name=one.name))
        for at, sentence in enumerate(one.sentences):
            if (
                sentence.rule.valid_to is not None
                and sentence.rule.valid_to < today
                and sentence.rule.valid_to != one.valid_to
            ):
                yield _told(
                    "warning", one.fault(("rule", at, "valid_to"), "reuse-gap-rule-ended", name=sentence.rule.id)
                )
        for at, (facility, level) in enumerate(one.laboratories):
            if level.expires is not None and level.expires <= today:
                yield _told(
                    "warning", one.fault(("laboratory", at, "expires"), "reuse-gap-level-ended", facility=facility)
                )
