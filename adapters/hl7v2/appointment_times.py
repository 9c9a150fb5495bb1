"""When an appointment is: SCH-11, else TQ1, else the start all of what it takes agrees on.

R4 asks for both start and end of an appointment that takes place (app-3). An end nobody said is counted from a
duration with a unit; without one the element says that it is unknown.
"""

from __future__ import annotations

from adapters.hl7v2.absent import absent
from adapters.hl7v2.datatypes.moments import date_time, instant, reversed_period
from adapters.hl7v2.durations import counted, later, seconds
from adapters.hl7v2.groups import Schedule
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

STARTS = {"AIS": 4, "AIG": 8, "AIL": 6, "AIP": 6}  # the duration stands three fields behind, its unit four
_LONGEST = 2_147_483_647  # minutes: the largest of FHIR's integers
_MAY_LACK = frozenset({"proposed", "cancelled", "waitlist"})  # of app-3
_NOT_TAKING_PLACE = _MAY_LACK | {"entered-in-error", "noshow"}


def place_times(schedule: Schedule, draft: Draft, scope: Scope) -> None:
    """start, end, minutesDuration, or requestedPeriod for a day without a time. ``status`` must be placed."""
    begun, ended = _said(schedule)
    start = _moment(begun, draft, scope)
    if start is not None:
        draft.place("start", start)
    lasts = _lasting(schedule, draft, scope)
    end = _moment(ended, draft, scope, is_end=True)
    if start is not None:
        if end is None and lasts is not None:
            end = _counted(start, lasts, scope)
        if end is not None and reversed_period({"start": start.value, "end": end.value}):
            scope.ledger.refuse_field(end.sources[""], CannotPlace("hl7v2-period-reversed"))
            end = None
        if end is not None:
            draft.place("end", end)
    _complete(schedule, draft, scope)


def _said(schedule: Schedule) -> tuple[tuple[Value, int] | None, tuple[Value, int] | None]:
    """(value and component of the start, of the end)."""
    for value in schedule.sch.said(11):
        if value.peek(4):
            return (value, 4), (value, 5) if value.peek(5) else None
    timing = schedule.timing
    if timing is not None and (start := timing.first(7)) is not None:
        end = timing.first(8)
        return (start, 1), (end, 1) if end is not None else None
    for names in (("AIS",), tuple(STARTS)):
        starts = _starts(schedule, names)
        if starts and len({value.raw for value in starts}) == 1:
            return (starts[0], 1), None
    return None, None


def _starts(schedule: Schedule, names: tuple[str, ...]) -> list[Value]:
    segments = [booking.segment for booking in schedule.bookings if booking.segment.name in names]
    return [value for segment in segments if (value := segment.first(STARTS[segment.name])) is not None]


def _moment(said: tuple[Value, int] | None, draft: Draft, scope: Scope, *, is_end: bool = False) -> Piece | None:
    if said is None:
        return None
    value, component = said
    try:
        return instant(value, scope, component)
    except CannotPlace as why:
        if why.rule != "time-not-an-instant":
            scope.ledger.refuse_field(value.path, why)
            return None
    day = date_time(value, scope, component)  # the day is known, the hour is not
    if day is not None:
        draft.place(f"requestedPeriod[0].{'end' if is_end else 'start'}", day)
    return None


def _lasting(schedule: Schedule, draft: Draft, scope: Scope) -> tuple[int, str] | None:
    """(seconds, the field that says so): SCH-9, else TQ.3, else the AIS that has a duration, if one has."""
    found: list[tuple[int, str]] = []
    amount = schedule.sch.first(9)
    if amount is not None and (made := seconds(amount, schedule.sch.first(10))) is not None:
        found.append((made, amount.path))
    for value in schedule.sch.said(11)[:1]:
        if (made := counted(value, 3)) is not None:
            found.append((made, value.at(3)))
    if not found:
        found = _services(schedule)
    if not found or found[0][0] <= 0:
        return None
    if found[0][0] % 60 == 0 and found[0][0] // 60 <= _LONGEST:
        draft.put("minutesDuration", found[0][0] // 60, found[0][1])
    return found[0]


def _services(schedule: Schedule) -> list[tuple[int, str]]:
    """The duration of the only service."""
    services = [booking.segment for booking in schedule.bookings if booking.segment.name == "AIS"]
    if len(services) != 1:
        return []
    amount = services[0].first(7)
    made = seconds(amount, services[0].first(8))
    return [(made, amount.path)] if amount is not None and made is not None else []


def _counted(start: Piece, lasts: tuple[int, str], scope: Scope) -> Piece | None:
    try:
        return later(start.value, *lasts)
    except CannotPlace as why:
        scope.ledger.refuse_field(lasts[1], why)
        return None


def _complete(schedule: Schedule, draft: Draft, scope: Scope) -> None:
    """What R4 asks for and nobody said is marked so; a patient who is to come must be told when."""
    status = draft.get("status")
    if draft.get("start") is not None and draft.get("end") is not None:
        return
    if draft.get("start") is None and status in _MAY_LACK:
        return
    for name in ("start", "end"):
        if draft.get(name) is None:
            draft.put(f"_{name}", absent())
    if status in _NOT_TAKING_PLACE:
        return
    if draft.get("start") is None:
        scope.ledger.hold("required", "hl7v2-appointment-start-missing", schedule.sch.path(11))
    else:
        scope.ledger.remark("warning", "required", "hl7v2-appointment-end-missing", schedule.sch.path(11))


def place_period(segment: Segment, participant: Draft, start: str | None, scope: Scope) -> None:
    """A participant's own period, at ``period`` of the draft; an offset counts from the appointment's ``start``."""
    at = STARTS[segment.name]
    said, begun = segment.first(at), None
    try:
        if said is not None:
            begun = instant(said, scope)
        elif start is not None and (away := segment.first(at + 1)) is not None:
            offset = seconds(away, segment.first(at + 2))
            begun = later(start, offset, away.path) if offset is not None else None
        if begun is None:
            return
        participant.place("period.start", begun)
        lasts = segment.first(at + 3)
        if lasts is not None and (made := seconds(lasts, segment.first(at + 4))) is not None and made >= 0:
            participant.place("period.end", later(begun.value, made, lasts.path))
    except CannotPlace as why:
        scope.ledger.refuse_field(said.path if said is not None else segment.path(at), why)
