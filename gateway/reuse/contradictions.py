"""What lists say against themselves and against each other: a set with any of these is refused whole.

Each of the numbered looks yields an issue at the place it found, with file, line and path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from gateway import tomltext
from gateway.outcome import Issue
from gateway.r4.ucum import is_ucum
from gateway.reuse.files import RuleList, Sentence
from gateway.reuse.one_quantity import agree, is_of_one_quantity
from gateway.reuse.rules import Group, Kind, Rule

BIRTH = date(2000, 1, 1)  # ages of two rules are compared on one calendar
_ONLY_OF: dict[str, tuple[Kind, ...]] = {
    "minimum_level": ("laboratory", "microbiology"),  # QĐ 2429 assesses laboratories; imaging has no such level
    "specimen_must_match": ("laboratory", "microbiology"),
    "method_must_match": ("laboratory", "microbiology"),
    "positives_only": ("microbiology",),
    "report_required": ("imaging",),
    "images_required": ("imaging",),
}
_FIGURES = ("window", "minimum_level")  # two of one kind contradict; the rest adds up, a number and a same level too


@dataclass(frozen=True, slots=True)
class _Placed:
    """One table, with where it stands."""

    what: Any
    of: RuleList
    where: tomltext.Path

    def fault(self, rule: str, key: str = "", **parameters: object) -> Issue:
        return self.of.fault((*self.where, key) if key else self.where, rule, **parameters)


def contradictions(lists: Sequence[RuleList]) -> Iterator[Issue]:
    """Every one of them."""
    placed = _all(lists, "group", lambda each: each.groups)
    groups = {one.what.id: one.what for one in placed}
    sentences = _all(lists, "rule", lambda each: each.sentences)
    conditions = _all(lists, "condition", lambda each: each.conditions)
    for look in (
        _heads(lists),  # 1
        _twice(placed, lambda one: one.id, "reuse-group-twice", "id"),  # 2
        _codes(placed),  # 3
        _panels(placed, groups),  # 4
        _twice(sentences, lambda one: one.rule.id, "reuse-rule-twice", "id"),  # 5
        _rules(sentences, groups, {one.what.id for one in conditions}),  # 6
        _differing(sentences, groups),  # 7
        _twice(conditions, lambda one: one.id, "reuse-condition-twice", "id"),  # 8
        _conversions(_all(lists, "conversion", lambda each: each.conversions), groups),  # 9
        _counted(_all(lists, "tariff", lambda each: each.tariffs), groups),  # 10
        _laboratories(_all(lists, "laboratory", lambda each: each.laboratories)),  # 11
    ):
        yield from look


def about(sentence: Sentence, groups: Mapping[str, Group]) -> tuple[str, ...]:
    """The ids of the groups a rule is about: those it names, or all of its kind that are no panel."""
    if sentence.kind is None:
        return sentence.groups
    return tuple(one.id for one in groups.values() if one.kind == sentence.kind and not one.members)


def _all(lists: Iterable[RuleList], kind: str, of: Callable[[RuleList], Sequence[Any]]) -> list[_Placed]:
    return [_Placed(what, one, (kind, at)) for one in lists for at, what in enumerate(of(one))]


def _twice(placed: Iterable[_Placed], key: Callable[[Any], object], rule: str, at: str) -> Iterator[Issue]:
    first: dict[object, _Placed] = {}
    for one in placed:
        if (other := first.setdefault(key(one.what), one)) is not one:
            yield one.fault(rule, at, name=key(one.what), file=other.of.file)


def _heads(lists: Sequence[RuleList]) -> Iterator[Issue]:
    first: dict[tuple[str, str], RuleList] = {}
    for one in lists:
        if (other := first.setdefault((one.name, one.version), one)) is not one:
            yield one.fault(("name",), "reuse-list-twice", name=one.name, file=other.file)
        if (one.layer == "national") == bool(one.applies_to.strip()):
            yield one.fault(("applies_to",), "reuse-list-of-whom", layer=one.layer)
        if one.valid_to is not None and one.valid_to < one.valid_from:
            yield one.fault(("valid_to",), "reuse-ends-before")


def _codes(groups: Sequence[_Placed]) -> Iterator[Issue]:
    """A code that stands in two groups would leave open which question it answers."""
    first: dict[object, _Placed] = {}
    for one in groups:
        group: Group = one.what
        for code in sorted(group.codes):
            if (other := first.setdefault(code, one)) is not one:
                yield one.fault("reuse-code-twice", "codes", code="|".join(code), group=other.what.id)
        for code in sorted(group.codes & group.other_quantities):
            yield one.fault("reuse-code-two-quantities", "other_quantities", code="|".join(code))
    for one, other in combinations([each for each in groups if each.what.modalities], 2):
        if one.what.modalities & other.what.modalities and one.what.body_sites & other.what.body_sites:
            yield other.fault("reuse-body-site-twice", "body_sites", group=one.what.id)


def _panels(placed: Sequence[_Placed], groups: Mapping[str, Group]) -> Iterator[Issue]:
    for one in placed:
        for member in one.what.members:
            if member not in groups:
                yield one.fault("reuse-group-unknown", "members", group=member)
            elif groups[member].members:
                yield one.fault("reuse-panel", "members", group=member)


def _rules(sentences: Sequence[_Placed], groups: Mapping[str, Group], conditions: set[str]) -> Iterator[Issue]:
    for one in sentences:
        rule: Rule = one.what.rule
        for name in one.what.groups:
            if name not in groups or groups[name].members:
                unfit = "reuse-panel" if name in groups else "reuse-group-unknown"
                yield one.fault(unfit, "groups" if len(one.what.groups) > 1 else "group", group=name)
        said = [
            name for name in ("window", "never_alone", "clinician_decides", "unsafe", *_ONLY_OF) if getattr(rule, name)
        ]
        if not said:
            yield one.fault("reuse-rule-empty")
        kinds = {groups[name].kind for name in about(one.what, groups) if name in groups}
        for name in said:
            for kind in sorted(kinds.difference(_ONLY_OF.get(name, kinds))):
                yield one.fault("reuse-not-of-kind", name, kind=kind)
        youngest, younger_than = ages(rule)
        if youngest >= younger_than:
            yield one.fault("reuse-no-age", "younger_than")
        if rule.valid_to is not None and rule.valid_to < rule.valid_from:
            yield one.fault("reuse-ends-before", "valid_to")
        for condition in sorted(rule.unsafe - conditions):
            yield one.fault("reuse-condition-unknown", "unsafe", condition=condition)


def _differing(sentences: Sequence[_Placed], groups: Mapping[str, Group]) -> Iterator[Issue]:
    """Two rules of one layer and one reader that give a figure twice for the same setting, age and day."""
    together: dict[tuple[str, str, str], list[_Placed]] = {}
    for one in sentences:
        for group in about(one.what, groups):
            together.setdefault((group, one.what.rule.layer, one.what.rule.applies_to), []).append(one)
    told = set()
    for one, other in (pair for same in together.values() for pair in combinations(same, 2)):
        for figure in _FIGURES if meet(one.what.rule, other.what.rule) else ():
            said = getattr(one.what.rule, figure), getattr(other.what.rule, figure)
            if not all(said) or type(said[0]) is not type(said[1]):
                continue
            if said[0] != said[1] and (id(one), id(other), figure) not in told:
                told.add((id(one), id(other), figure))
                yield other.fault("reuse-rules-differ", figure, figure=figure, other=one.what.rule.id, file=one.of.file)


def meet(one: Rule, other: Rule) -> bool:
    """Whether both hold in some setting, at some age, on some day."""
    from_one, to_one = ages(one)
    from_other, to_other = ages(other)
    return (
        (not one.settings or not other.settings or not one.settings.isdisjoint(other.settings))
        and max(from_one, from_other) < min(to_one, to_other)
        and max(one.valid_from, other.valid_from) <= min(one.valid_to or date.max, other.valid_to or date.max)
    )


def ages(rule: Rule) -> tuple[date, date]:
    """The days from and until which it holds for somebody born on 1 January 2000."""
    return (
        rule.youngest.reached(BIRTH) if rule.youngest else BIRTH,
        rule.younger_than.reached(BIRTH) if rule.younger_than else date.max,
    )


def _conversions(rows: Sequence[_Placed], groups: Mapping[str, Group]) -> Iterator[Issue]:
    of_group: dict[str, list[_Placed]] = {}
    for one in rows:
        of_group.setdefault(one.what.group, []).append(one)
        if one.what.group not in groups:
            yield one.fault("reuse-group-unknown", "group", group=one.what.group)
        for key in ("unit", "other"):
            if not is_ucum(getattr(one.what, key)):
                yield one.fault("reuse-no-unit", key, unit=getattr(one.what, key))
        if one.what.unit == one.what.other or float(one.what.factor) == 0:
            yield one.fault("reuse-conversion-of-nothing")
        elif not is_of_one_quantity(one.what):
            yield one.fault("reuse-two-quantities", "factor", unit=one.what.unit, other=one.what.other)
    for same in of_group.values():
        yield from _twice(same, lambda row: frozenset({row.unit, row.other}), "reuse-conversion-twice", "unit")
        for at, one in enumerate(same):
            if not agree(row.what for row in same[: at + 1]):
                yield one.fault("reuse-two-quantities", "factor", unit=one.what.unit, other=one.what.other)
                break


def _counted(tariffs: Sequence[_Placed], groups: Mapping[str, Group]) -> Iterator[Issue]:
    yield from _twice(tariffs, lambda one: one.group, "reuse-tariff-twice", "group")
    for one in tariffs:
        if one.what.group not in groups:
            yield one.fault("reuse-group-unknown", "group", group=one.what.group)


def _laboratories(found: Sequence[_Placed]) -> Iterator[Issue]:
    yield from _twice(found, lambda one: one[0], "reuse-laboratory-twice", "facility")
    for one in found:
        level = one.what[1]
        if level.level is None and not level.iso15189:
            yield one.fault("reuse-laboratory-without-level")
        if level.level is not None and level.assessed is None:
            yield one.fault("reuse-level-without-date", "level")
        if level.assessed and level.expires and level.expires <= level.assessed:
            yield one.fault("reuse-ends-before", "expires")
