"""ROL and PRT: who takes part in what stands before them: the patient's care, a visit, an order, a result, a procedure.

What a segment stands behind decides what is made of it, and the role where on that it goes. What HL7's maps say of the
roles among relatives contradicts itself (any role but PP would be one); here the role's table decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.converters import PERFORMER_FUNCTION
from adapters.hl7v2.participation import Participation
from adapters.hl7v2.practitioner_roles import (
    care_team,
    device,
    is_a_person_alone,
    practitioner_roles,
    related_person,
)
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.bundle import Resource, urn
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

LOCATION = "http://hl7.org/fhir/StructureDefinition/event-location"
NOT_HERE = "no element for a participant in this role of what the segment stands behind"
ENDED = "the sender takes the participation back; what an earlier message told of it stands"
_PASSED = ("ROL", "PRT", "NTE", "ARV", "DB1", "CTD")  # what a segment may stand behind without speaking of it
_OF_PATIENT = ("PID", "PD1", "MRG")
_OF_VISIT = ("PV1", "PV2")
_OF_ORDER = ("ORC", "OBR", "TQ1", "TQ2", "RXO", "RXR", "RXC", "RXA", "IPC", "SPM")
_FUNCTIONS = "http://terminology.hl7.org/CodeSystem/v2-0443"
_PERFORMING = ("AI", "ARI", "MDIR", "PO", "POMD", "RO", "TN", "TR")  # HL7's map has ARI, TN and TR
_REQUESTS = ("ServiceRequest", "MedicationRequest")


def translate_participations(told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """What the segments make of their own; ``drafts``: what the message made so far, to which they are added."""
    if not told.groups.participations:
        return []
    anchors = _anchors(told.message.segments)
    made: list[Draft] = []
    for segment in told.groups.participations:
        anchor = anchors[segment.label]
        room = _ROOMS.get(anchor.name) if anchor is not None else None
        one = Participation(segment, told.scope)
        if room is None or anchor is None:
            _leave(one, NOT_HERE, told)
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
        elif segment.name not in _PASSED:
            last = segment
    return found


def _leave(one: Participation, reason: str, told: Told, *, all_of_it: bool = False) -> None:
    """List what was not asked for; ``all_of_it`` where nothing of the segment has a place."""
    for number in one.segment.filled():
        for value in one.segment.values(number):
            if all_of_it or not value.taken:
                told.scope.ledger.leave(value.path, reason)


def _of_patient(one: Participation, _anchor: Segment, told: Told, _drafts: Sequence[Draft]) -> list[Draft]:
    """The general practitioner (PP), a relative, or the member of a care team."""
    draft: Draft | None
    if one.is_of_kin():
        draft = related_person(one, told)
    elif one.code() == "PP":
        if not _care_for(one, told):
            _leave(one, ENDED if one.ended else NOT_HERE, told)
        return []
    else:
        draft = care_team(one, told)
    if draft is None:
        _leave(one, NOT_HERE, told, all_of_it=True)
    return [draft] if draft is not None else []


def _care_for(one: Participation, told: Told) -> bool:
    """Patient.generalPractitioner; a PractitionerRole where more is said than the person."""
    if one.ended and not one.said("number"):
        return False
    found: list[Piece] = []
    if one.segment.name == "PRT" and is_a_person_alone(one):
        found = [piece for value in one.said("person") if (piece := one.practitioner(value)) is not None]
        _take_role(one)
    else:
        found = [Piece.of(role.reference, _source(one)) for role in practitioner_roles(one, told)]
    for piece in found if not one.ended else []:
        if piece.value not in (told.patient.get("generalPractitioner") or ()):
            told.patient.add("generalPractitioner", piece)
    return bool(found)


def _take_role(one: Participation) -> None:
    """PP is what the element itself says."""
    for value in one.said("role")[:1]:
        for component in (1, 2, 3):
            value.take(component)


def _source(one: Participation) -> str:
    return one.path("person") if one.said("person") else one.path("organization")


def _roles(one: Participation, told: Told) -> list[Piece]:
    """References to the PractitionerRoles; [] where nobody is named, or the sender takes it back."""
    if one.ended and not one.said("number"):
        _leave(one, ENDED, told)
        return []
    made = [Piece.of(role.reference, _source(one)) for role in practitioner_roles(one, told)]
    if not made:
        _leave(one, NOT_HERE, told)
    return made if not one.ended else []


def _of_visit(one: Participation, anchor: Segment, told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """Encounter.participant, with the period and the role as its type."""
    visit = next((draft for draft in drafts if draft.type == "Encounter" and anchor.label in _labels(draft)), None)
    if visit is None:
        visit = next((draft for draft in told.visits if len(told.visits) == 1), None)
    if visit is None:
        _leave(one, NOT_HERE, told)
        return []
    for individual in _roles(one, told):
        made = Composite()
        if (role := one.role("hl7v2-provider-role")) is not None:
            made.add_piece("type", role)
        made.put_piece("period", one.period())
        made.put_piece("individual", individual)
        visit.add("participant", made.piece())
    return []


def _of_procedure(one: Participation, anchor: Segment, told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """Procedure.performer; HL7 has no map for it."""
    found = [draft for draft in drafts if draft.type == "Procedure" and anchor.label in _labels(draft)]
    if not found:
        _leave(one, NOT_HERE, told)
        return []
    for actor in _roles(one, told):
        made = Composite()
        made.put_piece("function", one.role())
        made.put_piece("actor", actor)
        for draft in found:
            draft.add("performer", made.piece())
    return []


def _of_result(one: Participation, anchor: Segment, told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """What a result was made with, where, and by whom."""
    result = next((draft for draft in drafts if draft.type == "Observation" and anchor.label in _labels(draft)), None)
    if result is None or one.segment.name == "ROL" or (one.ended and not one.said("number")):
        _leave(one, ENDED if one.ended else NOT_HERE, told)
        return []
    if "device" not in result.resource and not one.ended and (made := device(one.segment, told.scope)) is not None:
        result.put("device", made.reference, one.segment.path(10 if one.segment.said(10) else 16))
    if one.said("person") or one.said("organization"):
        for who in _roles(one, told):
            if who.value not in result.resource.get("performer", ()):
                result.add("performer", who)
    if not one.ended and not any(each["url"] == LOCATION for each in result.resource.get("extension", ())):
        for where in one.locations()[:1]:
            extension = Composite()
            extension.put("url", LOCATION)
            extension.put_piece("valueReference", where)
            result.add("extension", extension.piece())
    _take_role(one)  # equipment, place or performer: where it stands says so
    return []


def _of_order(one: Participation, anchor: Segment, told: Told, drafts: Sequence[Draft]) -> list[Draft]:
    """The requester (OP), who took the specimen (SC), who made or read the report, who gave the vaccine (AP)."""
    labels = {anchor.label, *_belonging(anchor, told)}
    about = [draft for draft in drafts if not labels.isdisjoint(_labels(draft))]
    placed, add = _place_of(one.code(), about, drafts)
    if not placed:
        _leave(one, NOT_HERE, told)
        return []
    for who in _roles(one, told):
        for draft in placed:
            add(draft, who, one, told)
    return []


_Add = Callable[[Draft, Piece, Participation, Told], None]


def _place_of(code: str, about: Sequence[Draft], drafts: Sequence[Draft]) -> tuple[list[Draft], _Add]:
    """On which resources a role behind an order goes, and how; none for a role without a place."""

    def of(*types: str) -> list[Draft]:
        return [draft for draft in about if draft.type in types]

    if code in ("OP", "AP") and of("Immunization"):
        return of("Immunization"), _add_vaccinator
    if code == "OP":
        return of(*_REQUESTS), _add_requester
    if code == "SC":
        return _specimens(about, drafts), _add_collector
    if code in ("PRI", "PI"):
        return of("DiagnosticReport"), _add_interpreter
    return of("DiagnosticReport") if code in _PERFORMING else [], _add_performer


def _specimens(about: Sequence[Draft], drafts: Sequence[Draft]) -> list[Draft]:
    orders = [draft for draft in about if draft.type in ("DiagnosticReport", "ServiceRequest")]
    named = {one.get("reference") for draft in orders for one in draft.get("specimen") or ()}
    return [draft for draft in drafts if draft.type == "Specimen" and (draft in about or urn(draft.id) in named)]


def _add_requester(draft: Draft, who: Piece, one: Participation, told: Told) -> None:
    """ORC-12 or OBR-16 may name the same person: then more is said of the requester; another one is listed."""
    known = draft.get("requester.reference")
    role = told.scope.directory.drafts[who.value["reference"].removeprefix("urn:uuid:")]
    if known is None or _same_person(known, role, told):
        draft.place("requester", who)
    else:
        taken = CannotPlace("element-taken", code="duplicate", element=f"{draft.type}.requester")
        told.scope.ledger.refuse_field(one.path("person"), taken)


def _same_person(known: str, role: Draft, told: Told) -> bool:
    """By their first numbers."""
    entries = told.scope.directory.drafts
    found = (entries.get(str(one).removeprefix("urn:uuid:")) for one in (known, role.get("practitioner.reference")))
    numbers = [draft.get("identifier[0].value") if draft is not None else None for draft in found]
    return numbers[0] is not None and numbers[0] == numbers[1]


def _add_collector(draft: Draft, who: Piece, one: Participation, told: Told) -> None:
    if draft.get("collection.collector") in (None, who.value):
        draft.place("collection.collector", who)
    else:
        taken = CannotPlace("element-taken", code="duplicate", element="Specimen.collection.collector")
        told.scope.ledger.refuse_field(one.path("person"), taken)


def _add_interpreter(draft: Draft, who: Piece, _one: Participation, _told: Told) -> None:
    draft.add("resultsInterpreter", who)


def _add_performer(draft: Draft, who: Piece, one: Participation, _told: Told) -> None:
    """HL7's map has the performer alone; as what, its extension says."""
    function: Resource = {"url": PERFORMER_FUNCTION}
    made = Piece({"extension": [function], **who.value}, {"reference": who.sources[""]})
    role = one.role()
    if role is not None:
        function["valueCodeableConcept"] = role.value
        sources = {f"extension[0].valueCodeableConcept.{path}": source for path, source in role.sources.items()}
        made = Piece(made.value, {**made.sources, **sources})
    draft.add("performer", made if role is not None else who)


