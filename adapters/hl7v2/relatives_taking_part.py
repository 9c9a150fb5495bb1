"""A RelatedPerson of one ROL or PRT: HL7 maps ROL[RelatedPerson], PRT[RelatedPerson]."""

from __future__ import annotations

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.identifiers import universal_uri
from adapters.hl7v2.datatypes.names import put_parts
from adapters.hl7v2.participation import Participation
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace


def related_person(one: Participation, told: Told) -> Draft | None:
    """Whoever is close to the patient. Taken back, it is inactive."""
    draft = Draft("RelatedPerson", "")
    for value in one.said("person")[:1]:
        person = attempt(_person, value, told.scope)
        if person is None:
            return None
        for name in ("identifier", "name"):
            if name in person.value:
                inner = {
                    path.partition(".")[2]: source for path, source in person.sources.items() if path.startswith(name)
                }
                draft.add(name, Piece(person.value[name][0], inner))
    if len(draft.resource) <= 2:
        return None
    for identifier in one.identifiers():
        draft.add("identifier", identifier)
    if one.stands is not None:
        draft.put("active", one.stands, one.path("action"))
    draft.put("patient", told.patient.reference)
    relationship = one.role("hl7v2-relationship")
    lists = (
        ("relationship", [relationship] if relationship is not None else []),
        ("telecom", one.telecoms()),
        ("address", one.addresses("person")),
    )
    for element, pieces in lists:
        for piece in pieces:
            draft.add(element, piece)
    if (period := one.period()) is not None:
        draft.place("period", period)
    known = (*told.number, "participation", *one.key)
    draft.resource["id"] = deterministic_id(told.scope.facility, draft.type, *known)
    return draft


def the_patient(one: Participation, told: Told) -> Piece | None:
    """The patient, under the name the segment says; None where it names nobody, or has somebody else's number."""
    numbers = [known["value"] for known in told.patient.get("identifier") or ()]
    for value in one.said("person")[:1]:
        if value.peek() in ("", *numbers) and any(map(value.peek, (1, 2, 3, 4))):
            value.take()
            made = Composite()
            made.put("reference", told.patient.reference["reference"], value.path)
            made.put("display", " ".join(filter(None, map(value.take, (2, 3, 4)))), value.path)
            return made.piece()
    return None


def _person(value: Value, scope: Scope) -> Piece | None:
    """XCN as a relative's number and name."""
    made = Composite()
    if value.peek():
        identifier = Composite()
        identifier.put("system", universal_uri(value, 9) or scope.person_system(value.peek(9), "person"))
        identifier.put("value", value.take(), value.at(1) if value.components > 1 else value.path)
        made.add_piece("identifier", identifier.piece())
    name = Composite()
    put_parts(name, value, (2, 3, 4), suffixes=(5, 7, 21), prefix=6)
    if "text" in name.value:
        made.add_piece("name", name.piece())
    if not made.value:
        raise CannotPlace("hl7v2-unnamed")
    return made.piece()
