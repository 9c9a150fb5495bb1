"""ROL and PRT: who takes part in what stands before them: the patient's care, a visit, an order, a result, a procedure.

What a segment stands behind decides what is made of it, and the role where on that it goes. What HL7's maps say of the
roles among relatives contradicts itself (any role but PP would be one); here the role's table decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from adapters.hl7v2.care_teams import care_team
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.order_participants import labels_of, of_order
from adapters.hl7v2.participation import Participation
from adapters.hl7v2.practitioner_roles import (
    NOT_HERE,
    hold_ended,
    is_a_person_alone,
    mark_taken_back,
    role_references,
)
from adapters.hl7v2.relatives_taking_part import related_person, the_patient
from adapters.hl7v2.result_devices import device
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.mapping.draft import Draft, Piece

LOCATION = "http://hl7.org/fhir/StructureDefinition/event-location"
SAID_AGAIN = "a segment further down says of the same participation whether it stands"
_PASSED = ("ROL", "PRT", "NTE", "ARV", "DB1", "CTD")  # what a segment may stand behind without speaking of it
_GOES_ON = {"PD1": "PID", "MRG": "PID", "PV2": "PV1"}  # what speaks of the same as the segment before it
_OF_PATIENT = ("PID", "PD1", "MRG")
_OF_VISIT = ("PV1", "PV2")
_OF_ORDER = ("ORC", "OBR", "TQ1", "TQ2", "RXO", "RXR", "RXC", "RXA", "IPC", "SPM")
# Roles of HL7's tables that are no word on who made a result: behind OBX they are listed.
_OF_OTHER_THINGS = (
    *("AAP", "AC", "AD", "AP", "AT", "CP", "DP", "EP", "FHCP", "OP", "PB", "PP"),
    *("RCT", "RP", "RT", "SB", "SC", "VPS", "VTS", "WAY", "WAYR"),
)


def translate_participations(told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """What the segments make of their own; ``drafts``: what the message made so far, to which they are added."""
    if not told.groups.participations:
        return []
    anchors = _anchors(told.message.segments)
    said = [(Participation(segment, told.scope), anchors[segment.label]) for segment in told.groups.participations]
    made: list[Draft] = []
    for position, (one, anchor) in enumerate(said):
        room = _ROOMS.get(anchor.name) if anchor is not None else None
        if room is None or anchor is None:
            one.leave(NOT_HERE)
        elif _is_said_again(one, [later for later, behind in said[position + 1 :] if behind is anchor]):
            one.leave(SAID_AGAIN, all_of_it=True)
        else:
            made += room(one, anchor, told, drafts)
    return list({draft.id: draft for draft in made}.values())


def _anchors(segments: Iterable[Segment]) -> dict[str, Segment | None]:
    """What each ROL and PRT stands behind."""
    found: dict[str, Segment | None] = {}
    last: Segment | None = None
    for segment in segments:
        if segment.name in ("ROL", "PRT"):
            found[segment.label] = last
        elif segment.name not in _PASSED and not (last and _GOES_ON.get(segment.name) == last.name):
            last = segment
    return found


def _is_said_again(one: Participation, later: Sequence[Participation]) -> bool:
    """True where a participation is taken back further down, or one that was taken back is told of anew."""
    same = [other for other in later if one.names_the_same(other)]
    return any(other.ended for other in same) or (bool(same) and one.ended)


def _of_patient(one: Participation, _anchor: Segment, told: Told, _drafts: Sequence[Draft]) -> list[Draft]:
    """The general practitioner (PP), a relative, or the member of a care team; a care giver is both of these."""
    kin = one.kin()
    if not kin and one.code() == "PP":
        _care_for(one, told)
        return []
    relative = related_person(one, told) if kin and kin != "SEL" else None
    member: Piece | None = None
    if kin == "SEL":
        member = the_patient(one, told)
    elif relative is not None and kin == "CGV":
        member = Piece.of(relative.reference, one.path("person"))
    team = care_team(one, told, member) if member is not None or not kin else None
    if relative is None and team is None:
        one.leave(NOT_HERE, all_of_it=True)
        hold_ended(one, told)
    return [draft for draft in (relative, team) if draft is not None]


def _care_for(one: Participation, told: Told) -> None:
    """Patient.generalPractitioner; a PractitionerRole where more is said than the person. Taken back, it is neither."""
    if one.segment.name == "PRT" and is_a_person_alone(one) and not one.ended:
        found = _people(one)
        if found:
            one.take_role()
        else:
            one.leave(NOT_HERE)
    else:
        found = role_references(one, [told.patient], told)
        for person in _people(one) if one.ended else []:
            mark_taken_back(one, told.patient, person.value)
    for piece in found:
        if piece.value not in (told.patient.get("generalPractitioner") or ()):
            told.patient.add("generalPractitioner", piece)


def _people(one: Participation) -> list[Piece]:
    return [piece for value in one.said("person") if (piece := one.practitioner(value)) is not None]


def _of_visit(one: Participation, anchor: Segment, told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """Encounter.participant, with the period and the role as its type."""
    visit = next((draft for draft in drafts if draft.type == "Encounter" and anchor.label in labels_of(draft)), None)
    visit = visit or told.visit
    if visit is None:
        one.leave(NOT_HERE)
        return []
    for individual in role_references(one, [visit], told):
        made = Composite()
        if (role := one.role("hl7v2-provider-role")) is not None:
            made.add_piece("type", role)
        made.put_piece("period", one.period())
        made.put_piece("individual", individual)
        visit.add("participant", made.piece())
    return []


def _of_procedure(one: Participation, anchor: Segment, told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """Procedure.performer; HL7 has no map for it."""
    found = [draft for draft in drafts if draft.type == "Procedure" and anchor.label in labels_of(draft)]
    if not found:
        one.leave(NOT_HERE)
        return []
    for actor in role_references(one, found, told):
        made = Composite()
        made.put_piece("function", one.role())
        made.put_piece("actor", actor)
        for draft in found:
            draft.add("performer", made.piece())
    return []


def _of_result(one: Participation, anchor: Segment, told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """What a result was made with, where, and by whom."""
    result = next((draft for draft in drafts if draft.type == "Observation" and anchor.label in labels_of(draft)), None)
    if result is None or one.segment.name == "ROL" or one.code() in _OF_OTHER_THINGS:
        one.leave(NOT_HERE)
    elif one.ended:
        _take_back(one, result, told)
    elif any([_add_device(one, result, told), _add_performers(one, result, told), _add_place(one, result)]):
        one.take_role()  # equipment, performer or place: where it stands says so
    else:
        one.leave(NOT_HERE)
    return []


def _add_device(one: Participation, result: Draft, told: Told) -> bool:
    made = device(one.segment, told.scope) if "device" not in result.resource else None
    if made is not None:
        result.put("device", made.reference, one.segment.path(10 if one.segment.said(10) else 16))
    return made is not None


def _add_performers(one: Participation, result: Draft, told: Told) -> bool:
    found = role_references(one, [result], told) if one.said("person") or one.said("organization") else []
    for who in found:
        if who.value not in result.resource.get("performer", ()):
            result.add("performer", who)
    return bool(found)


def _add_place(one: Participation, result: Draft) -> bool:
    if any(each["url"] == LOCATION for each in result.resource.get("extension", ())):
        return False
    found = one.locations()[:1]
    for where in found:
        extension = Composite()
        extension.put("url", LOCATION)
        extension.put_piece("valueReference", where)
        result.add("extension", extension.piece())
    return bool(found)


def _take_back(one: Participation, result: Draft, told: Told) -> None:
    made = device(one.segment, told.scope)
    gone = [made.reference] if made is not None else []
    gone += [where.value for where in one.locations()[:1]]
    for thing in gone:
        mark_taken_back(one, result, thing)
    if one.said("person") or one.said("organization") or not gone:
        role_references(one, [result], told)
    else:
        one.take_role()


_Room = Callable[[Participation, Segment, Told, Sequence[Draft]], list[Draft]]
_ROOMS: dict[str, _Room] = {
    **dict.fromkeys(_OF_PATIENT, _of_patient),
    **dict.fromkeys(_OF_VISIT, _of_visit),
    **dict.fromkeys(_OF_ORDER, of_order),
    "OBX": _of_result,
    "PR1": _of_procedure,
}
