"""ORC and OBR to ServiceRequest: what was asked for, by whom, and how that stands."""

from __future__ import annotations

from adapters.hl7v2.absent import unknown_code
from adapters.hl7v2.asked_timing import asked_once
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.contacts import contact_point
from adapters.hl7v2.datatypes.identifiers import alternate_number, entity_number
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.groups import Order
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.requester import place_requester
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.status import place_status
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.vocabulary import vocabulary

BUSINESS_EVENT = "http://hl7.org/fhir/StructureDefinition/businessEvent"
CALLBACK = "http://hl7.org/fhir/StructureDefinition/servicerequest-order-callback-phone-number"
ORDER_CONTROL = "http://terminology.hl7.org/CodeSystem/v2-0119"


def new_request(identifier: str, patient: Draft) -> Draft:
    """A ServiceRequest of which nothing is said yet."""
    request = Draft("ServiceRequest", identifier)
    request.put("subject", patient.reference)
    request.put("status", "unknown")
    request.put("intent", "order")
    return request


def finish_request(order: Order, request: Draft, scope: Scope) -> None:
    """What rows cannot say: status, intent, event, requester, notes below ORC."""
    if request.get("code") is None and request.get("orderDetail") is not None:  # prr-1
        request.put("code", unknown_code())
    _place_intent(order, request)
    if order.orc is not None:
        place_request_status(order.orc, request, "hl7v2-order-status", "hl7v2-order-control", scope)
        place_event(order.orc, request, scope)
    _place_timing(order, request, scope)
    place_requester(order, request, scope)
    _place_callback(order, request, scope)
    _place_alternates(order, request, scope)
    if order.reasons:
        request.put("reasonReference", [condition.reference for condition in order.reasons])
    for note in order.order_notes:
        if (made := annotation(note, scope)) is not None:
            request.add("note", made)


def place_numbers(order: Order, drafts: list[Draft], scope: Scope) -> None:
    """Placer and filler numbers, once each though ORC and OBR both carry them, on each of the drafts."""
    for number, kind in ((2, "placer"), (3, "filler")):
        pieces: list[Piece] = []
        for segment in (order.obr, order.orc):
            for value in segment.said(number) if segment is not None else ():
                made = entity_number(value, scope, kind)
                if made is not None and not any(made.value.items() <= one.value.items() for one in pieces):
                    pieces = [one for one in pieces if not one.value.items() <= made.value.items()]
                    pieces.append(made)
        for made in pieces:
            for draft in drafts:
                draft.add("identifier", Piece(dict(made.value), made.sources))


def _place_alternates(order: Order, request: Draft, scope: Scope) -> None:
    """OBR-53 and ORC-33, each number once."""
    for segment, field in ((order.obr, 53), (order.orc, 33)):
        for value in segment.said(field) if segment is not None else ():
            made = alternate_number(value, scope)
            if made is not None and made.value not in (request.get("identifier") or ()):
                request.add("identifier", made)


def _place_callback(order: Order, request: Draft, scope: Scope) -> None:
    """OBR-17 stands on the requester, whom it calls; ORC-14 says the same of the order."""
    for value in order.obr.said(17) if order.obr is not None else ():
        phone = contact_point(value, scope, "work")
        if phone is None:
            continue
        made = Composite()
        made.put("url", CALLBACK)
        made.put_piece("valueContactPoint", phone)
        at = "requester.extension" if request.get("requester") is not None else "extension"
        request.add(at, Piece(made.value, made.sources))


def place_request_status(orc: Segment, request: Draft, statuses: str, controls: str, scope: Scope) -> None:
    """ORC-5, else ORC-1 where it says one; a result alone does not say how its order stands."""
    said = orc.first(5)
    if said is not None:
        place_status(request, said, statuses, scope)
        return
    control = orc.first(1)
    target = vocabulary(controls).translate(control.peek()) if control is not None else None
    if control is not None and target is not None:
        request.put("status", target.code, control.path)


def _place_intent(order: Order, request: Draft) -> None:
    value = order.obr.first(11) if order.obr is not None else None
    if value is not None and value.peek() == "G":
        value.take()
        request.put("intent", "reflex-order", value.path)


def _place_timing(order: Order, request: Draft, scope: Scope) -> None:
    """TQ1, or TQ. It says when better than OBR-6, and how soon better than OBR-5, which stayed for older systems."""
    asked = asked_once(order, scope)
    if asked is None:
        return
    if asked.timing is not None:
        _give_way(request, "occurrenceDateTime", asked.timing.value.get("repeat", {}).get("boundsPeriod", {}), scope)
        request.place("occurrenceTiming", asked.timing)
    if asked.priority is not None:
        _give_way(request, "priority", {"priority": asked.priority.value}, scope)
        request.place("priority", asked.priority)
    if asked.quantity is not None:
        request.place("quantityQuantity", asked.quantity)
    if asked.condition is not None:
        request.place("asNeededCodeableConcept.text", asked.condition)
    if asked.instruction is not None:
        request.add("note", Piece({"text": asked.instruction.value}, {"text": asked.instruction.sources[""]}))


def _give_way(request: Draft, element: str, said: dict[str, str], scope: Scope) -> None:
    """Take the element out again; listed where it said something else."""
    value = request.resource.pop(element, None)
    source = request.lineage.pop(element, "")
    if value is not None and value not in said.values():
        why = CannotPlace("element-taken", code="duplicate", element=f"ServiceRequest.{element}")
        scope.ledger.refuse_field(source, why)


def place_event(orc: Segment, request: Draft, scope: Scope) -> None:
    """What happened to the order (ORC-1) and when (ORC-9)."""
    made = Composite()
    made.put("url", BUSINESS_EVENT)
    control, when = orc.first(1), orc.first(9)
    if control is not None and control.peek():
        coding = {"system": ORDER_CONTROL, "code": control.take()}
        value = {"url": "value", "valueCodeableConcept": {"coding": [coding]}}
        made.add_piece("extension", Piece(value, {"valueCodeableConcept.coding[0].code": control.path}))
    if when is not None:
        try:
            moment = date_time(when, scope)
        except CannotPlace as why:
            scope.ledger.refuse_field(when.path, why)
        else:
            if moment is not None:
                date = Composite()
                date.put("url", "date")
                date.put_piece("valueDateTime", moment)
                made.add_piece("extension", date.piece())
    if "extension" in made.value:
        request.add("extension", Piece(made.value, made.sources))
