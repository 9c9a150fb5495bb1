"""``is``, ``as`` and ``ofType``: FHIR's types, and those of FHIRPath itself (the System namespace).

https://hl7.org/fhir/R4/fhirpath.html#types: a FHIR primitive is taken for the System type that it converts to.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.r4.definition_files import definition_file
from gateway.r4.fhirpath.nodes import Node
from gateway.r4.fhirpath.values import Quantity, Temporal

# Types of the System namespace and the FHIR primitives that carry them.
_SYSTEM = {
    "Boolean": "boolean", "String": "string", "Integer": "integer", "Decimal": "decimal",
    "Date": "date", "DateTime": "dateTime", "Time": "time", "Quantity": "Quantity",
}  # fmt: skip
_CARRIED_TOO = {"String": frozenset({"uri", "base64Binary", "xhtml"}), "DateTime": frozenset({"instant"})}


def is_type(name: str) -> bool:
    """True for the name of a type, with its namespace where that is System."""
    plain = name.removeprefix("System.")
    return plain in _SYSTEM or plain == "Any" or (plain == name and name in definition_file("types"))


def has_type(item: Any, name: str) -> bool:
    """True when ``item`` is of the type or of one that specialises it."""
    plain = name.removeprefix("System.")
    if isinstance(item, Node):
        ancestors = item.type.ancestors
        if plain in ancestors:
            return True
        return _SYSTEM.get(plain) in ancestors or not _CARRIED_TOO.get(plain, frozenset()).isdisjoint(ancestors)
    return plain == "Any" or _SYSTEM.get(plain, plain) == _kind(item)


def _kind(item: Any) -> str:
    match item:
        case bool():
            return "boolean"
        case Temporal():
            return item.kind
        case str():
            return "string"
        case int():
            return "integer"
        case Decimal():
            return "decimal"
        case Quantity():
            return "Quantity"
    return ""
