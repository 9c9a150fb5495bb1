"""OML^O21, ORM^O01, OMG^O19, OMI^O23: orders to ServiceRequest, Specimen and what was told when they were asked for.

An order makes no report. OBX below it is what the requester tells the laboratory (ask at order
entry), unless the message itself says that the order has been reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from adapters.hl7v2.accompanying import translate_accompanying
from adapters.hl7v2.account import leave
from adapters.hl7v2.earlier_results import translate_earlier
from adapters.hl7v2.families.results import attach_visit, occurrence, request_of, translate_group
from adapters.hl7v2.groups import Order
from adapters.hl7v2.medication_request import translate_medication
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.order_numbers import report_key, request_key, service_code
from adapters.hl7v2.order_provenance import tell_orders
from adapters.hl7v2.orders import translate_order
from adapters.hl7v2.parent_orders import Examined
from adapters.hl7v2.parents import link_parents
from adapters.hl7v2.patterns import below
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place

SUPPLIES = "an order of supplies or of a diet is not translated; kept with the payload"
_REPORTED = frozenset("AMPCFR")  # OBR-25 (HL7 table 0123): results stand below it


def translate_orders(told: Told) -> list[Draft]:
    """The resources of every order. PayloadError without any: ORC is required, so the message was cut off."""
    if not told.groups.orders:
        raise PayloadError("hl7v2-no-order", "ORC")
    drafts: list[Draft] = []
    groups: list[Examined] = []
    ordered: list[tuple[Order, Draft]] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for order, visit in zip(told.groups.orders, told.own, strict=True):
        if order.supplies and order.obr is None and order.rxo is None:
            leave(order.orc, SUPPLIES, told.scope.ledger)
            continue
        if order.rxo is not None:
            made = _translate_medication(order, order.rxo, told.patient, told.number, seen, told.scope)
            ordered.append((order, made[0]))
        else:
            translated = translate_group if is_reported(order) else _translate_request
            group = translated(order, told.patient, told.number, seen, told.scope)
            groups.append(group)
            if group.placed.request is not None:
                ordered.append((order, group.placed.request))
            made = [*group.placed.drafts, *group.observations]
        attach_visit(made, visit)
        drafts += made
    link_parents(groups, told.scope)
    for run in told.groups.earlier:
        made = translate_earlier(run, seen, told)
        _support(_before(run, ordered), made)
        drafts += made
    return [*drafts, *tell_orders(((order.orc, request) for order, request in ordered), told.scope)]


def _before(run: Sequence[Segment], ordered: Sequence[tuple[Order, Draft]]) -> Draft | None:
    """The request of the order that stands last before earlier results."""
    found = [request for order, request in ordered if order.begins < run[0].line]
    return found[-1] if found else None


def _support(request: Draft | None, earlier: Sequence[Draft]) -> None:
    """Reports support the request; results without a report stand for themselves."""
    told = [one for one in earlier if one.type == "DiagnosticReport"]
    told = told or [one for one in earlier if one.type == "Observation"]
    if request is not None and told:
        element = "supportingInfo" if request.type == "ServiceRequest" else "supportingInformation"
        for one in told:
            request.add(element, one.reference)


def is_reported(order: Order) -> bool:
    """True when the results of the order itself stand below it: some systems report by ORM."""
    if order.obr is None or not order.results:
        return False
    status, control = order.obr.text(25), order.orc.text(1) if order.orc is not None else ""
    return status in _REPORTED or (control == "RE" and not status)


def _translate_request(
    order: Order, patient: Draft, number: tuple[str, str], seen: Counter[tuple[str, ...]], scope: Scope
) -> Examined:
    base = occurrence(report_key(order, number), seen)
    request = request_of(order, patient, number, seen, scope)
    for one in order.images:
        _place_image(one, request, scope)
    placed = translate_order(order, patient, base, request, scope, reported=False)
    _hold_unknown(order, request, scope)
    _hold_unnamed(order, scope)
    for specimen in placed.specimens:
        request.add("specimen", specimen.reference)
    for note in order.notes:
        if (made := annotation(note, scope)) is not None:
            request.add("note", made)
    told = translate_accompanying(order, request, placed.specimens, patient, seen, scope)
    if told:
        request.put("supportingInfo", [one.reference for one in told])
    return Examined(order, placed, told)


def _translate_medication(
    order: Order, rxo: Segment, patient: Draft, number: tuple[str, str], seen: Counter[tuple[str, ...]], scope: Scope
) -> list[Draft]:
    key = occurrence(("request", *request_key(order, number)), seen)
    drafts = translate_medication(order, rxo, patient, key, scope)
    _hold_unknown(order, drafts[0], scope)
    told = translate_accompanying(order, drafts[0], [], patient, seen, scope)
    if told:
        drafts[0].put("supportingInformation", [one.reference for one in told])
    return [*drafts, *told]


def _place_image(ipc: Segment, request: Draft, scope: Scope) -> None:
    """Each number and detail once: every step of one study has an IPC of its own, with the study's numbers."""
    told = Draft("ServiceRequest", request.id)
    place(segment_rows("IPC"), ipc, {"ServiceRequest": told}, scope, scope.ledger)
    for element in ("identifier", "orderDetail", "locationCode"):
        for at, item in enumerate(told.get(element) or ()):
            if item not in (request.get(element) or ()):
                inner = below(f"{element}[{at}]", told.lineage)
                length = len(f"{element}[{at}].")
                request.add(element, Piece(item, {path[length:]: source for path, source in inner.items()}))


def _hold_unnamed(order: Order, scope: Scope) -> None:
    """One number may stand for a whole sheet of orders: without a service nobody knows which of them is meant."""
    if order.obr is not None and not service_code(order.obr, 4):
        scope.ledger.hold("required", "hl7v2-order-without-service", order.obr.path(4))
    elif order.obr is None and order.orc is not None:
        scope.ledger.hold("required", "hl7v2-order-without-service", order.orc.label)


def _hold_unknown(order: Order, request: Draft, scope: Scope) -> None:
    """A status in no table may be the sender's word for a cancelled order."""
    said = order.orc.first(5) if order.orc is not None else None
    if said is not None and request.get("status") == "unknown":
        scope.ledger.hold("code-invalid", "hl7v2-order-status-unknown", said.path)
