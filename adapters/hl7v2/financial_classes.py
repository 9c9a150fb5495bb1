"""PV1-20, how the visit is paid for, to Coverage. HL7 map PV1[Coverage].

R4 requires a status and a payor, which PV1 does not say: both say that they are unknown.
"""

from __future__ import annotations

from adapters.hl7v2.absent import absent
from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.datatypes.codes import component_coding
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft


def translate_financial_classes(told: Told) -> list[Draft]:
    """A Coverage for each class of the message's only visit, known by the visit and its place in the list."""
    if told.visit is None:
        return []
    made: list[Draft] = []
    for visit in told.groups.visits[:1]:
        for index, value in enumerate(visit.said(20), 1):
            kind = attempt(component_coding, value, told.scope)
            if kind is None:
                continue
            key = (told.visit.id, "financial-class", str(index))
            draft = Draft("Coverage", deterministic_id(told.scope.facility, "Coverage", *key))
            draft.put("status", "active")
            draft.place("type", kind)
            draft.put("beneficiary", told.patient.reference)
            draft.put("payor", [absent()])
            since = attempt(lambda one, scope: date_time(one, scope, 2), value, told.scope)
            if since is not None:
                draft.place("period.start", since)
            made.append(draft)
    return made
