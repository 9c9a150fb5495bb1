"""The visits of a message, and whose they are: an order hangs on the visit whose PV1 stands last before it.

A PV1 told again (the same visit number, or the same words) is the same visit, one Encounter.
A message's only visit is every order's, wherever its PV1 stands.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence

from adapters.hl7v2.groups import Groups, Order
from adapters.hl7v2.order_numbers import order_number
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.visit import translate_visit
from adapters.hl7v2.visit_events import Event
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

Told = tuple[str, ...]  # by what a visit is told from the message's others; () before any PV1
_NUMBERS = (19, 50)  # visit number, alternate visit id
_NONE = Event()


def translate_visits(
    groups: Groups, patient: Draft, number: tuple[str, str], scope: Scope, event: Event = _NONE
) -> tuple[list[Draft], list[Draft | None]]:
    """(the Encounters, each order's own or None). An order of which two visits may be the visit is held."""
    told = [_told(visit) for visit in groups.visits]
    if len(set(told)) > 1:
        around = [_before(order, groups.visits, told) for order in groups.orders]
    else:
        around = [set(told) for _ in groups.orders]
    asked: dict[Told, str] = {}  # the number of each visit's first order
    for order, visits in zip(groups.orders, around, strict=True):
        for one in visits if order_number(order) else ():
            asked.setdefault(one, order_number(order))
    made: dict[Told, Draft | None] = {}
    ids: set[str] = set()
    for one, visit in zip(told, groups.visits, strict=True):
        if one not in made:
            made[one] = draft = translate_visit(visit, patient, number, asked.get(one, ""), event, scope)
            if draft is not None:
                _keep_apart(draft, one, ids, scope)
    for detail in groups.visit_details:
        before = bisect(groups.visits, detail.line, key=lambda visit: visit.line) - 1
        described = made[told[max(before, 0)]] if told else None
        if described is not None:
            place(segment_rows("PV2"), detail, {"Encounter": described}, scope, scope.ledger)
    encounters = [draft for draft in made.values() if draft is not None]
    return encounters, [_own(order, visits, made, scope) for order, visits in zip(groups.orders, around, strict=True)]


def _told(visit: Segment) -> Told:
    """The visit's number and who assigned it, else all the segment's words but its position."""
    for field in _NUMBERS:
        value = visit.first(field)
        if value is not None and value.peek():
            return ("number", value.peek(), value.peek(4))
    words = [visit.raw(field) for field in range(2, len(visit) + 1)]
    while words and not words[-1].strip():
        words.pop()
    return ("words", *words)


def _before(order: Order, visits: Sequence[Segment], told: Sequence[Told]) -> set[Told]:
    """The visits that stand last before the order's segments: one, unless a PV1 stands amid them."""
    behind = (bisect(visits, segment.line, key=lambda visit: visit.line) for segment in _segments(order))
    return {told[count - 1] if count else () for count in behind}


def _segments(order: Order) -> list[Segment]:
    """An ORC before its OBR may be one that many OBRs share, so it does not say where the order stands."""
    found = [*(result.obx for result in order.results), *(sample.spm for sample in order.samples)]
    if order.obr is not None:
        found.append(order.obr)
    if order.orc is not None and (order.obr is None or order.orc.line > order.obr.line):
        found.append(order.orc)
    return found


def _keep_apart(draft: Draft, one: Told, ids: set[str], scope: Scope) -> None:
    """Two visits that would have one id, for one order or one start, stay two."""
    if draft.id in ids:
        draft.resource["id"] = deterministic_id(scope.facility, "Encounter", draft.id, *one)
    ids.add(draft.id)


def _own(order: Order, visits: set[Told], made: dict[Told, Draft | None], scope: Scope) -> Draft | None:
    if len(visits) == 1 and () not in visits:
        return made[next(iter(visits))]
    if visits:
        first = min(_segments(order), key=lambda segment: segment.line)
        scope.ledger.hold("structure", "hl7v2-visit-unclear", first.label)
    return None
