"""NTE to Annotation (https://hl7.org/fhir/R4/datatypes.html#Annotation)."""

from __future__ import annotations

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.datatypes.parties import practitioner, reference
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.text_lines import text_of
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace

NOTE_TYPE = "http://hl7.org/fhir/StructureDefinition/annotationType"
CODED_NOTE = "http://hl7.org/fhir/StructureDefinition/alternate-codes"


def annotation(note: Segment, scope: Scope) -> Piece | None:
    """The note; its repetitions are its lines. None when it has no text."""
    lines = note.said(3)
    text = text_of(lines) if lines else ""
    if not text.strip():
        return None
    made = Composite()
    for number, url in ((4, NOTE_TYPE), (9, CODED_NOTE)):
        for value in note.said(number):
            concept = codeable(value, scope)
            if concept is not None:
                extension = Composite()
                extension.put("url", url)
                extension.put_piece("valueCodeableConcept", concept)
                made.add_piece("extension", extension.piece())
    for value in note.said(5)[:1]:
        try:
            made.put_piece("authorReference", reference(practitioner(value, scope), value.path))
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
    for value in note.said(6)[:1]:
        try:
            made.put_piece("time", date_time(value, scope))
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
    made.put("text", text, note.path(3))
    return made.piece()
