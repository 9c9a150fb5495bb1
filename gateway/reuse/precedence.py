"""What all lists together ask of a result that is to stand for one ordered test: the strictest figure of each kind.

Layers rank national, province, facility, specialty. The highest one that gives a window for the group or leaves it to
the doctor, in force or expired, permits: where it gives none for this setting and age, no list below can. All rules of
all layers that apply hold together, so that one more rule of a lower layer can tighten what is asked, never loosen it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, timezone
from functools import partial
from operator import attrgetter
from typing import get_args

from gateway.reuse.order import URGENT, Context, OrderedTest, Setting
from gateway.reuse.rules import Group, Layer, Rule, RuleSet

LAYERS: tuple[Layer, ...] = get_args(Layer)
SETTINGS: tuple[Setting, ...] = tuple(one for one in get_args(Setting) if one)
_MUSTS = (
    "specimen_must_match", "method_must_match", "positives_only", "never_alone", "report_required", "images_required",
)  # fmt: skip
VIET_NAM = timezone(timedelta(hours=7))  # a list is in force by the day of the country that wrote it


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is asked of a result that would stand for one ordered test.

    ``groups``: those the order's codes belong to; one, unless the codes contradict each other or no list knows them.
    ``rules``: all that apply, national first; while the age or the setting is not known, also those that could.
    ``permits``: False where the highest layer that gives the group a window gives none for this setting and age, or a
    rule leaves it to the doctor.
    ``age_open``, ``setting_open``: what is not known would change what is asked.
    ``minimum_level``: a number, 0 where none is asked; ``same_level``: at least the requester's, beside the number.
    ``asked_by``: the id of the rule each figure is from, by field name; of a condition ``unsafe:transfusion``.
    """

    groups: tuple[Group, ...] = ()
    rules: tuple[Rule, ...] = ()
    permits: bool = False
    age_open: bool = False
    setting_open: bool = False
    window: timedelta | None = None
    minimum_level: int = 0
    same_level: bool = False
    specimen_must_match: bool = False
    method_must_match: bool = False
    positives_only: bool = False
    never_alone: bool = False
    report_required: bool = False
    images_required: bool = False
    unsafe: frozenset[str] = frozenset()
    asked_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def group(self) -> Group | None:
        """The one group, None where there is none or more than one."""
        return self.groups[0] if len(self.groups) == 1 else None

    @property
    def illustrative(self) -> bool:
        """One of the rules is not approved by a medical council."""
        return not all(rule.approved for rule in self.rules)


def applicable(order: OrderedTest, context: Context) -> Requirement:
    """The composed requirement for one ordered test in one context."""
    groups = groups_of(context.rules, order)
    if len(groups) != 1:
        return Requirement(groups)
    today = context.now.astimezone(VIET_NAM).date()
    spoken = [rule for rule in context.rules.rules_of.get(groups[0].id, ()) if _concerns(rule, context)]
    begun = [rule for rule in spoken if rule.valid_from <= today]
    speaking = [rule for rule in begun if rule.window is not None or rule.clinician_decides]
    highest = min((LAYERS.index(rule.layer) for rule in speaking), default=None)
    in_force = [rule for rule in begun if rule.valid_to is None or today <= rule.valid_to]
    aged = [(rule, _of_age(rule, context.born, today)) for rule in in_force]

    def composed(settings: Iterable[Setting], *, maybe: bool) -> Requirement:
        wanted = [
            rule
            for rule, of_age in aged
            if (of_age or (maybe and of_age is None)) and (not rule.settings or not rule.settings.isdisjoint(settings))
        ]
        return _strictest(groups, wanted, highest)

    settings = (context.setting,) if context.setting else SETTINGS
    every: tuple[Setting, ...] = settings
    if order.priority in URGENT and "emergency" not in settings:  # stat: "highest possible priority. E.g. an emergency"
        every = (*settings, "emergency")
    by_setting = [composed((setting,), maybe=True) for setting in every]
    whole = by_setting[0] if len(every) == 1 else composed(every, maybe=True)
    age_matters = any(of_age is None for _, of_age in aged)
    if_not_of_age = [composed((setting,), maybe=False) for setting in every] if age_matters else by_setting
    return replace(
        whole,
        permits=all(one.permits for one in by_setting),
        age_open=any(_asks(one) != _asks(other) for one, other in zip(by_setting, if_not_of_age, strict=True)),
        setting_open=any(_asks(one) != _asks(by_setting[0]) for one in by_setting[1 : len(settings)]),
    )


