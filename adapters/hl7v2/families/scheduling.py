"""SIU: appointments, each an Appointment of the same id through all its events.

Known by the filler's number (SCH-2), else the placer's (SCH-1), and SCH-3 for one of a series. A cancelled, deleted or
missed appointment stays, with its status. Events of free and blocked times (S23, S24) are of no patient and refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from adapters.hl7v2.absent import absent
from adapters.hl7v2.appointment_participants import place_participants, taken_away
from adapters.hl7v2.appointment_requests import translate_requests
from adapters.hl7v2.appointment_times import place_times
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.identifiers import entity_number
from adapters.hl7v2.datatypes.moments import instant
from adapters.hl7v2.datatypes.parties import practitioner, reference, sender
from adapters.hl7v2.families.results import translate_results
from adapters.hl7v2.groups import Schedule
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.status import place_status
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.vocabulary import vocabulary

NOTE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.note"
_ENTERER = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
# What an event leaves open for SCH-25 to say: it does not take place, in this way.
_ENDS = {
    "S15": frozenset({"cancelled", "entered-in-error"}),
    "S16": frozenset({"cancelled"}),
    "S17": frozenset({"entered-in-error", "cancelled"}),
    "S26": frozenset({"noshow"}),
}
_TAKES_AWAY = frozenset({"S20", "S21", "S22"})
_TYPES_TABLE = "HL70277"


def translate_scheduling(told: Told) -> list[Draft]:
    """Every SCH. PayloadError without any: it is required, so the message was cut off."""
    if not told.groups.schedules:
        raise PayloadError("hl7v2-no-appointment", "SCH")
    drafts = translate_results(told) if told.groups.orders else []
    seen: Counter[tuple[str, ...]] = Counter()
    for schedule in told.groups.schedules:
        drafts += _translate(schedule, told, seen, {one.id for one in drafts})
    return drafts


def _translate(schedule: Schedule, told: Told, seen: Counter[tuple[str, ...]], known: Collection[str]) -> list[Draft]:
    sch, scope = schedule.sch, told.scope
    key = _key(sch, scope)
    seen[key] += 1
    key = (*key, str(seen[key]))
    draft = Draft("Appointment", deterministic_id(scope.facility, "Appointment", *told.number, *key))
    _status(schedule, draft, told)
    place(segment_rows("SCH"), sch, {"Appointment": draft}, scope, scope.ledger)
    _reason(sch, draft, scope)
    for booking in schedule.bookings:
        _asked_for(booking.segment, draft, scope)
    place_times(schedule, draft, scope)
    place_participants(schedule, draft, told)
    requests = translate_requests(schedule, draft, told, known)
    for number, kind in ((23, "placer-appointment"), (24, "filler-appointment")):
        for value in sch.said(number):
            _part_of(value, kind, draft, scope)
    _notes(schedule, draft, scope)
    if told.event in _TAKES_AWAY and not any(taken_away(booking.segment) for booking in schedule.bookings):
        scope.ledger.hold("structure", "hl7v2-appointment-part-unclear", sch.label)
    return [draft, *requests, *_provenance(sch, draft, told)]


def _key(sch: Segment, scope: Scope) -> tuple[str, ...]:
    series = sch.text(3)
    one = (series,) if series not in ("", "0") else ()
    if one and (value := sch.first(3)) is not None:
        value.take()
    for number, kind in ((2, "filler"), (1, "placer")):
        if text := sch.text(number):
            return (kind, text, *one)
    scope.ledger.hold("required", "hl7v2-appointment-without-number", sch.path(2))
    return ("time", sch.raw(11), *one)


def _status(schedule: Schedule, draft: Draft, told: Told) -> None:
    """SCH-25, else an event that ends it, else the only word of AIS-10 (HL7's rows), else what the event says."""
    said, event = schedule.sch.first(25), told.event
    if said is not None:
        if not place_status(draft, said, "hl7v2-appointment-status", told.scope):
            draft.put("_status", absent())
            told.scope.ledger.hold("code-invalid", "hl7v2-appointment-status-unknown", said.path)
        elif event in _ENDS and draft.get("status") not in _ENDS[event]:
            told.scope.ledger.hold("business-rule", "hl7v2-appointment-contradiction", said.path)
        return
    services = [booking.segment.first(10) for booking in schedule.bookings if booking.segment.name == "AIS"]
    words = {value.peek() for value in services if value is not None}
    if event not in _ENDS and len(words) == 1 and vocabulary("hl7v2-appointment-status").translate(*words) is not None:
        value = next(one for one in services if one is not None)
        place_status(draft, value, "hl7v2-appointment-status", told.scope)
        return
    target = vocabulary("hl7v2-appointment-event").translate(event)
    if target is not None:
        draft.put("status", target.code, "MSH-9.2")
    else:
        draft.put("_status", absent())


def _reason(sch: Segment, draft: Draft, scope: Scope) -> None:
    for value in sch.said(7):
        is_type = value.peek(3) == _TYPES_TABLE and draft.get("appointmentType") is None
        made = codeable(value, scope, *(() if is_type else ("hl7v2-appointment-reason",)))
        if made is None:
            continue
        if is_type:
            draft.place("appointmentType", made)
        else:
            draft.add("reasonCode", made)
    if draft.get("status") == "cancelled":  # app-4; for a missed one the Provenance tells why
        for value in sch.said(6)[:1]:
            if (why := codeable(value, scope)) is not None:
                draft.place("cancelationReason", why)


def _asked_for(segment: Segment, draft: Draft, scope: Scope) -> None:
    value = segment.first(3) if segment.name == "AIS" else None
    made = codeable(value, scope) if value is not None else None
    if made is not None and made.value not in (draft.get("serviceType") or []):
        draft.add("serviceType", made)


def _part_of(value: Value, kind: str, draft: Draft, scope: Scope) -> None:
    number = entity_number(value, scope, kind)
    if number is not None:
        sources = {f"identifier.{at}": source for at, source in number.sources.items()}
        draft.add("supportingInformation", Piece({"type": "Appointment", "identifier": number.value}, sources))


def _notes(schedule: Schedule, draft: Draft, scope: Scope) -> None:
    """R4's comment has the words of all notes; the extension (R5's note) who wrote each and when."""
    texts, paths = [], []
    for note in (*schedule.notes, *(one for booking in schedule.bookings for one in booking.notes)):
        made = annotation(note, scope)
        if made is not None:
            texts.append(made.value["text"])
            paths.append(note.path(3))
            sources = {f"valueAnnotation.{at}": source for at, source in made.sources.items()}
            draft.add("extension", Piece({"url": NOTE, "valueAnnotation": made.value}, sources))
    if texts:
        draft.put("comment", "\n".join(texts), paths[0])


def _provenance(sch: Segment, draft: Draft, told: Told) -> list[Draft]:
    """Who entered this event, and why (SCH-6), where either is said beside the appointment itself."""
    scope = told.scope
    why = [] if "cancelationReason" in draft.resource else list(sch.said(6))
    who = list(sch.said(20))
    if not why and not who:
        return []
    made = Draft("Provenance", deterministic_id(scope.facility, "Provenance", draft.id, told.event))
    made.put("target", [draft.reference])
    _recorded(made, told)
    for value in why:
        if (reason := codeable(value, scope)) is not None:
            made.add("reason", reason)
    for value in who:
        try:
            person = reference(practitioner(value, scope), value.path)
        except CannotPlace as refused:
            scope.ledger.refuse_field(value.path, refused)
            continue
        agent = Composite()
        agent.put("type", {"coding": [{"system": _ENTERER, "code": "enterer", "display": "Enterer"}]})
        agent.put_piece("who", person)
        made.add("agent", agent.piece())
    header = told.message.header.first(4) or told.message.header.first(3)
    if not made.count("agent") and header is not None:
        made.add("agent", {"who": sender(header, scope).reference}, header.path)
    return [made]


def _recorded(made: Draft, told: Told) -> None:
    written = told.message.header.first(7)
    try:
        moment = instant(written, told.scope) if written is not None else None
    except CannotPlace:  # MSH-7 is listed already, as every message's
        moment = None
    if moment is not None:
        made.place("recorded", moment)
    else:
        made.put("_recorded", absent())
