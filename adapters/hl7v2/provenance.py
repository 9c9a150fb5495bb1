"""MSH and EVN to the one Provenance of a message: who said all this, when, and with which message.

HL7 maps MSH[Provenance-Source], MSH[Provenance-Operator] and EVN[Provenance]. It says what the sender says of
itself; who translated and signed it, the signed exchange says (gateway.trust), with a Provenance of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.hl7v2.absent import absent
from adapters.hl7v2.datatypes.moments import date_time, instant
from adapters.hl7v2.datatypes.parties import facility_organization, organization, sender
from adapters.hl7v2.message_header import sent_header
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.sent_message import sent_message
from adapters.hl7v2.told import Told
from adapters.hl7v2.transformation import adapter, transformation
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place

_ZONE = re.compile("[+-]")
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def translate_provenance(told: Told, drafts: Sequence[Draft], software: Sequence[Draft], record: bytes) -> Draft:
    """``drafts``: every other resource of the message but those the directory holds, which are targets too.
    ``software``: what the message was made with; the first wrote it, the others worked on it since (SFT).
    ``record``: the message's bytes, without marks or a batch around them.

    A message sent again (its MSH-3, -7, -10 and -13 are the same) has the same Provenance. MSH-7 is among
    them because senders begin their MSH-10 anew, by the day or with each restart.
    """
    header, scope = told.message.header, told.scope
    draft = Draft("Provenance", "")
    draft.put("target", [])  # stands first; filled when all are known
    _times(told, draft)
    _activity(header, draft)
    _author(header, draft, scope)
    if told.groups.event is not None:
        place(segment_rows("EVN"), told.groups.event, {"Provenance": draft}, scope, scope.ledger)
    source = _sources(told, draft, record)
    for position, device in enumerate(software):
        draft.add("entity", {"role": "derivation" if position else "source", "what": device.reference})
    draft.put("target", [one.reference for one in (*drafts, *scope.directory.drafts.values())])
    key = [header.raw(number) for number in (3, 7, 10, 13)]
    if not key[2]:
        key += [one["reference"] for one in draft.resource["target"]]
    draft.resource["id"] = deterministic_id(scope.facility, "Provenance", *key)
    draft.resource["contained"] += [adapter(), transformation(draft, source)]
    return draft


def _times(told: Told, draft: Draft) -> None:
    """``recorded`` is an instant: EVN-2, else MSH-7. A day alone is none; it is when the message happened, then.

    R4 requires ``recorded``: where the sender says no instant, the element says that it is unknown.
    """
    event, header, scope = told.groups.event, told.message.header, told.scope
    occurred = _moment(event.first(6), scope) if event is not None else None
    recorded = _instant(event.first(2), scope) if event is not None else None
    written = header.first(7)
    if recorded is None:
        recorded = _instant(written, scope)
    if recorded is None and occurred is None:
        occurred = _moment(written, scope)
    if occurred is not None:
        draft.place("occurredDateTime", occurred)
    if recorded is not None:
        draft.place("recorded", recorded)
    else:
        draft.put("_recorded", absent())


def _instant(value: Value | None, scope: Scope) -> Piece | None:
    """None too for a day alone, which has its place elsewhere, or is listed."""
    if value is None or len(_ZONE.split(value.peek())[0]) < 12:
        return None
    try:
        return instant(value, scope)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return None


def _moment(value: Value | None, scope: Scope) -> Piece | None:
    if value is None or scope.ledger.used(value.path):
        return None
    try:
        return date_time(value, scope)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return None


def _activity(header: Segment, draft: Draft) -> None:
    """What it happened by: MSH-9 as HL7's map words it; R4 has no code for it."""
    kind = header.first(9)
    if kind is not None:
        parts = [kind.take(component) for component in (1, 2, 3)]
        draft.put("activity.coding[0].display", "message - " + "^".join(part for part in parts if part), kind.path)


def _author(header: Segment, draft: Draft, scope: Scope) -> None:
    """Who answers for the message: MSH-22, else MSH-4, else the facility it came from."""
    draft.put("agent[0].type", {"coding": [{"system": _AGENT, "code": "author", "display": "Author"}]})
    for number, made_of in ((22, organization), (4, sender)):
        value = header.first(number)
        if value is None:
            continue
        try:
            draft.put("agent[0].who", made_of(value, scope).reference, value.path)
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
        else:
            return
    draft.put("agent[0].who", facility_organization(scope).reference)


def _sources(told: Told, draft: Draft, record: bytes) -> Piece:
    """What it was made of: the message (MSH-10), written by the program of MSH-3. The message, which is given back, is
    told of by number, digest and header; itself it is kept with the exchange, and what travels apart may stand in it.
    """
    header, scope = told.message.header, told.scope
    message, program = header.first(10), header.first(3)
    draft.put("contained", [])
    for one in (sent_message(header, record, scope), sent_header(header, scope)):
        draft.add("contained", Piece(one.resource, one.lineage))
    if message is not None and (number := message.whole().strip()):
        source = _source(scope.system("message"), number, message.path, {"reference": "#message"})
    else:
        source = Piece({"role": "source", "what": {"reference": "#message"}})
    draft.add("entity", source)
    if program is not None and (name := program.take() or program.take(2)):
        at = program.path if program.components == 1 else program.at(1 if program.peek() else 2)
        draft.add("entity", _source(scope.system("application"), name, at, {"type": "Device"}))
    return source


def _source(system: str, number: str, at: str, kind: dict[str, str]) -> Piece:
    """An entity known by its number in a system of the sender's own."""
    what = {**kind, "identifier": {"system": system, "value": number}}
    return Piece({"role": "source", "what": what}, {"what.identifier.value": at})