def groups_of(rules: RuleSet, order: OrderedTest) -> tuple[Group, ...]:
    """Those that have one of the order's codes; of imaging without any, those of its modality and body site."""
    having = {nth for code in order.codes for nth in rules.groups_having.get(code, ())}
    found = tuple(rules.groups[nth] for nth in sorted(having))
    if found or not order.modality or not order.body_site:
        return found
    return tuple(
        group
        for group in rules.groups
        if order.modality in group.modalities and not group.body_sites.isdisjoint(order.body_site)
    )


def parts_of(rules: RuleSet, order: OrderedTest) -> tuple[OrderedTest, ...]:
    """Of a panel one test for each member, with that group's codes; of anything else none."""
    found = groups_of(rules, order)
    if len(found) != 1:
        return ()
    members = [rules.group_named.get(one, Group(one, "laboratory", one, one, frozenset())) for one in found[0].members]
    return tuple(replace(order, codes=one.codes, name=one.name_en) for one in members)


def _concerns(rule: Rule, context: Context) -> bool:
    """Whether the list is one of this requester's."""
    whose = {"national": "", "province": context.province, "facility": context.facility, "specialty": context.specialty}
    return rule.layer == "national" or (rule.applies_to != "" and rule.applies_to == whose[rule.layer])


def _of_age(rule: Rule, born: tuple[date, date] | None, today: date) -> bool | None:
    """None where what is known of the birth date leaves it open."""
    if rule.youngest is None and rule.younger_than is None:
        return True
    if born is None:
        return None
    answers = {
        (rule.youngest is None or rule.youngest.reached(day) <= today)
        and (rule.younger_than is None or today < rule.younger_than.reached(day))
        for day in born
    }
    if len(answers) == 1 and not _whole_band_inside(rule, born, today):
        return answers.pop()
    return None


def _whole_band_inside(rule: Rule, born: tuple[date, date], today: date) -> bool:
    """Too young by the latest birth date and too old by the earliest: an age in between fits."""
    return (
        rule.youngest is not None
        and rule.younger_than is not None
        and today < rule.youngest.reached(born[1])
        and rule.younger_than.reached(born[0]) <= today
    )


def _strictest(groups: tuple[Group, ...], rules: list[Rule], highest: int | None) -> Requirement:
    ranked = sorted(rules, key=lambda rule: (LAYERS.index(rule.layer), rule.id))
    window = min((rule.window for rule in ranked if rule.window is not None), default=None)
    level = max((rule.minimum_level for rule in ranked if isinstance(rule.minimum_level, int)), default=0)
    unsafe = frozenset[str]().union(*(rule.unsafe for rule in ranked))
    asked_by = {
        "window": _first(ranked, lambda rule: window is not None and rule.window == window),
        "minimum_level": _first(ranked, lambda rule: level > 0 and rule.minimum_level == level),
        "same_level": _first(ranked, lambda rule: rule.minimum_level == "same-or-higher"),
        "clinician_decides": _first(ranked, attrgetter("clinician_decides")),
        **{must: _first(ranked, attrgetter(must)) for must in _MUSTS},
        **{f"unsafe:{one}": _first(ranked, partial(_finds_unsafe, one)) for one in sorted(unsafe)},
    }
    return Requirement(
        groups,
        tuple(ranked),
        permits=any(LAYERS.index(rule.layer) == highest and rule.window is not None for rule in ranked)
        and not asked_by["clinician_decides"],
        window=window,
        minimum_level=level,
        same_level=asked_by["same_level"] != "",
        unsafe=unsafe,
        asked_by={figure: rule for figure, rule in asked_by.items() if rule},
        **{must: asked_by[must] != "" for must in _MUSTS},
    )


def _first(ranked: list[Rule], asks: Callable[[Rule], bool]) -> str:
    """The id of the highest rule that asks it; "" where none does."""
    return next((rule.id for rule in ranked if asks(rule)), "")


def _finds_unsafe(condition: str, rule: Rule) -> bool:
    return condition in rule.unsafe


def _asks(one: Requirement) -> tuple[object, ...]:
    """What makes two requirements the same to a result."""
    return (
        one.permits,
        one.window,
        one.minimum_level,
        one.same_level,
        one.unsafe,
        *(getattr(one, must) for must in _MUSTS),
    )
