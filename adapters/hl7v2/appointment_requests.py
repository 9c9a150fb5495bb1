"""The orders an appointment is for: SCH-26 and SCH-27, with what AIS says of the service.

HL7's map says the order is active, or has the appointment's status: neither is known of an order, so its status
is unknown. It calls the service's code an identifier: it is the code.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import zip_longest

from adapters.hl7v2.appointment_times import place_period
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.identifiers import entity_number
from adapters.hl7v2.groups import Schedule
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece


def translate_requests(schedule: Schedule, appointment: Draft, told: Told, known: Collection[str]) -> list[Draft]:
    """A ServiceRequest for each order. Numbers pair by position where both are said as often, else each is one.

    ``known``: ids of those that an earlier SCH of the message asked for; the appointment is based on them, too.
    """
    placers, fillers = schedule.sch.said(26), schedule.sch.said(27)
    pairs: list[tuple[Value | None, Value | None]]
    if len(placers) == len(fillers):
        pairs = [*zip_longest(placers, fillers)]
    else:
        pairs = [*((placer, None) for placer in placers), *((None, filler) for filler in fillers)]
    services = [booking.segment for booking in schedule.bookings if booking.segment.name == "AIS"]
    made: list[Draft] = []
    for at, (placer, filler) in enumerate(pairs):
        service = services[at] if len(services) == len(pairs) else None
        request = _request(placer, filler, told)
        if request is not None and all(request.id != one.id for one in made):
            appointment.add("basedOn", request.reference)
            if request.id not in known:
                _describe(request, service, appointment, told)
                made.append(request)
    return made


def _request(placer: Value | None, filler: Value | None, told: Told) -> Draft | None:
    numbers = [
        (kind, one.peek(), piece)
        for one, kind in ((placer, "placer"), (filler, "filler"))
        if one is not None and (piece := entity_number(one, told.scope, kind)) is not None
    ]
    if not numbers:
        return None
    kind, value, _ = numbers[-1]
    identifier = deterministic_id(told.scope.facility, "ServiceRequest", *told.number, "booked", kind, value)
    draft = Draft("ServiceRequest", identifier)
    draft.put("subject", told.patient.reference)
    draft.put("status", "unknown")
    draft.put("intent", "order")
    for _, _, piece in numbers:
        draft.add("identifier", piece)
    return draft


def _describe(request: Draft, service: Segment | None, appointment: Draft, told: Told) -> None:
    if service is None:
        return
    code = service.first(3)
    if code is not None and (made := codeable(code, told.scope)) is not None:
        request.place("code", made)
        for number in (11, 12):
            for value in service.said(number):
                if (detail := codeable(value, told.scope)) is not None:
                    request.add("orderDetail", detail)
    period = Draft("period", "")
    period.resource.clear()
    place_period(service, period, appointment.get("start"), told.scope)
    if "period" in period.resource:
        sources = {path.removeprefix("period."): source for path, source in period.lineage.items()}
        request.place("occurrencePeriod", Piece(period.resource["period"], sources))
