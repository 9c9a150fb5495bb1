"""Who made a result: OBX-16 the person, OBX-15 or OBX-23 to OBX-25 the laboratory and its director."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adapters.hl7v2.account import unsaid
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.contacts import address
from adapters.hl7v2.datatypes.parties import organization, practitioner, producer, reference
from adapters.hl7v2.directory import Performed
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace, Ledger

_FIELDS = (15, 16, 23, 24, 25)


def performed(obx: Segment, scope: Scope) -> Performed | None:
    """Whom the segment names, looked up once in a message; None when there is something to tell of them."""
    key = tuple([obx.raw(number) for number in _FIELDS])
    if key in scope.directory.performed:
        return scope.directory.performed[key]
    ledger, draft = Ledger(), Draft("Observation", "")
    place_performers(obx, draft, replace(scope, ledger=ledger))
    made = None
    if ledger.counts == (0, 0, 0):
        cut = len(obx.label)
        left = tuple((path[cut:], reason) for number in _FIELDS for path, reason in unsaid(obx, number))
        ends = tuple((path, source[cut:]) for path, source in draft.lineage.items())
        made = Performed(tuple(one["reference"] for one in draft.resource.get("performer", ())), (ends, left))
    scope.directory.performed[key] = made
    return made


def _as(role: str) -> dict[str, Any]:
    """A code of HL7 table 0912, which PRT-4 has: MDIR the laboratory's director, RO the responsible observer, for whom
    HL7's map has a word that R4's practitioner-role has not."""
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0912", "code": role}]}


def place_performers(obx: Segment, draft: Draft, scope: Scope) -> None:
    """Append to Observation.performer, each once."""
    for value in obx.said(16):
        try:
            role = Composite()
            role.put_piece("practitioner", reference(practitioner(value, scope), value.path))
            role.put("code", [_as("RO")])
            _add(
                draft, reference(scope.directory.enter("PractitionerRole", Piece(role.value, role.sources)), value.path)
            )
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
        if house is not None:
            _add(draft, house)
        return
    role.put_piece("organization", house)
    role.put("code", [_as("MDIR")])
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
        if where is not None:
            scope.ledger.leave(where.path, "the address of nobody who is named")
        return None
    return reference(made, value.path)


def _add(draft: Draft, performer: Piece) -> None:
    if all(performer.value != other for other in draft.get("performer") or ()):
        draft.add("performer", performer)
