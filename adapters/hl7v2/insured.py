"""Who is insured (IN1-16 to -19, -43): the patient where IN1-17 says self, else a RelatedPerson.

IN1-17 says what the insured is to the patient, FHIR's Coverage.relationship what the patient is to the
insured: a mother's policy (MTH) covers her child. HL7's row would pass the code on and turn that round.
"""

from __future__ import annotations

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.datatypes.codes import codeable, coding
from adapters.hl7v2.datatypes.names import human_name
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place

_RELATIONSHIP = "hl7v2-subscriber-relationship"


def place_insured(in1: Segment, draft: Draft, told: Told) -> list[Draft]:
    """The insured's RelatedPerson, if any; without IN1-17 nobody says whether it is the patient: a name alone."""
    relation = in1.first(17)
    person = Draft("RelatedPerson", "")
    if relation is not None:
        concept = codeable(relation, told.scope, "hl7v2-relationship")
        try:
            turned = coding(relation, told.scope, _RELATIONSHIP)
        except CannotPlace:
            turned = None  # the RelatedPerson has the word as sent
        if turned is not None:
            draft.add("relationship.coding", turned)
        if concept is not None:
            person.add("relationship", concept)
    himself = relation is not None and relation.peek() == "SEL"
    if relation is None or himself:
        if himself:
            draft.put("subscriber", told.patient.reference, in1.path(17))
        name = next((attempt(human_name, value, told.scope) for value in in1.said(16)[:1]), None)
        if name is not None:
            draft.put("subscriber.display", name.value["text"], in1.said(16)[0].path)
        return []
    place(segment_rows("IN1"), in1, {"RelatedPerson": person}, told.scope, told.scope.ledger)
    words = str(person.get("name[0].text") or "")
    key = ("insured", draft.id, words)
    person.resource["id"] = deterministic_id(told.scope.facility, "RelatedPerson", *told.number, *key)
    person.put("patient", told.patient.reference)
    draft.put("subscriber", person.reference, in1.path(16) if words else in1.path(17))
    return [person]