def _add_vaccinator(draft: Draft, who: Piece, one: Participation, _told: Told) -> None:
    """HL7's map: the function is the role's code of table 0443."""
    function = {"coding": [{"system": _FUNCTIONS, "code": one.code()}]}
    made = Composite()
    made.put_piece("function", Piece(function, {"coding[0].code": one.path("role")}))
    made.put_piece("actor", who)
    draft.add("performer", made.piece())


def _belonging(anchor: Segment, told: Told) -> list[str]:
    """The labels of the segments that resources of the anchor's orders are made of."""
    found: list[Segment | None] = []
    for order in told.groups.orders:
        around = (order.orc, *order.timings, *order.routes, *order.images, *order.parts)
        if any(segment is anchor for segment in around):
            found += [order.obr, order.rxo]
    for vaccination in told.groups.vaccinations:
        if anchor in (vaccination.orc, vaccination.route):
            found.append(vaccination.rxa)
    return [segment.label for segment in found if segment is not None]


def _labels(draft: Draft) -> set[str]:
    """The segments a resource was made of."""
    return {source.partition("-")[0] for source in draft.lineage.values()}


_Room = Callable[[Participation, Segment, Told, Sequence[Draft]], list[Draft]]
_ROOMS: dict[str, _Room] = {
    **dict.fromkeys(_OF_PATIENT, _of_patient),
    **dict.fromkeys(_OF_VISIT, _of_visit),
    **dict.fromkeys(_OF_ORDER, _of_order),
    "OBX": _of_result,
    "PR1": _of_procedure,
}
