"""Whether the laboratory a result is from is good enough for the one that would use it.

QĐ 2429/QĐ-BYT (2017): levels 1 to 5, 5 the best, each with the day it was assessed. A level counts when it was in force
on the day of the sample and still is; one without any date, or expired, is a level nobody knows.
"""

from __future__ import annotations

from datetime import date

from gateway.reuse.order import Context
from gateway.reuse.precedence import Requirement
from gateway.reuse.reasons import reason
from gateway.reuse.result import LaboratoryLevel
from gateway.reuse.standing import Prior, readable
from gateway.reuse.verdict import Reason
from gateway.reuse.words import day_in_viet_nam

LEVELS = range(1, 6)
_UNKNOWN = LaboratoryLevel()


def laboratory_reasons(prior: Prior, asked: Requirement, context: Context) -> list[Reason]:
    """None where no rule asks for a level, as of imaging, which has none."""
    if not asked.minimum_level and not asked.same_level:
        return []
    source = context.rules.laboratories.get(prior.facility, _UNKNOWN)
    today = day_in_viet_nam(context.now)
    sampled = readable(prior.taken)
    days = (day_in_viet_nam(sampled.earliest), today) if sampled else (today,)
    own = prior.facility != "" and prior.facility == context.facility
    told: dict[str, object] = {"facility": prior.facility_name or prior.facility}
    if source.iso15189 and _dated(source) and all(_in_force(source, day) for day in days):
        return [reason("reuse-level-iso15189", **told)]
    found = []
    if asked.same_level:
        rule = asked.asked_by.get("same_level", "")
        if own:
            found.append(reason("reuse-level-own", rule, **told))
        else:
            said = context.level.level is not None
            requester = context.level if said else context.rules.laboratories.get(context.facility, _UNKNOWN)
            needed = _level(requester, (today,))
            if needed is None:
                found.append(reason("reuse-level-requester-unknown", rule))
            found.append(_compared(source, days, needed or LEVELS[0], rule, told))
    if asked.minimum_level:
        found.append(_compared(source, days, asked.minimum_level, asked.asked_by.get("minimum_level", ""), told))
    return found


def _compared(
    source: LaboratoryLevel, days: tuple[date, ...], needed: int, rule: str, told: dict[str, object]
) -> Reason:
    level = _level(source, days)
    if level is not None:
        code = "reuse-level-sufficient" if level >= needed else "reuse-level-lower"
        return reason(code, rule, level=level, needed=needed, **told)
    if source.level in LEVELS and source.expires is not None and days[-1] >= source.expires:
        return reason("reuse-level-expired", rule, expires=source.expires, **told)
    return reason("reuse-level-unknown", rule, **told)


def _level(one: LaboratoryLevel, days: tuple[date, ...]) -> int | None:
    if one.level not in LEVELS or not _dated(one) or not all(_in_force(one, day) for day in days):
        return None
    return one.level


def _dated(one: LaboratoryLevel) -> bool:
    return one.assessed is not None or one.expires is not None


def _in_force(one: LaboratoryLevel, day: date) -> bool:
    return (one.assessed is None or one.assessed <= day) and (one.expires is None or day < one.expires)
