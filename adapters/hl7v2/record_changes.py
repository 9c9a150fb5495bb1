"""PID-33 and PID-34 to a Provenance of the Patient: when and where the sender last changed its record of the person.

HL7 map PID[Provenance-Patient]. It is known by the change itself, so that each message that tells of it tells of one.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.datatypes.parties import authority, facility_organization, reference
from adapters.hl7v2.told import Told
from gateway.bundle import Resource, deterministic_id
from gateway.mapping.draft import Draft, Piece

_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_UPDATE = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "UPDATE", "display": "revise"}
    ]
}


def translate_record_change(told: Told) -> list[Draft]:
    """At most one Provenance, without ``recorded``, which is the message's own (``date_record_changes``)."""
    pid, scope = told.groups.patients[0], told.scope
    if not pid.said(33) and not pid.said(34):
        return []
    draft = Draft("Provenance", "")
    draft.put("target", [told.patient.reference])
    key: list[str] = []
    for value in pid.said(33)[:1]:
        if (moment := attempt(date_time, value, scope)) is not None:
            draft.place("occurredDateTime", moment)
            key.append(value.raw)
    agent = Composite()
    for value in pid.said(34)[:1]:
        if value.peek() in scope.names:
            who: Piece | None = Piece.of(_sender(told), value.path) if value.take() else None
        else:
            who = attempt(lambda value, scope: reference(authority(value, scope), value.path), value, scope)
        if who is not None:
            agent.put("type", {"coding": [{"system": _AGENT, "code": "performer", "display": "Performer"}]})
            agent.put_piece("who", who)
            key.append(value.raw)
    if not key:
        return []
    if not agent.value:  # R4 asks for one: whoever changed it, the sender answers for it
        agent.put("who", _sender(told))
    draft.put("activity", _UPDATE)
    draft.add("agent", agent.piece())
    draft.resource["id"] = deterministic_id(scope.facility, "Provenance", *told.number, "changed", *key)
    return [draft]


def _sender(told: Told) -> Resource:
    return told.patient.get("managingOrganization") or facility_organization(told.scope).reference


def date_record_changes(drafts: Iterable[Draft], message: Draft) -> None:
    """``recorded``, which R4 requires, of those without: the time of the ``message``'s Provenance, or unknown like it.

    HL7 has the time of translation, which the signed exchange says (gateway.trust); a translation says the same at any
    time. It must not be later than the message: the store orders versions by it.
    """
    for draft in drafts:
        if draft.type != "Provenance" or {"recorded", "_recorded"} & draft.resource.keys():
            continue
        if "recorded" in message.resource:
            draft.place("recorded", Piece.of(message.resource["recorded"], message.lineage["recorded"]))
        else:
            draft.put("_recorded", message.resource["_recorded"])
