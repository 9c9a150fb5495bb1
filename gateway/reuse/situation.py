"""What the order itself says against reuse, whatever was found before: the patient now, the setting, the rules."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.reuse.order import URGENT, Context, OrderedTest
from gateway.reuse.precedence import Requirement
from gateway.reuse.reasons import reason
from gateway.reuse.rules import Condition
from gateway.reuse.verdict import Reason
from gateway.reuse.words import day_in_viet_nam

NEWBORN_DAYS = 28  # WHO: a newborn is an infant in its first 28 days


def situation_reasons(asked: Requirement, context: Context, order: OrderedTest) -> tuple[Reason, ...]:
    """``asked``: of an order whose group is known."""
    return (
        *_rules(asked),
        *_setting(asked, context),
        *_order(asked, context, order),
        *_conditions(asked, context),
        *_age(asked, context),
    )


def _rules(asked: Requirement) -> Iterator[Reason]:
    if asked.never_alone:
        yield reason("reuse-never-alone", asked.asked_by.get("never_alone", ""))
    elif not asked.rules:
        yield reason("reuse-no-rule")
    elif "clinician_decides" in asked.asked_by:
        yield reason("reuse-left-to-the-doctor", asked.asked_by["clinician_decides"])
    elif not asked.permits or asked.window is None:
        yield reason("reuse-no-window")


def _setting(asked: Requirement, context: Context) -> Iterator[Reason]:
    """Following a course, or an emergency, is named by the rule that allows reuse in it, or a person decides."""
    if asked.setting_open:
        yield reason("reuse-setting-unknown")
    named_settings = {one for rule in asked.rules for one in rule.settings}
    if context.setting == "monitoring" and "monitoring" not in named_settings:
        yield reason("reuse-setting-monitoring")
    if context.setting == "emergency" and "emergency" not in named_settings:
        yield reason("reuse-setting-emergency")


def _order(asked: Requirement, context: Context, order: OrderedTest) -> Iterator[Reason]:
    """What the order says beside its code; a body site is asked of imaging."""
    named_settings = {one for rule in asked.rules for one in rule.settings}
    if order.priority in URGENT and context.setting != "emergency" and "emergency" not in named_settings:
        yield reason("reuse-order-urgent")
    of_imaging = asked.group is not None and asked.group.kind == "imaging"
    if order.detailed or (order.body_site and not of_imaging):
        yield reason("reuse-order-detailed")


def _conditions(asked: Requirement, context: Context) -> Iterator[Reason]:
    known = {one.id for one in context.rules.conditions}
    for one in sorted(context.conditions):
        if one in asked.unsafe:
            yield _unsafe(one, asked, context)
        elif one not in known:
            yield reason("reuse-condition-unheard", condition=one)


def _unsafe(condition: str, asked: Requirement, context: Context) -> Reason:
    names = ({"en": one.name_en, "vi": one.name_vi} for one in context.rules.conditions if one.id == condition)
    return reason("reuse-unsafe", asked.asked_by.get(f"unsafe:{condition}", ""), condition=next(names, condition))


def unspoken(asked: Requirement, context: Context) -> tuple[Condition, ...]:
    """What makes reuse unsafe and was not named: not known to be absent. An age that is known says who is newborn."""
    told = context.conditions | (frozenset() if context.born is None else {"newborn"})
    return tuple(one for one in context.rules.conditions if one.id in asked.unsafe - told)


def _age(asked: Requirement, context: Context) -> Iterator[Reason]:
    if asked.age_open:
        yield reason("reuse-age-unknown")
    elif "newborn" in asked.unsafe and context.born is None:
        yield reason("reuse-age-unknown", asked.asked_by.get("unsafe:newborn", ""))
    aged = any(rule.youngest or rule.younger_than for rule in asked.rules)
    if "newborn" in context.conditions and "newborn" not in asked.unsafe and not aged:
        yield reason("reuse-newborn")
    if context.born is None or "newborn" in context.conditions:
        return
    if (day_in_viet_nam(context.now) - max(context.born)).days >= NEWBORN_DAYS:
        return
    surely = (day_in_viet_nam(context.now) - min(context.born)).days < NEWBORN_DAYS
    if "newborn" in asked.unsafe and surely:
        yield _unsafe("newborn", asked, context)
    elif not aged:
        yield reason("reuse-newborn")
    elif "newborn" in asked.unsafe:
        yield reason("reuse-age-unknown", asked.asked_by.get("unsafe:newborn", ""))
