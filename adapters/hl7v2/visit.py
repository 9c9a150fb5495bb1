"""PV1 to Encounter, where there is a visit to speak of."""

from __future__ import annotations

from adapters.hl7v2.datatypes.codes import coding
from adapters.hl7v2.datatypes.moments import mend_period
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.vocabulary import vocabulary

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def translate_visit(visit: Segment, patient: Draft, number: tuple[str, str], order: str, scope: Scope) -> Draft | None:
    """The Encounter; None when PV1 says nothing of a visit (patient class N, or a class alone missing)."""
    kind = visit.first(2)
    said = [n for n in range(3, len(visit) + 1) if visit.said(n)]
    if not said and (kind is None or kind.peek() == "N"):
        return None
    draft = Draft("Encounter", "")
    _class(visit, draft, scope)
    draft.put("subject", patient.reference)
    place(segment_rows("PV1"), visit, {"Encounter": draft}, scope, scope.ledger)
    mend_period(draft, "period", scope.ledger)
    key = next((str(one["value"]) for one in draft.get("identifier") or ()), "")
    known = ("visit", key) if key else ("period", str(draft.get("period.start") or order))
    draft.resource["id"] = deterministic_id(scope.facility, "Encounter", *number, *known)
    return draft


def _class(visit: Segment, draft: Draft, scope: Scope) -> None:
    """Class and status are required: where the sender's class is no class of FHIR, both say unknown."""
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
            status = vocabulary("hl7v2-encounter-status").translate(value.peek())
            if status is not None and not visit.said(45):
                draft.place("status", Piece.of(status.code, value.path))
    if visit.said(45):
        draft.put("status", "finished", visit.path(45))
