"""A PractitionerRole of each person a ROL or PRT names: HL7 map PRT[PractitionerRole], and those it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.participation import Participation, person_key
from adapters.hl7v2.told import Told
from gateway.bundle import Resource
from gateway.mapping.draft import Draft, Piece
from gateway.taken_back import TAKEN_BACK

NOT_HERE = "no element for a participant in this role of what the segment stands behind"
_DETAILS = ("number", "specialty", "organization", "location", "begin", "end", "telecom", "licence")


def practitioner_roles(one: Participation, of: Draft, told: Told) -> Iterator[Draft]:
    """A PractitionerRole for each person, or one of the organisation alone; none where neither is said.

    It is known by its number, its role and the person within what the segment speaks ``of``, so that its end is a new
    version of it, and another's role is another. Taken back, it is inactive.
    """
    persons = [(person_key(value), piece) for value in one.said("person") if (piece := one.practitioner(value))]
    house = one.organization() if persons or one.said("organization") else None
    if not persons and house is None:
        return
    shared = Composite()
    for identifier in one.identifiers():
        shared.add_piece("identifier", identifier)
    if one.stands is not None:
        shared.put("active", one.stands, one.path("action"))
    shared.put_piece("period", one.period())
    shared.put_piece("organization", house)
    if (role := one.role("hl7v2-participation")) is not None:
        shared.add_piece("code", role)
    lists = (("specialty", one.concepts("specialty")), ("location", one.locations()), ("telecom", one.telecoms()))
    for name, pieces in lists:
        for piece in pieces:
            shared.add_piece(name, piece)
    people: list[tuple[str, Piece | None]] = [*persons] or [("", None)]
    for who, person in people:
        whole = Composite()
        whole.value, whole.sources = dict(shared.value), dict(shared.sources)
        whole.put_piece("practitioner", person)
        *known, named = one.key
        key = (of.id, "participation", *known, who or named)
        yield told.scope.directory.enter("PractitionerRole", Piece(whole.value, whole.sources), key)


def role_references(one: Participation, things: Sequence[Draft], told: Told) -> list[Piece]:
    """References to the PractitionerRoles in the ``things``; [] where nobody is named, or the sender takes it back.

    Then the things say so: what an earlier message said of them would stand (gateway.revision).
    """
    roles = list(practitioner_roles(one, things[0], told))
    if not roles:
        one.leave(NOT_HERE)
        hold_ended(one, told)
    if not one.ended:
        return [Piece.of(role.reference, _source(one)) for role in roles]
    for thing in things:
        for role in roles:
            mark_taken_back(one, thing, role.reference)
    return []


def mark_taken_back(one: Participation, thing: Draft, who: Resource) -> None:
    thing.add("extension", {"url": TAKEN_BACK, "valueReference": who}, one.path("action"))


def hold_ended(one: Participation, told: Told) -> None:
    """Hold where the sender takes a participation back and names nobody: whoever it is would seem to stand."""
    if one.ended:
        told.scope.ledger.hold("business-rule", "hl7v2-participation-unknown", one.path("action"))


def _source(one: Participation) -> str:
    return one.path("person") if one.said("person") else one.path("organization")


def is_a_person_alone(one: Participation) -> bool:
    """True when nothing is said but who and as what, so that a Practitioner says it all."""
    return not any(one.said(name) for name in _DETAILS)
