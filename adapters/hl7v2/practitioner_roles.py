"""A PractitionerRole of each person a ROL or PRT names: HL7 map PRT[PractitionerRole], and those it stands in."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.participation import Participation, person_key
from adapters.hl7v2.told import Told
from gateway.mapping.draft import Draft, Piece

NOT_HERE = "no element for a participant in this role of what the segment stands behind"
ENDED = "the sender takes the participation back; what an earlier message told of it stands"
_DETAILS = ("number", "specialty", "organization", "location", "begin", "end", "telecom", "licence")


def practitioner_roles(one: Participation, of: Draft, told: Told) -> Iterator[Draft]:
    """A PractitionerRole for each person, or one of the organisation alone; none where neither is said.

    One with a number is known by it within what the segment speaks ``of``, so that its end is a new version of it;
    taken back, it is inactive. Without a number it is what is said of it, whoever the patient is.
    """
    persons = [(person_key(value), piece) for value in one.said("person") if (piece := one.practitioner(value))]
    house = one.organization() if persons or one.said("organization") else None
    if not persons and house is None:
        return
    shared = Composite()
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
    people: list[tuple[str, Piece | None]] = [*persons] or [("", None)]
    for who, person in people:
        whole = Composite()
        whole.value, whole.sources = dict(shared.value), dict(shared.sources)
        whole.put_piece("practitioner", person)
        number, *known = one.key
        key = (of.id, "participation", number, *known[:-1], who or known[-1]) if number else ()
        yield told.scope.directory.enter("PractitionerRole", Piece(whole.value, whole.sources), key)


def role_references(one: Participation, of: Draft, told: Told) -> list[Piece]:
    """References to the PractitionerRoles; [] where nobody is named, or the sender takes it back."""
    if one.ended and not one.said("number"):
        one.leave(ENDED)
        return []
    made = [Piece.of(role.reference, _source(one)) for role in practitioner_roles(one, of, told)]
    if not made:
        one.leave(NOT_HERE)
        hold_ended(one, told)
    return made if not one.ended else []


def hold_ended(one: Participation, told: Told) -> None:
    """Hold where the sender takes a participation back and names nobody: whoever it is would seem to stand."""
    if one.ended:
        told.scope.ledger.hold("business-rule", "hl7v2-participation-unknown", one.path("action"))


def _source(one: Participation) -> str:
    return one.path("person") if one.said("person") else one.path("organization")


def is_a_person_alone(one: Participation) -> bool:
    """True when nothing is said but who and as what, so that a Practitioner says it all."""
    return not any(one.said(name) for name in _DETAILS)
