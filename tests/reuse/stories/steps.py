"""Every figure of every shipped rule moved by one step, to see whether a story notices.

A window by an hour, whichever way; an edge of an age by a day; a level by one; a setting, a test or a condition less or
more; every yes and no turned round. A step of a day moves further than one of an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, partial

from gateway.reuse.contradictions import about
from gateway.reuse.files import Sentence, shipped_lists
from gateway.reuse.precedence import SETTINGS
from gateway.reuse.rules import Age, Kind, Rule, RuleSet
from tests.reuse.stories.story import Case, cases_of, rules_with, stories

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MUSTS: dict[Kind, tuple[str, ...]] = {
    "laboratory": ("specimen_must_match", "method_must_match", "never_alone", "clinician_decides"),
    "microbiology": ("specimen_must_match", "method_must_match", "positives_only", "never_alone", "clinician_decides"),
    "imaging": ("report_required", "images_required", "never_alone", "clinician_decides"),
}  # what a list may ask of each kind


@dataclass(frozen=True, slots=True)
class Step:
    """One figure of one rule, moved. ``sees``: the cases that could notice."""

    rule: str
    figure: str
    groups: tuple[str, ...]
    changed: Callable[[Rule], Rule]
    sees: Callable[[Case], bool]

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.figure}"

    def noticed(self) -> bool:
        """Whether the decision or a reason of some story is no longer what is expected."""
        for group in self.groups:
            rules = replace(_shipped_of(group), rules=tuple(map(self._moved, _shipped_of(group).rules)))
            if any(self.sees(case) and case.found(rules) != case.expected for case in _cases_about(group)):
                return True
        return False

    def _moved(self, rule: Rule) -> Rule:
        return self.changed(rule) if rule.id == self.rule else rule


@dataclass(frozen=True, slots=True)
class MovedAge(Age):
    """The edge of an age, some days later or earlier."""

    later: timedelta = timedelta()

    def reached(self, born: date) -> date:
        return super(MovedAge, self).reached(born) + self.later


def steps() -> Iterator[Step]:
    """Of all shipped rules."""
    groups = {group.id: group for group in rules_with().groups}
    sentences = [sentence for one in shipped_lists() for sentence in one.sentences]
    for sentence in sentences:
        ids = tuple(about(sentence, groups))
        kind = groups[ids[0]].kind
        everywhere = {one for each in sentences if each.kind == kind for one in each.rule.unsafe}
        yield from _figures(sentence, ids)
        yield from _lists(sentence, ids, everywhere)
        yield from _musts(sentence, ids, kind)


def _figures(sentence: Sentence, ids: tuple[str, ...]) -> Iterator[Step]:
    rule = sentence.rule

    def step(figure: str, **changed: object) -> Step:
        return Step(rule.id, figure, ids, lambda one: replace(one, **changed), _any)  # type: ignore[arg-type]  # by name

    if rule.window is not None:
        yield step("an hour more", window=rule.window + _HOUR)
        yield step("an hour less", window=rule.window - _HOUR)
        yield step("no window", window=None)
    for edge in ("youngest", "younger_than"):
        age: Age | None = getattr(rule, edge)
        if age is not None:
            for said, later in (("a day later", _DAY), ("a day earlier", -_DAY)):
                yield step(f"{edge} {said}", **{edge: MovedAge(age.number, age.unit, later)})
    if rule.minimum_level:
        for level in range(6):
            yield step(f"level {level}", minimum_level=level)
    yield step("in force a day later", valid_from=rule.valid_from + _DAY)


def _lists(sentence: Sentence, ids: tuple[str, ...], everywhere: set[str]) -> Iterator[Step]:
    rule = sentence.rule
    for setting in SETTINGS:
        said = f"without {setting}" if setting in (rule.settings or SETTINGS) else f"also {setting}"
        settings = (rule.settings or frozenset(SETTINGS)) ^ {setting}  # none left: everywhere
        yield Step(rule.id, said, ids, _with(settings=settings), partial(_in_setting, setting) if settings else _any)
    for condition in sorted({one.id for one in rules_with().conditions} - (everywhere - rule.unsafe)):
        said = f"without {condition}" if condition in rule.unsafe else f"also {condition}"
        yield Step(rule.id, said, ids, _with(unsafe=rule.unsafe ^ {condition}), partial(_says, condition))
    if sentence.kind is None and len(ids) > 1:
        for group in ids:
            yield Step(rule.id, f"not of {group}", (group,), _with(group="none"), _any)


def _musts(sentence: Sentence, ids: tuple[str, ...], kind: Kind) -> Iterator[Step]:
    for must in _MUSTS[kind]:
        asked = getattr(sentence.rule, must)
        yield Step(sentence.rule.id, f"{must} {'no' if asked else 'yes'}", ids, _with(**{must: not asked}), _any)


def _with(**changed: object) -> Callable[[Rule], Rule]:
    return lambda rule: replace(rule, **changed)  # type: ignore[arg-type]  # a field by its name


def _in_setting(setting: str, case: Case) -> bool:
    return case.setting == setting


def _says(condition: str, case: Case) -> bool:
    return condition in case.context.conditions or (condition == "newborn" and "days" in case.story.asks.get("age", ""))


def _any(_case: Case) -> bool:
    return True


@cache
def _shipped_of(group: str) -> RuleSet:
    """The shipped set with the rules of one group alone: what all others say changes nothing for it."""
    rules = rules_with()
    return replace(rules, rules=tuple(rule for rule in rules.rules if rule.group == group))


@cache
def _cases_about(group: str) -> Sequence[Case]:
    """Of stories without lists of a site's own; those without a condition first, which notice most."""
    found = (case for one in stories() if "lists" not in one.asks for case in cases_of(one.id) if case.group == group)
    return sorted(found, key=lambda case: bool(case.condition))
