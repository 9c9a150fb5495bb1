"""Who and what an appointment takes: the patient, the contacts of SCH, and each AIS, AIG, AIL and AIP.

R4 asks each participant for a status. What HL7 v2 says of one (AIG-14, AIL-12, AIP-12, AIS-10) is its status; what a
segment takes out of the appointment (action code D) has declined, so that nobody waits for it. R4's list has no
``unknown``; where nobody said whether one accepted, the status is iCalendar's default of a participant, needs-action
(RFC 5545, 3.2.12, from which R4's list comes).
"""

from __future__ import annotations

from adapters.hl7v2.appointment_times import place_period
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.parties import practitioner, reference
from adapters.hl7v2.datatypes.places import place_reference
from adapters.hl7v2.groups import Schedule
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.status import place_status
from adapters.hl7v2.told import Told
from gateway.bundle import CANONICAL, Resource
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.values import SOURCE_TEXT

ROLES = f"{CANONICAL}/CodeSystem/appointment-contact"
_ENTERER = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
# HL7's map has "#placer contact#", a code no system has: these are the gateway's own.
_CONTACTS = {
    12: {"system": ROLES, "code": "placer-contact", "display": "Who asked for the appointment"},
    16: {"system": ROLES, "code": "filler-contact", "display": "Who keeps the schedule"},
    20: {"system": _ENTERER, "code": "enterer", "display": "Enterer"},
}
_STATUS = {"AIS": 10, "AIG": 14, "AIL": 12, "AIP": 12}
_REMOVED = "D"
_NOT_SAID = "needs-action"
# What AIG-4 may say of a resource, in words that systems use; of any other nothing is known but its number.
_PLACES = frozenset({"ROOM", "LOCATION", "LOC", "BED", "PHÒNG", "GIƯỜNG", "BUỒNG"})
_DEVICES = frozenset({"EQUIPMENT", "DEVICE", "EQ", "MACHINE", "MÁY", "THIẾT BỊ"})
SUBJECT = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.subject"


def place_participants(schedule: Schedule, draft: Draft, told: Told) -> None:
    """The participants, in the message's order, the patient first. ``start`` must be placed."""
    _add_patient(draft, told)
    for number, role in _CONTACTS.items():
        for value in schedule.sch.said(number):
            _add_contact(draft, value, role, told.scope)
    for booking in schedule.bookings:
        _add_booked(draft, booking.segment, told.scope)


def taken_away(segment: Segment) -> bool:
    """True when the segment says that what it names is no part of the appointment any more."""
    action = segment.first(2)
    if action is not None and action.peek() == _REMOVED:
        return True
    status = segment.first(_STATUS[segment.name])
    return status is not None and status.peek().lower() in ("cancelled", "deleted", "discontinued", "dc")


def _add_patient(draft: Draft, told: Told) -> None:
    pid = told.groups.patients[0]
    source = next((pid.path(number) for number in (3, 2, 4) if pid.said(number)), pid.path(5))
    actor = {**told.patient.reference, "type": "Patient"}
    participant: Resource = {"actor": actor, "status": _NOT_SAID}
    draft.add("participant", Piece(participant, {"actor.reference": source}))
    subject = {"url": SUBJECT, "valueReference": told.patient.reference}
    draft.add("extension", Piece(subject, {"valueReference.reference": source}))


def _add_contact(draft: Draft, value: Value, role: Resource, scope: Scope) -> None:
    try:
        who = reference(practitioner(value, scope), value.path)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return
    actor = {**who.value, "type": "Practitioner"}
    participant: Resource = {"type": [{"coding": [dict(role)]}], "actor": actor, "status": _NOT_SAID}
    draft.add("participant", Piece(participant, {"actor.reference": value.path}))


def _add_booked(draft: Draft, segment: Segment, scope: Scope) -> None:
    """One segment. Built as a draft of its own, since it has a status and a period like a resource."""
    made = Draft("participant", "")
    made.resource.clear()
    _actor(segment, made, scope)
    if segment.name != "AIS":
        for value in segment.said(4):
            if (kind := codeable(value, scope)) is not None:
                made.add("type", kind)
    if not made.resource:
        scope.ledger.remark("warning", "required", "hl7v2-unnamed", segment.path(3))
        return
    _own_status(segment, made, scope)
    place_period(segment, made, draft.get("start"), scope)
    draft.add("participant", Piece(made.resource, made.lineage))


def _actor(segment: Segment, made: Draft, scope: Scope) -> None:
    value = segment.first(3)
    if value is None:
        return
    try:
        piece = _ACTORS[segment.name](value, segment, scope)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
    else:
        if piece is not None:
            made.place("actor", piece)


def _attended(value: Value, _segment: Segment, _scope: Scope) -> Piece | None:
    text = value.peek(2) or value.peek(9) or value.peek(5) or value.peek(1)
    return Piece({"type": "HealthcareService", "display": text}, {"display": value.path}) if text else None


def _general(value: Value, segment: Segment, scope: Scope) -> Piece | None:
    """AIG-3 by its number and name; a Location where AIG-4 says that it is one."""
    kinds = {text.upper() for one in segment.said(4) for text in (one.peek(1), one.peek(2)) if text}
    made: Resource = {}
    sources: dict[str, str] = {}
    if number := value.take():
        made["identifier"] = {"system": scope.system("resource"), "value": number}
        sources["identifier.value"] = value.path if value.components == 1 else value.at(1)
    if name := value.take(2):
        made["display"] = name
        sources["display"] = value.at(2)
    value.take(3)
    if made and kinds & (_PLACES | _DEVICES):
        made["type"] = "Location" if kinds & _PLACES else "Device"
    return Piece(made, sources) if made else None


def _person(value: Value, _segment: Segment, scope: Scope) -> Piece:
    who = reference(practitioner(value, scope), value.path)
    return Piece({**who.value, "type": "Practitioner"}, {"reference": value.path})


def _place(value: Value, _segment: Segment, scope: Scope) -> Piece | None:
    where = place_reference(value, scope)
    return Piece({**where.value, "type": "Location"}, where.sources) if where is not None else None


_ACTORS = {"AIS": _attended, "AIG": _general, "AIL": _place, "AIP": _person}


def _own_status(segment: Segment, made: Draft, scope: Scope) -> None:
    action, value = segment.first(2), segment.first(_STATUS[segment.name])
    if action is not None:
        action.take()
    if action is not None and action.peek() == _REMOVED:
        made.put("status", "declined", action.path)
        extension = {"url": SOURCE_TEXT, "valueString": _REMOVED}
        made.place("_status", Piece({"extension": [extension]}, {"extension[0].valueString": action.path}))
    elif value is None or not place_status(made, value, "hl7v2-participation-status", scope):
        made.put("status", _NOT_SAID)
