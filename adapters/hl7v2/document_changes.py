"""TXA to Provenance: when a document was edited, why, by whom, and who authenticated it.

HL7's map says IRCP (receiver) for the originator too, which would turn round who wrote and who received:
here the originator is the author, AUT, and the receivers of copies are IRCP.
"""

from __future__ import annotations

from adapters.hl7v2.absent import absent
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.moments import instant
from adapters.hl7v2.datatypes.parties import practitioner, reference, sender
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_UPDATES = frozenset({"T04", "T06", "T08", "T10"})
_NAMES = {"AUT": "author (originator)", "IRCP": "information recipient", "AUTHEN": "authenticator"}


def translate_changes(txa: Segment, document: Draft, told: Told) -> list[Draft]:
    """One Provenance for each edit (TXA-8), one without where only a reason or receivers are told, and TXA-22's."""
    scope = told.scope
    edits = [made for value in txa.said(8) if (made := _moment(value, 1, scope)) is not None]
    told_copies = told.event in _UPDATES and bool(txa.said(23))
    drafts: list[Draft] = []
    if edits or txa.said(21) or told_copies:
        moments: list[Piece | None] = [*edits] or [None]
        drafts += [_edit(txa, document, recorded, told) for recorded in moments]
    drafts += [signed for value in txa.said(22) if (signed := _authentication(value, document, told)) is not None]
    return list({draft.id: draft for draft in drafts}.values())  # what is told twice is told once


def _moment(value: Value, component: int, scope: Scope) -> Piece | None:
    try:
        return instant(value, scope, component)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path if component == 1 else value.at(component), why)
        return None


def _edit(txa: Segment, document: Draft, recorded: Piece | None, told: Told) -> Draft:
    draft = _begun(document, ("edit", recorded.value if recorded is not None else told.event), told)
    _place_recorded(draft, recorded)
    for value in txa.said(21):
        text = value.whole().strip()
        if text:
            draft.add("reason", Piece({"text": text}, {"text": value.path}))
    for value in txa.said(9):
        _add_agent(draft, value, "AUT", told.scope)
    if told.event in _UPDATES:
        for value in txa.said(23):
            _add_agent(draft, value, "IRCP", told.scope)
    if not draft.count("agent"):
        _add_sender(draft, told)
    return draft


def _authentication(value: Value, document: Draft, told: Told) -> Draft | None:
    who = value.peek() or " ".join(value.peek(component) for component in (2, 3, 4))
    draft = _begun(document, ("authenticated", who, value.peek(15)), told)
    _add_agent(draft, value, "AUTHEN", told.scope)
    if not draft.count("agent"):
        return None
    _place_recorded(draft, _moment(value, 15, told.scope))
    return draft


def _place_recorded(draft: Draft, recorded: Piece | None) -> None:
    if recorded is not None:
        draft.place("recorded", recorded)
    else:
        draft.put("_recorded", absent())


def _begun(document: Draft, key: tuple[str, ...], told: Told) -> Draft:
    draft = Draft("Provenance", deterministic_id(told.scope.facility, "Provenance", document.id, *key))
    draft.put("target", [document.reference])
    return draft


def _add_agent(draft: Draft, value: Value, role: str, scope: Scope) -> None:
    try:
        who = reference(practitioner(value, scope), value.path)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return
    made = Composite()
    made.put("role", [{"coding": [{"system": _PARTICIPATION, "code": role, "display": _NAMES[role]}]}])
    made.put_piece("who", who)
    draft.add("agent", made.piece())


def _add_sender(draft: Draft, told: Told) -> None:
    """R4 asks for an agent: who sent the message tells of the change."""
    value = told.message.header.first(4) or told.message.header.first(3)
    if value is not None:
        draft.add("agent", {"who": sender(value, told.scope).reference}, value.path)
