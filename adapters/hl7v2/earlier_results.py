"""Earlier results that an order tells again, as reports and Observations of their own, which support the request.

Their ids are none that a laboratory's own message gives, so retelling never changes what it reported. Their orders are
not told again: no request is made of an earlier ORC. Of another patient than the message's nothing is made: held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from adapters.hl7v2.account import leave
from adapters.hl7v2.families.results import examine, occurrence
from adapters.hl7v2.groups import group
from adapters.hl7v2.order_numbers import report_key
from adapters.hl7v2.patient import is_another
from adapters.hl7v2.priors import unclear
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.mapping.draft import Draft

_TOLD_AGAIN = "told again with an earlier result; what the message says of its own patient and visit is read"
_EARLIER_ORDER = "the order of an earlier result, which its own messages tell of"
_OF_ANOTHER = "an earlier result under another patient's numbers; a person decides"


def translate_earlier(run: Sequence[Segment], seen: Counter[tuple[str, ...]], told: Told) -> list[Draft]:
    """The reports first met, each followed by its results. ``run``: PID, PV1, ORC, OBR, OBX as they stand."""
    scope = told.scope
    pid = told.groups.patients[0]
    another = next((one for one in run if one.name == "PID" and is_another(one, pid)), None)
    if another is not None:
        scope.ledger.hold("conflict", "hl7v2-earlier-result-of-another", another.label)
        for segment in run:
            leave(segment, _OF_ANOTHER, scope.ledger)
        return []
    if (doubtful := unclear(run, told.message.segments)) is not None:
        scope.ledger.hold("structure", "hl7v2-earlier-result-unclear", doubtful.label)
    drafts: list[Draft] = []
    for order in group(run, ordering=True).orders:
        base = occurrence(("earlier", *report_key(order, told.number)), seen)
        made = examine(order, base, None, told.patient, seen, scope)
        drafts += [*made.placed.drafts, *made.observations]
    for segment in run:
        if segment.name == "ORC":
            leave_rest(segment, _EARLIER_ORDER, told)
        elif segment.name not in ("OBR", "OBX", "NTE", "SPM"):
            leave(segment, _TOLD_AGAIN, scope.ledger)
    return drafts


def leave_rest(segment: Segment, reason: str, told: Told) -> None:
    """List what of the segment was not placed."""
    for number in segment.filled():
        for value in segment.values(number):
            if not value.touched:
                told.scope.ledger.leave(value.path, reason)
