"""Results of a time that cannot be: after their message was sent, or before their patient was born.

A slip in a year (``2062``), or a year of two digits read as four (``150312`` is a month of 1503), makes a result the
newest or the oldest there is, and a result of somebody else's. A day of slack is left to zones and clocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.times import earliest, read_time

_TIMES = ("effectiveDateTime", "effectivePeriod.start", "effectivePeriod.end", "issued")
_TYPES = ("Observation", "DiagnosticReport")
_SLACK = timedelta(days=1)
_DAY = len("2026-11-15")


def hold_impossible_times(header: Segment, patient: Draft, drafts: Iterable[Draft], scope: Scope) -> None:
    """Each field once. Nothing where neither MSH-7 nor PID-7 says a day."""
    sent = _sent(header, scope)
    birth: str = patient.get("birthDate") or ""
    if birth and sent is not None and earliest(birth) - sent > _SLACK:
        _hold(patient, "birthDate", "hl7v2-time-after-message", scope, set())
        birth = ""
    fine: set[str] = set()
    told: set[str] = set()
    for draft in drafts:
        if draft.type not in _TYPES:
            continue
        for name in _TIMES:
            text = draft.resource.get(name) if "." not in name else draft.get(name)
            if text is None or text in fine:
                continue
            if sent is not None and earliest(text) - sent > _SLACK:
                _hold(draft, name, "hl7v2-time-after-message", scope, told)
            elif birth and _before(text, birth):
                _hold(draft, name, "hl7v2-time-before-birth", scope, told)
            else:
                fine.add(text)


def _sent(header: Segment, scope: Scope) -> datetime | None:
    """MSH-7; of a day alone its beginning, None for less than a day."""
    try:
        made = read_time(header.text(7), scope.profile.utc_offset)
    except CannotPlace:
        return None
    return earliest(made.text) if len(made.date) == _DAY else None


def _before(text: str, birth: str) -> bool:
    """True for a time before the day of birth, compared as exactly as both are known."""
    if "T" in text:
        return earliest(birth) - earliest(text) > _SLACK
    length = min(len(text), len(birth))
    return text[:length] < birth[:length]


def _hold(draft: Draft, name: str, rule: str, scope: Scope, told: set[str]) -> None:
    field = draft.lineage.get(name, draft.type).partition(" ")[0]
    if field not in told:
        told.add(field)
        scope.ledger.hold("business-rule", rule, field)
