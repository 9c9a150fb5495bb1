"""PV1 to Encounter, where there is a visit to speak of."""

from __future__ import annotations

from adapters.hl7v2.datatypes import places
from adapters.hl7v2.datatypes.codes import coding
from adapters.hl7v2.datatypes.moments import mend_period
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.visit_events import Event, place_event, status_of
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def translate_visit(
    visit: Segment, patient: Draft, number: tuple[str, str], order: str, event: Event, scope: Scope
) -> Draft | None:
    """The Encounter; None when PV1 says nothing of a visit (class N, or no class; in an A08 a class alone)."""
    kind = visit.first(2)
    said = [n for n in range(3, len(visit) + 1) if visit.said(n)]
    if event.is_of_persons:  # a word on the person where the message is about the person
        place(segment_rows("PV1"), visit, {"Patient": patient}, scope, scope.ledger)
    if (not said and (kind is None or kind.peek() == "N" or event.code == "A08")) or not event.speaks_of(visit):
        return None
    draft = Draft("Encounter", "")
    _class(visit, draft, event, scope)
    draft.put("subject", patient.reference)
    for field, reason in event.taken_back.items():
        for value in visit.said(field):
            scope.ledger.leave(value.path, reason)
    _bed(visit, scope)
    rows = [row for row in segment_rows("PV1") if row.field not in event.taken_back]
    place(rows, visit, {"Encounter": draft}, scope, scope.ledger)
    mend_period(draft, "period", scope.ledger)
    place_event(draft, event)
    draft.resource["id"] = deterministic_id(scope.facility, "Encounter", *number, *_known_by(visit, draft, order))
    if event.code and not any(_known_by(visit, draft, order)[1:]):
        scope.ledger.hold("required", "hl7v2-visit-without-number", visit.path(19))
    return draft


def _bed(visit: Segment, scope: Scope) -> None:
    """PV1-40 is the state of the bed, or the room, that PV1-3 assigns: a word on the Location, never on its use."""
    state, assigned = visit.first(40), visit.first(3)
    if state is None:
        return
    if assigned is None or not (assigned.peek(2) or assigned.peek(3)):
        scope.ledger.leave(state.path, "the state of a bed, and PV1-3 names neither bed nor room")
        return
    try:
        places.place(assigned, scope, coding(state, scope, "hl7v2-bed-status"))
    except CannotPlace as why:
        scope.ledger.refuse_field(state.path, why)


def _known_by(visit: Segment, draft: Draft, order: str) -> tuple[str, str]:
    """What a visit's id is made of: its number, else its beginning, its order, the number it was announced with."""
    key = next((str(one["value"]) for one in draft.get("identifier") or ()), "")
    if key:
        return "visit", key
    if known := str(draft.get("period.start") or order):
        return "period", known
    announced = visit.text(5)
    return ("preadmission", announced) if announced else ("period", "")


def _class(visit: Segment, draft: Draft, event: Event, scope: Scope) -> None:
    """Class and status are required: where nothing says them, both say unknown."""
    draft.put("status", "unknown")
    draft.put("class", {"extension": [{"url": ABSENT, "valueCode": "unknown"}]})
    value = visit.first(2)
    if value is not None:
        try:
            made = coding(value, scope, "hl7v2-patient-class")
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
        else:
            if made is not None:
                draft.place("class", made)
    status = status_of(visit, event)
    if status is not None:
        draft.place("status", status)
