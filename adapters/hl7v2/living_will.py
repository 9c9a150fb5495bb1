"""PD1-7, what is known of a living will, to Observation. HL7 map PD1[Observation-LivingWill]."""

from __future__ import annotations

from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

_CODE = {"system": "http://loinc.org", "code": "75320-2", "display": "Advance directive"}


def translate_living_will(told: Told) -> list[Draft]:
    """The Observation of the first PD1 that says it; another one that says otherwise is listed with the Patient."""
    for detail in told.groups.details:
        if detail.first(7) is None:
            continue
        identifier = deterministic_id(told.scope.facility, "Observation", *told.number, "living-will")
        draft = Draft("Observation", identifier)
        draft.put("status", "final")
        draft.put("code", {"coding": [dict(_CODE)]})
        draft.put("subject", told.patient.reference)
        place(segment_rows("PD1"), detail, {"Observation": draft}, told.scope, told.scope.ledger)
        return [draft] if "valueCodeableConcept" in draft.resource else []
    return []
