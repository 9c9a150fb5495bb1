"""ORC to Provenance: who entered an order, checked it and acted on it, and when. Made only where ORC says one of them.

Who ordered (ORC-12) stands in the request itself, so it alone makes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adapters.hl7v2.absent import absent
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.contacts import address, contact_point
from adapters.hl7v2.datatypes.identifiers import organization_number
from adapters.hl7v2.datatypes.moments import date_time, instant
from adapters.hl7v2.datatypes.parties import coded_device, coded_organization, practitioner, reference
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.vocabulary import vocabulary

_ROLES = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_PEOPLE = ((10, "enterer"), (11, "verifier"), (12, "author"), (19, "performer"))
_TELLING = (10, 11, 17, 18, 19)


def tell_orders(ordered: Iterable[tuple[Segment | None, Draft | None]], scope: Scope) -> list[Draft]:
    """One Provenance for each ORC that says who did something; its targets are all that was made of the ORC."""
    targets: dict[str, tuple[Segment, list[Draft]]] = {}
    for orc, request in ordered:
        if orc is not None and request is not None and any(orc.said(number) for number in _TELLING):
            targets.setdefault(orc.label, (orc, []))[1].append(request)
    told = (_told(orc, requests, scope) for orc, requests in targets.values())
    return [draft for draft in told if draft is not None]


def _told(orc: Segment, requests: list[Draft], scope: Scope) -> Draft | None:
    """None where nobody it names can be told: R4 asks for one."""
    key = (requests[0].id, orc.text(1), orc.text(9))  # the event, of which the next one of this order is another
    draft = Draft("Provenance", deterministic_id(scope.facility, "Provenance", *key))
    draft.put("target", [request.reference for request in requests])
    _place_time(orc, draft, scope)
    control = orc.first(1)
    activity = vocabulary("hl7v2-order-activity").translate(control.peek()) if control is not None else None
    if control is not None and activity is not None:
        draft.place("activity", Piece({"coding": [activity.as_fhir()]}, {"coding[0].code": control.path}))
    for number, role in _PEOPLE:
        for value in orc.said(number):
            who = _tried(value, scope, lambda value: reference(practitioner(value, scope), value.path))
            _add_agent(draft, role, who)
    _place_house(orc, draft, scope)
    for value in orc.said(18):
        _add_agent(draft, "", _tried(value, scope, lambda value: reference(coded_device(value, scope), value.path)))
    if not draft.count("agent"):
        return None
    if (where := _location(orc, scope)) is not None:
        draft.place("location", where)
    place(segment_rows("ORC"), orc, {"Provenance": draft}, scope, scope.ledger)
    return draft


def _place_time(orc: Segment, draft: Draft, scope: Scope) -> None:
    """ORC-9 is when it happened, and when it was written down; a date alone is no instant."""
    value = orc.first(9)
    happened = _tried(value, scope, lambda value: date_time(value, scope)) if value is not None else None
    try:
        recorded = instant(value, scope) if value is not None and happened is not None else None
    except CannotPlace:
        recorded = None
    if happened is not None:
        draft.place("occurredDateTime", happened)
    if recorded is not None:
        draft.place("recorded", recorded)
    else:
        draft.put("_recorded", absent())


def _place_house(orc: Segment, draft: Draft, scope: Scope) -> None:
    """ORC-17: on whose behalf it was entered; alone, the organisation entered it."""
    for value in orc.said(17)[:1]:
        house = _tried(value, scope, lambda value: reference(coded_organization(value, scope), value.path))
        if house is None:
            continue
        entered = [at for at, agent in enumerate(draft.get("agent") or ()) if _role(agent) == "enterer"]
        if not entered:
            _add_agent(draft, "enterer", house)
        for at in entered:
            draft.place(f"agent[{at}].onBehalfOf", house)


def _role(agent: dict[str, dict[str, list[dict[str, str]]]]) -> str:
    return agent["type"]["coding"][0]["code"] if "type" in agent else ""


def _add_agent(draft: Draft, role: str, who: Piece | None) -> None:
    if who is None:
        return
    made = Composite()
    if role:
        made.put("type", {"coding": [{"system": _ROLES, "code": role, "display": role.capitalize()}]})
    made.put_piece("who", who)
    draft.add("agent", made.piece())


def _location(orc: Segment, scope: Scope) -> Piece | None:
    """Where it was ordered: ORC-21 to ORC-23, of which a request's requester has the organisation."""
    value, where, phone = orc.first(21), orc.first(22), orc.first(23)
    if value is None:
        return None
    made = Composite()
    component = 10 if value.peek(10) else 3
    if number := value.take(component):
        made.add_piece("identifier", organization_number(value, scope, number, value.at(component), 6))
    made.put("name", value.take(), value.at(1) if value.components > 1 else value.path)
    made.add_piece("telecom", contact_point(phone, scope, "work") if phone is not None else None)
    made.put_piece("address", address(where, scope) if where is not None else None)
    piece = made.piece()
    return reference(scope.directory.enter("Location", piece), value.path) if piece is not None else None


def _tried(value: Value, scope: Scope, convert: Callable[[Value], Piece | None]) -> Piece | None:
    try:
        return convert(value)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return None
