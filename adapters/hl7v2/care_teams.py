"""A CareTeam of one ROL or PRT: HL7 maps ROL[CareTeam], PRT[CareTeam]."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.participation import Participation
from adapters.hl7v2.practitioner_roles import practitioner_roles
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece


def care_team(one: Participation, told: Told, relative: Piece | None = None) -> Draft | None:
    """A CareTeam of this participation alone: no other message's word on another member can take it away.
    ``relative``: a reference to whom the segment names, where that is a relative, or the patient.

    Taken back, it is inactive.
    """
    members = list(_members(one, told)) if relative is None else [{"member": relative}]
    if not members:
        return None
    draft = Draft("CareTeam", "")
    for identifier in one.identifiers():
        draft.add("identifier", identifier)
    if one.stands is not None:
        draft.put("status", "active" if one.stands else "inactive", one.path("action"))
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
    known = (*told.number, "participation", *one.key)
    draft.resource["id"] = deterministic_id(told.scope.facility, draft.type, *known)
    return draft


def _members(one: Participation, told: Told) -> Iterator[dict[str, Piece]]:
    """Each a ``member``, a Practitioner ``onBehalfOf`` the organisation; constraint ctm-1 allows it of no other."""
    of_prt = one.segment.name == "PRT"
    if of_prt and (one.said("specialty") or (one.said("person") and one.said("location"))):
        for role in practitioner_roles(one, told.patient, told):
            yield {"member": Piece.of(role.reference, one.path("person"))}
        return
    telecoms = one.telecoms() if of_prt else []
    people = [piece for value in one.said("person") if (piece := one.practitioner(value, telecoms)) is not None]
    house = one.organization([] if people else telecoms) if one.said("organization") else None
    for person in people:
        yield {"member": person} | ({"onBehalfOf": house} if house is not None else {})
    if not people and house is not None:
        yield {"member": house}
