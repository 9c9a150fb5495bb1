"""Who pays (IN1-3 to -7) and who holds the policy (IN1-10, -11): Organizations of the message's directory."""

from __future__ import annotations

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.contacts import address, contact_point
from adapters.hl7v2.datatypes.identifiers import house_number
from adapters.hl7v2.datatypes.names import human_name
from adapters.hl7v2.datatypes.parties import organization, reference
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.visit import ABSENT
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace


def place_payors(in1: Segment, draft: Draft, scope: Scope) -> None:
    """Each insurer named; R4 requires one, so where none is named it is said to be unknown."""
    first = Composite()
    for value in in1.said(3):
        first.add_piece("identifier", attempt(house_number, value, scope))
    known = "identifier" in first.value or _is_named(in1.first(4))
    for value in in1.said(7) if known else ():
        first.add_piece("telecom", attempt(contact_point, value, scope))
    for value in in1.said(5) if known else ():
        first.add_piece("address", attempt(address, value, scope))
    for value in in1.said(6) if known else ():
        contact = Composite()
        contact.put_piece("name", attempt(human_name, value, scope))
        first.add_piece("contact", contact.piece())
    _enter(in1.said(4), first, "payor", draft, scope)
    if not draft.count("payor"):
        draft.put("payor", [{"extension": [{"url": ABSENT, "valueCode": "unknown"}]}])


def place_policy_holder(in1: Segment, draft: Draft, scope: Scope) -> None:
    """Numbers of IN1-10 but the subscriber's own (SN), and the name of IN1-11. R4 has one holder."""
    numbers = Composite()
    for value in in1.said(10):
        if value.peek(5) != "SN":
            numbers.add_piece("identifier", attempt(house_number, value, scope))
    holder = Draft("Coverage", "")
    _enter(in1.said(11), numbers, "holder", holder, scope)
    if holders := holder.get("holder"):
        draft.put("policyHolder", holders[0], holder.lineage["holder[0].reference"])
    for value in in1.said(11)[1:]:
        why = CannotPlace("element-taken", code="duplicate", element="Coverage.policyHolder")
        scope.ledger.refuse_field(value.path, why)


def _is_named(value: Value | None) -> bool:
    """True when an XON has a name or a number."""
    return value is not None and any(value.peek(component) for component in (1, 3, 10))


def _enter(names: tuple[Value, ...], first: Composite, element: str, draft: Draft, scope: Scope) -> None:
    """What ``first`` says is of the first name; without a name it is an Organization if it has a number."""
    for index, value in enumerate(names):
        try:
            house = organization(value, scope, more=first.piece() if index == 0 else None)
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
        else:
            draft.add(element, reference(house, value.path))
    piece = first.piece()
    if not names and piece is not None and "identifier" in piece.value:
        house = scope.directory.enter("Organization", piece)
        draft.add(element, reference(house, piece.sources["identifier[0].value"]))
