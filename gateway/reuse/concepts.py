"""Codes and words out of CodeableConcepts, Codings and Annotations."""

from __future__ import annotations

from typing import Any

from gateway.reuse.result import Code


def codes_of(*concepts: Any) -> frozenset[Code]:
    """Every (system, code) of CodeableConcepts and Codings; a coding without a system keeps "" for it."""
    return frozenset(
        (one.get("system", ""), one["code"])
        for concept in concepts
        if isinstance(concept, dict)
        for one in concept.get("coding", (concept,))
        if isinstance(one, dict) and isinstance(one.get("code"), str)
    )


def words_of(concept: Any) -> str:
    """What a person reads: the text, else the first display, else the first code; "" for nothing."""
    if not isinstance(concept, dict):
        return ""
    codings = [one for one in concept.get("coding", ()) if isinstance(one, dict)]
    said = [concept.get("text"), *(one.get("display") for one in codings), *(one.get("code") for one in codings)]
    return next((text for text in said if isinstance(text, str) and text.strip()), "")


def notes_of(resource: dict[str, Any]) -> tuple[str, ...]:
    """``note``, and the extension that stands for it in a DiagnosticReport of R4."""
    beside = (one.get("valueAnnotation", {}) for one in resource.get("extension", ()) if one.get("url") == _NOTE)
    told = (one.get("text", "") for one in (*resource.get("note", ()), *beside))
    return tuple(text for text in told if text.strip())


_NOTE = "http://hl7.org/fhir/StructureDefinition/note"
