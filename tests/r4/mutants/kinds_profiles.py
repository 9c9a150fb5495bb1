"""Kinds of mutants that break a profile of R4's own, or what R4 says of code systems in words.

Each kind is a function from a place (one object of the resource) to the edits that break its rule there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.r4.mutants.edits import Edit
from tests.r4.mutants.places import Place

Edits = Iterator[Edit]

_WEIGHT = "http://hl7.org/fhir/StructureDefinition/bodyweight"


def _is_weight(place: Place) -> bool:
    return place.type.name == "Observation" and _WEIGHT in place.value.get("meta", {}).get("profile", ())


def profile_count(place: Place) -> Edits:
    """What Observation leaves open and vital signs ask for. https://hl7.org/fhir/R4/vitalsigns.html"""
    if _is_weight(place):
        for key in ("subject", "effectiveDateTime", "category"):
            yield Edit("remove", (*place.path, key))


def profile_slice(place: Place) -> Edits:
    """No coding of the code, or of the category, is the one that the profile's slice fixes."""
    if _is_weight(place):
        yield Edit("set", (*place.path, "code", "coding", 0, "code"), "8302-2")
        yield Edit("set", (*place.path, "category", 0, "coding", 0, "code"), "laboratory")


def profile_value(place: Place) -> Edits:
    """Another system than the fixed one, a unit outside of the required binding, a type that is not allowed."""
    if _is_weight(place):
        yield Edit("set", (*place.path, "valueQuantity", "system"), "http://example.org/units")
        yield Edit("set", (*place.path, "valueQuantity", "code"), "cm")


def value_set_of_a_relative_system(place: Place) -> Edits:
    """https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.compose.include.system: an absolute URI."""
    if place.type.name == "ValueSet.compose.include" and "system" in place.value:
        yield Edit("set", (*place.path, "system"), "#contained")
        yield Edit("set", (*place.path, "system"), "CodeSystem/1")


def supplement_with_content_of_its_own(place: Place) -> Edits:
    """https://hl7.org/fhir/R4/codesystem.html#supplements: its content is "supplement"."""
    if place.type.name == "CodeSystem" and place.value.get("content") == "complete":
        yield Edit("set", (*place.path, "supplements"), "http://example.org/fhir/CodeSystem/other")


PROFILES = (
    profile_count,
    profile_slice,
    profile_value,
    value_set_of_a_relative_system,
    supplement_with_content_of_its_own,
)
