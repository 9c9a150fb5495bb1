"""What an ADT event says of the visit beside PV1's words: how it stands, and which of those words it takes back.

The reasons stand in docs/adapters/hl7v2.md, Admissions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.message import Message
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from gateway.bundle import REOPENS
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.vocabulary import vocabulary

# Events of a person: PV1 is there because HL7 requires it, and speaks of a visit only where it names one.
_OF_PERSONS = frozenset({"A28", "A31", "A40"})
_NAMES_A_VISIT = (19, 44, 50)
_TAKEN_BACK: Mapping[str, Mapping[int, str]] = {
    "A12": {6: "the transfer is cancelled: the patient was not moved from there"},
    "A13": dict.fromkeys((36, 37, 45), "the discharge is cancelled, and what it said with it"),
}
# Events after which a visit goes on, also one that had ended or was cancelled.
_REOPENS = frozenset({"A01", "A04", "A05", "A06", "A07", "A13"})
_ADMITTED = frozenset({"I", "B"})  # patient classes of those who have a bed


@dataclass(frozen=True, slots=True)
class Event:
    """``code``: MSH-9.2 of an ADT, "" of any other message. ``occurred``: EVN-6 as a dateTime, where it is said."""

    code: str = ""
    occurred: Piece | None = None

    @property
    def taken_back(self) -> Mapping[int, str]:
        """Fields of PV1 that the event takes back: number → reason."""
        return _TAKEN_BACK.get(self.code, {})

    @property
    def is_of_persons(self) -> bool:
        """True of messages about a person (A28, A31, A40)."""
        return self.code in _OF_PERSONS

    def speaks_of(self, visit: Segment) -> bool:
        """False when PV1 stands in a message about a person and names no visit."""
        return not self.is_of_persons or any(visit.said(number) for number in _NAMES_A_VISIT)


def event_of(message: Message, scope: Scope) -> Event:
    """The event; a bad EVN-6 is told where the Provenance is made."""
    kind = message.header.first(9)
    if kind is None or kind.peek(1) != "ADT":
        return Event()
    for segment in message.named("EVN"):
        value = segment.first(6)
        if value is not None:
            try:
                return Event(kind.peek(2), date_time(value.alone(value.path), scope))
            except CannotPlace:
                break
    return Event(kind.peek(2))


def status_of(visit: Segment, event: Event) -> Piece | None:
    """Encounter.status: what the event says, else PV1's discharge and class; None where nothing says it."""
    kind = visit.text(2)
    said = vocabulary("hl7v2-event-status").translate(event.code)
    told = Piece.of(said.code, "MSH-9.2") if said is not None else None
    if told is not None and told.value in ("cancelled", "finished"):
        return told
    if visit.said(45) and 45 not in event.taken_back:
        return Piece.of("finished", visit.path(45))
    if told is not None and event.code in ("A01", "A04") and kind == "P":
        told = None  # who is admitted beforehand has not come yet
    if told is not None and told.value == "arrived" and kind in _ADMITTED:
        return Piece.of("in-progress", visit.path(2))  # arrived at a place of the house, in a stay long begun
    if told is not None:
        return told
    by_class = vocabulary("hl7v2-encounter-status").translate(kind)
    return Piece.of(by_class.code, visit.path(2)) if by_class is not None else None


def place_event(draft: Draft, event: Event) -> None:
    """What follows for places, period and class from the event and the status it gives."""
    status = draft.get("status")
    for location in draft.get("location") or ():
        if location.get("status") == "active":
            if status == "planned":
                location["status"] = "planned"
            elif status == "finished":
                location["status"] = "completed"  # whoever is discharged has left the bed
            elif status == "cancelled":
                del location["status"]  # whether the patient ever was there is not said
    if event.code in _REOPENS and status != "finished":
        draft.add("meta.tag", Piece(dict(REOPENS), {"code": "MSH-9.2"}))
    if event.occurred is None:
        return
    if event.code == "A03" and "end" not in (draft.get("period") or {}):
        draft.place("period.end", event.occurred)
    if event.code == "A02":
        for index in range(draft.count("location")):
            source = draft.lineage.get(f"location[{index}].location.reference", "")
            edge = {"3": "start", "6": "end"}.get(source.partition("-")[2])
            if edge:
                draft.place(f"location[{index}].period.{edge}", event.occurred)
    if event.code in ("A06", "A07") and "code" in draft.get("class"):
        draft.add("classHistory", Piece({"class": dict(draft.get("class"))}))
        draft.place(f"classHistory[{draft.count('classHistory') - 1}].period.start", event.occurred)
