"""RXO, RXC, RXR and TQ1 to MedicationRequest and Medication: what is to be given, how much, how and when."""

from __future__ import annotations

from adapters.hl7v2.components import of_strength, place_components, strength
from adapters.hl7v2.datatypes.parties import practitioner, reference
from adapters.hl7v2.dosage import place_dosage, quantity
from adapters.hl7v2.groups import Order
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.requester import place_requester
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.service_request import place_event, place_numbers, place_request_status
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place


def translate_medication(order: Order, rxo: Segment, patient: Draft, key: tuple[str, ...], scope: Scope) -> list[Draft]:
    """The MedicationRequest, first, its Medication, and those of its components. ``key``: what ids are made of."""
    request = Draft("MedicationRequest", deterministic_id(scope.facility, "MedicationRequest", *key))
    medication = Draft("Medication", deterministic_id(scope.facility, "Medication", *key))
    request.put("status", "unknown")
    request.put("intent", "original-order")
    request.put("medicationReference", medication.reference)
    request.put("subject", patient.reference)
    request.put("dosageInstruction", [{}])  # rows of RXO and RXR write in it
    drafts = {draft.type: draft for draft in (request, medication)}
    if order.orc is not None:
        place(segment_rows("ORC"), order.orc, drafts, scope, scope.ledger)
        place_request_status(order.orc, request, "hl7v2-medication-status", "hl7v2-medication-control", scope)
        place_event(order.orc, request, scope)
    place(segment_rows("RXO"), rxo, drafts, scope, scope.ledger)
    _finish_medication(rxo, medication, scope)
    place_numbers(order, [request], scope)
    _place_requester(order, rxo, request, scope)
    if (dispensed := quantity(rxo, 11, 12, scope)) is not None:
        request.place("dispenseRequest.quantity", dispensed)
    for route in order.routes:
        place(segment_rows("RXR"), route, drafts, scope, scope.ledger)
    place_dosage(order, rxo, request, scope)
    if order.reasons:
        request.put("reasonReference", [condition.reference for condition in order.reasons])
    for note in (*order.order_notes, *order.notes):
        if (made := annotation(note, scope)) is not None:
            request.add("note", made)
    components = place_components(order.parts, medication, key, scope) if order.parts else []
    return [request, medication, *components]


def _finish_medication(rxo: Segment, medication: Draft, scope: Scope) -> None:
    if medication.get("code") is None:
        scope.ledger.hold("required", "hl7v2-code-missing", rxo.path(1))
        return
    own = strength(rxo, (18, 19, 25, 26), scope)  # of one unit of what RXO-1 names where RXO-25 says no volume
    if own is not None:
        medication.add("ingredient", of_strength(medication, own))


def _place_requester(order: Order, rxo: Segment, request: Draft, scope: Scope) -> None:
    """ORC-12; where there is none, whom RXO-14 names with the number that lets them prescribe."""
    place_requester(order, request, scope)
    for value in rxo.said(14):
        try:
            if request.get("requester") is not None:
                raise CannotPlace("element-taken", code="duplicate", element="MedicationRequest.requester")
            request.place("requester", reference(practitioner(value, scope), value.path))
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
