"""What one ROL or PRT makes by itself: a PractitionerRole, a member of a care team, a relative, a device.

HL7 maps PRT[PractitionerRole], PRT[CareTeam], PRT[RelatedPerson], PRT[Device] and their like of ROL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.identifiers import entity_number, universal_uri
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.datatypes.names import put_parts
from adapters.hl7v2.participation import Participation
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace

_DETAILS = ("number", "specialty", "organization", "location", "begin", "end", "telecom", "licence")
_UDI = re.compile(r"\(01\)([0-9]{14})|[=+]")  # GS1 as people read it; ICCBBA and HIBCC begin with their mark
_DEVICE = ((17, "manufactureDate"), (18, "expirationDate"))


def practitioner_roles(one: Participation, told: Told) -> Iterator[Draft]:
    """A PractitionerRole for each person, or one of the organisation alone; none where neither is said.

    One with a number of its own is this patient's, so that its end is a new version of it; taken back, it is inactive.
    Without a number it is what is said of it, whoever the patient is.
    """
    persons = [piece for value in one.said("person") if (piece := one.practitioner(value)) is not None]
    house = one.organization() if persons or one.said("organization") else None
    if not persons and house is None:
        return
    shared = Composite()
    number = one.segment.raw(1)
    for identifier in one.identifiers():
        shared.add_piece("identifier", identifier)
    if one.ended:
        shared.put("active", False, one.path("action"))
    shared.put_piece("period", one.period())
    shared.put_piece("organization", house)
    if (role := one.role("hl7v2-participation")) is not None:
        shared.add_piece("code", role)
    lists = (("specialty", one.concepts("specialty")), ("location", one.locations()), ("telecom", one.telecoms()))
    for name, pieces in lists:
        for piece in pieces:
            shared.add_piece(name, piece)
    for person in persons or [None]:
        whole = Composite()
        whole.value, whole.sources = dict(shared.value), dict(shared.sources)
        whole.put_piece("practitioner", person)
        known = (*told.number, "participation", *_key(one), str(person.value if person else "")) if number else ()
        yield told.scope.directory.enter("PractitionerRole", Piece(whole.value, whole.sources), known)


def is_a_person_alone(one: Participation) -> bool:
    """True when nothing is said but who and as what, so that a Practitioner says it all."""
    return not any(one.said(name) for name in _DETAILS)


def care_team(one: Participation, told: Told) -> Draft | None:
    """A CareTeam of this participation alone: no other message's word on another member can take it away.

    Taken back, it is inactive.
    """
    members = list(_members(one, told))
    if not members:
        return None
    draft = Draft("CareTeam", "")
    for identifier in one.identifiers():
        draft.add("identifier", identifier)
    if one.ended:
        draft.put("status", "inactive", one.path("action"))
    draft.put("subject", told.patient.reference)
    roles = [role for role in (one.role("hl7v2-participation"),) if role is not None]
    if one.segment.name == "ROL":
        roles += one.concepts("specialty")
    period = one.period()
    for member in members:
        made = Composite()
        for role in roles:
            made.add_piece("role", role)
        for name, piece in member.items():
            made.put_piece(name, piece)
        made.put_piece("period", period)
        draft.add("participant", made.piece())
    for reason in one.concepts("reason"):
        draft.add("reasonCode", reason)
    if one.segment.name == "ROL":
        for telecom in one.telecoms():
            draft.add("telecom", telecom)
    return _known(draft, one, told)


def _members(one: Participation, told: Told) -> Iterator[dict[str, Piece]]:
    """Each a ``member``, a Practitioner ``onBehalfOf`` the organisation; constraint ctm-1 allows it of no other."""
    of_prt = one.segment.name == "PRT"
    if of_prt and (one.said("specialty") or (one.said("person") and one.said("location"))):
        for role in practitioner_roles(one, told):
            yield {"member": Piece.of(role.reference, one.path("person"))}
        return
    telecoms = one.telecoms() if of_prt else []
    people = [piece for value in one.said("person") if (piece := one.practitioner(value, telecoms)) is not None]
    house = one.organization([] if people else telecoms) if one.said("organization") else None
    for person in people:
        yield {"member": person} | ({"onBehalfOf": house} if house is not None else {})
    if not people and house is not None:
        yield {"member": house}


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
    if one.ended:
        draft.put("active", False, one.path("action"))
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
    return _known(draft, one, told)


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


def _known(draft: Draft, one: Participation, told: Told) -> Draft:
    draft.resource["id"] = deterministic_id(told.scope.facility, draft.type, *told.number, "participation", *_key(one))
    return draft


def _key(one: Participation) -> tuple[str, ...]:
    """The instance's number, role and person: neither status nor period, so that an end is a new version.

    The number alone is not enough: senders count their segments in it.
    """
    person = "~".join(value.raw for name in ("person", "organization") for value in one.said(name))
    return (one.segment.raw(1), *(value.peek() for value in one.said("role")[:1]), person)


def device(prt: Segment, scope: Scope) -> Draft | None:
    """PRT-10 and PRT-16 to -22: what a result was made with; None where nothing tells which it is."""
    made = Composite()
    for number in (10, 16):
        for value in prt.said(number):
            _put_number(made, value, scope, is_udi=number == 16)
    if not made.value:
        return None
    for number, name in _DEVICE:
        for value in prt.said(number)[:1]:
            made.put_piece(name, attempt(date_time, value, scope))
    for number, name in ((19, "lotNumber"), (20, "serialNumber"), (21, "distinctIdentifier")):
        for value in prt.said(number)[:1]:
            made.put(name, value.take(), value.path if value.components == 1 else value.at(1))
    for value in prt.said(22)[:1]:
        made.put_piece("type", attempt(codeable, value, scope))
    return scope.directory.enter("Device", Piece(made.value, made.sources))


def _put_number(made: Composite, value: Value, scope: Scope, *, is_udi: bool) -> None:
    """A number as sent, or a UDI: its text as it stands on the device, and the device identifier in it."""
    text = value.peek()
    form = _UDI.match(text)
    if is_udi or form:
        carrier = Composite()
        carrier.put("deviceIdentifier", form[1] if form and form[1] else text, value.path)
        carrier.put("carrierHRF", value.take() if form else "", value.path)
        made.add_piece("udiCarrier", carrier.piece())
        value.take()
    else:
        number = attempt(lambda value, scope: entity_number(value, scope, "device"), value, scope)
        made.add_piece("identifier", number)
