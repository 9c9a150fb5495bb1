"""How old a result is against its window: with the precision its source gave, both edges asked.

The window counts from sampling or performance (VN_FORMATS: the draft circular of 08/2026), so a time whose meaning
nobody said can rule a result out and never in.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from gateway.reuse.reasons import reason
from gateway.reuse.result import PriorResult, Taken
from gateway.reuse.standing import Prior, readable
from gateway.reuse.verdict import Reason
from gateway.reuse.words import day_in_viet_nam

APART = timedelta(hours=24)  # a sample waits, travels and is measured within a day


def elapsed_reasons(
    prior: Prior, now: datetime, window: timedelta | None, rule: str, born: tuple[date, date] | None
) -> list[Reason]:
    """``now``: aware. ``window`` None: no list gives one, which is said elsewhere. ``rule``: the id of who set it."""
    if prior.taken is None:
        return [reason("reuse-time-missing")]
    taken = readable(prior.taken)
    if taken is None or taken.latest < taken.earliest or _before_birth(taken, born) or _after_issue(prior, taken):
        return [reason("reuse-time-contradictory")]
    if taken.earliest > now:
        return [reason("reuse-time-future", taken=taken)]
    found = [reason("reuse-time-unstated", taken=taken)] if taken.meaning == "unstated" else []
    other = readable(prior.effective) if isinstance(prior, PriorResult) else None
    if other is not None and _differ(taken, other, now, window):
        found.append(reason("reuse-times-differ", taken=taken, other=other))
    if window is None:
        return found
    youngest, oldest = max(now - taken.latest, timedelta()), now - taken.earliest
    if youngest > window:
        over = youngest - window
        found.append(reason("reuse-window-passed", rule, taken=taken, age=youngest, window=window, over=over))
    elif oldest > window:
        found.append(reason("reuse-window-open", rule, taken=taken, window=window))
    elif taken.meaning != "unstated":
        left = window - oldest
        found.append(reason("reuse-inside-window", rule, taken=taken, age=oldest, window=window, left=left))
    return found


def _differ(taken: Taken, other: Taken, now: datetime, window: timedelta | None) -> bool:
    """The sample's time and the result's (R4 lets it be the sample's, the bench's or the release's) lie further apart
    than that explains, or by the other one the result would be too old or not yet there."""
    gap = max(taken.earliest, other.earliest) - min(taken.latest, other.latest)
    too_old_by_one = window is not None and now - other.latest > window >= now - taken.latest
    return gap > APART or too_old_by_one or other.earliest > now


def _before_birth(taken: Taken, born: tuple[date, date] | None) -> bool:
    """Two days before the earliest day of birth or more: one may lie between two zones."""
    return born is not None and (min(born) - day_in_viet_nam(taken.latest)).days > 1


def _after_issue(prior: Prior, taken: Taken) -> bool:
    """A sample cannot be taken after its result was issued."""
    issued = getattr(prior, "issued", None)
    return issued is not None and issued.utcoffset() is not None and taken.earliest > issued
