"""NTE behind PV1: a note on the message's only visit, else on the patient, whose visits they all are."""

from __future__ import annotations

from adapters.hl7v2.notes import annotation
from adapters.hl7v2.orders import REPORT_NOTE
from adapters.hl7v2.patient import PATIENT_NOTE
from adapters.hl7v2.told import Told
from gateway.mapping.draft import Draft, Piece


def translate_visit_notes(told: Told) -> list[Draft]:
    """No resources: R4's Encounter has no note, so it is HL7's extension of one that is known already."""
    draft, url = (told.patient, PATIENT_NOTE) if told.visit is None else (told.visit, REPORT_NOTE)
    for note in told.groups.visit_notes:
        if (made := annotation(note, told.scope)) is not None:
            sources = {f"valueAnnotation.{inner}": source for inner, source in made.sources.items()}
            draft.add("extension", Piece({"url": url, "valueAnnotation": made.value}, sources))
    return []
