"""PV1-43, the temporary place a patient was in before, to a Basic that stands for R5's EncounterHistory.

HL7 map PV1[Basic-EncounterHistory], whose rows put extensions where R4 allows none (a value inside a value): here
they are parts of one extension. Encounter.location has the same place, where every R4 reader finds it.
"""

from __future__ import annotations

from adapters.hl7v2.datatypes.places import place_reference
from adapters.hl7v2.datatypes.visit_converters import CLASSIFICATION
from adapters.hl7v2.told import Told
from gateway.bundle import deterministic_id
from gateway.mapping.draft import Draft, Piece

LOCATION = "http://hl7.org/fhir/5.0/StructureDefinition/extension-EncounterHistory.location"


def translate_encounter_history(told: Told) -> list[Draft]:
    """The Basic of the message's only visit; nothing where PV1-43 says no place, or the visit is not the only one."""
    values = told.groups.visits[0].said(43) if told.visit is not None else ()
    where = place_reference(values[0], told.scope) if values else None
    if where is None or told.visit is None:
        return []
    draft = Draft("Basic", deterministic_id(told.scope.facility, "Basic", told.visit.id, "encounter-history"))
    draft.put("code", {"coding": [{"system": "http://hl7.org/fhir/fhir-types", "code": "EncounterHistory"}]})
    draft.put("subject", told.patient.reference)
    parts = [
        {"url": f"{LOCATION}.location", "valueReference": where.value},
        {"url": f"{LOCATION}.location.status", "valueCode": "completed"},
        {"url": CLASSIFICATION, "valueCodeableConcept": {"coding": [{"code": "temporary"}]}},
    ]
    sources = {f"extension[0].valueReference.{inner}": source for inner, source in where.sources.items()}
    draft.add("extension", Piece({"url": LOCATION, "extension": parts}, sources))
    return [draft]
