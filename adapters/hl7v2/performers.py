"""Who made a result: OBX-16 the person, OBX-15 or OBX-23 to OBX-25 the laboratory and its director."""

from __future__ import annotations

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.contacts import address
from adapters.hl7v2.datatypes.parties import organization, practitioner, producer, reference
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

DIRECTOR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0912", "code": "MDIR"}]}


def place_performers(obx: Segment, draft: Draft, scope: Scope) -> None:
    """Append to Observation.performer, each once."""
    for value in obx.said(16):
        try:
            _add(draft, reference(practitioner(value, scope), value.path))
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
    for value in obx.said(15)[:1]:
        try:
            _add(draft, reference(producer(value, scope), value.path))
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
    _laboratory(obx, draft, scope)


def _laboratory(obx: Segment, draft: Draft, scope: Scope) -> None:
    house = _house(obx, scope)
    director = obx.first(25)
    if director is None:
        if house is not None:
            _add(draft, house)
        return
    role = Composite()
    try:
        role.put_piece("practitioner", reference(practitioner(director, scope), director.path))
    except CannotPlace as why:
        scope.ledger.refuse_field(director.path, why)
        return
    role.put_piece("organization", house)
    role.put("code", [DIRECTOR])
    made = role.piece()
    if made is not None:
        _add(draft, reference(scope.directory.enter("PractitionerRole", made), director.path))


def _house(obx: Segment, scope: Scope) -> Piece | None:
    value = obx.first(23)
    if value is None:
        return None
    where = obx.first(24)
    try:
        made = organization(value, scope, address(where, scope) if where is not None else None)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return None
    return reference(made, value.path)


def _add(draft: Draft, performer: Piece) -> None:
    if all(performer.value != other for other in draft.get("performer") or ()):
        draft.add("performer", performer)
