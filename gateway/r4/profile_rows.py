"""The profiles of a package, cut down to what checking a resource needs of them.

https://hl7.org/fhir/R4/structuredefinition.html: a profile is a StructureDefinition that constrains a type.
Its differential says all of it; texts, mappings and the snapshot go.
"""

from __future__ import annotations

from typing import Any

from gateway.r4.fhir_package import FhirPackage

_OF_A_PROFILE = (
    "resourceType",
    "url",
    "version",
    "name",
    "title",
    "kind",
    "abstract",
    "type",
    "baseDefinition",
    "derivation",
)
_OF_AN_ELEMENT = (
    "id", "path", "sliceName", "slicing", "min", "max", "type", "contentReference", "maxLength", "mustSupport",
)  # fmt: skip
_VALUES = ("fixed", "pattern", "minValue", "maxValue")  # each followed by the name of a type
_OF_A_CONSTRAINT = ("key", "severity", "human", "expression")


def profiles(package: FhirPackage) -> dict[str, dict[str, Any]]:
    """By URL the profiles of resources and datatypes; those of Extension define extensions and are not among them."""
    return {
        url: compact(definition)
        for url, definition in package.resources["StructureDefinition"].items()
        if definition.get("derivation") == "constraint" and definition["type"] != "Extension"
    }


def compact(definition: dict[str, Any]) -> dict[str, Any]:
    """A StructureDefinition with its differential only, and of that only what can refuse a resource."""
    made = {key: definition[key] for key in _OF_A_PROFILE if key in definition}
    made["differential"] = {"element": [_element(element) for element in definition["differential"]["element"]]}
    return made


def _element(element: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in element.items() if key in _OF_AN_ELEMENT or key.startswith(_VALUES)}
    if "binding" in element:
        made["binding"] = {
            key: element["binding"][key] for key in ("strength", "valueSet") if key in element["binding"]
        }
    if "constraint" in element:
        made["constraint"] = [
            {key: constraint[key] for key in _OF_A_CONSTRAINT if key in constraint}
            for constraint in element["constraint"]
        ]
    return made
