"""PID-21, numbers of the patient's mother, to her RelatedPerson. HL7 map PID[Patient], CX[RelatedPerson-Mother]."""

from __future__ import annotations

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.datatypes.identifiers import patient_number
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft

_ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


def translate_mother(told: Told) -> list[Draft]:
    """One RelatedPerson with all her numbers: hers, and never the patient's."""
    numbers = [
        number
        for value in told.groups.patients[0].said(21)
        if any(map(str.isdigit, value.peek()))  # some senders write her name here, and a name is no number
        and (number := attempt(patient_number, value, told.scope)) is not None
    ]
    if not numbers:
        return []
    first = numbers[0].value
    key = ("mother", str(first["system"]), str(first["value"]))
    draft = Draft("RelatedPerson", deterministic_id(told.scope.facility, "RelatedPerson", *told.number, *key))
    for number in numbers:
        draft.add("identifier", number)
    draft.put("patient", told.patient.reference)
    draft.put("relationship", [{"coding": [{"system": _ROLES, "code": "MTH", "display": "mother"}]}])
    return [draft]
