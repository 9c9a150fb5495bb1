"""Who ordered: ORC-12 or OBR-16, with the ordering facility of ORC-21 to ORC-23."""

from __future__ import annotations

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.contacts import address, contact_point
from adapters.hl7v2.datatypes.parties import organization, practitioner, reference
from adapters.hl7v2.groups import Order
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace


def place_requester(order: Order, request: Draft, scope: Scope) -> None:
    """A Practitioner, an Organization, or both in a PractitionerRole."""
    person = _person(order, scope)
    house = _house(order.orc, scope) if order.orc is not None else None
    if person and house:
        role = Composite()
        role.put_piece("practitioner", person)
        role.put_piece("organization", house)
        made = role.piece()
        if made is not None:
            draft = scope.directory.enter("PractitionerRole", made)
            request.put("requester", draft.reference, person.sources[""])
    elif person or house:
        piece = person or house
        if piece is not None:
            request.place("requester", piece)


def _person(order: Order, scope: Scope) -> Piece | None:
    """The first provider named. Said again, with less or the same, it is the same one; another one is listed."""
    first: Value | None = None
    found: Piece | None = None
    for value in _providers(order):
        try:
            if first is None:
                found = reference(practitioner(value, scope, _addresses(order, scope)), value.path)
                first = value
            elif not _repeats(value, first):
                raise CannotPlace("element-taken", code="duplicate", element="ServiceRequest.requester")
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
    return found


def _addresses(order: Order, scope: Scope) -> list[Piece]:
    """ORC-24, the address of whom ORC-12 names."""
    said = order.orc.said(24) if order.orc is not None and order.orc.said(12) else ()
    return [made for value in said if (made := address(value, scope)) is not None]


def _repeats(value: Value, first: Value) -> bool:
    """True when all that is said was said before; it is then placed with it."""
    said = [component for component in range(1, value.components + 1) if value.peek(component)]
    if any(value.take_all(component) != first.take_all(component) for component in said):
        return False
    return bool(said)


def _providers(order: Order) -> list[Value]:
    said = list(order.orc.said(12)) if order.orc is not None else []
    return [*said, *(order.obr.said(16) if order.obr is not None else ())]


def _house(orc: Segment, scope: Scope) -> Piece | None:
    value = orc.first(21)
    if value is None:
        return None
    where = orc.first(22)
    phone = orc.first(23)
    try:
        draft = organization(
            value,
            scope,
            address(where, scope) if where is not None else None,
            contact_point(phone, scope, "work") if phone is not None else None,
        )
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        for one in (where, phone):
            if one is not None:
                scope.ledger.leave(one.path, "the address or telephone of nobody who is named")
        return None
    return reference(draft, value.path)
