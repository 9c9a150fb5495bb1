"""FHIRPath that resources hold: an expression which nobody can read is refused.

https://hl7.org/fhir/R4/metadatatypes.html#Expression says its language; ElementDefinition.constraint.expression,
SearchParameter.expression and StructureDefinition.contextInvariant are FHIRPath by their definitions. CQL and other
languages are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.fhirpath import FhirPathError
from gateway.r4.fhirpath.lexer import LONGEST
from gateway.r4.fhirpath.parser import parse

# By type, the element that holds the text.
HELD = {
    "Expression": "expression",
    "ElementDefinition.constraint": "expression",
    "SearchParameter": "expression",
    "SearchParameter.component": "expression",
    "StructureDefinition": "contextInvariant",
}
_FHIRPATH = "text/fhirpath"


def expression_issues(noted: list[tuple[str, dict[str, Any], str]]) -> Iterator[Issue]:
    """Of each (type, value, path) that the walk noted: the expressions that are no FHIRPath."""
    for name, value, path in noted:
        for place in unread(name, value):
            yield Issue("error", "value", "r4-fhirpath", f"{path}.{place}")


def unread(name: str, value: dict[str, Any]) -> Iterator[str]:
    """Where in a ``value`` of the type ``name`` an expression stands that is no FHIRPath."""
    if name == "Expression" and value.get("language") != _FHIRPATH:
        return
    key = HELD[name]
    held = value.get(key)
    for index, text in enumerate(held if isinstance(held, list) else [held]):
        if isinstance(text, str) and not _is_read(text):
            yield f"{key}[{index}]" if isinstance(held, list) else key


def all_read(name: str, value: dict[str, Any]) -> bool:
    """True when no expression in ``value`` is refused."""
    return not any(unread(name, value))


def _is_read(text: str) -> bool:
    if len(text) > LONGEST:
        return True  # it may be FHIRPath; we do not read that much
    try:
        parse(text)
    except FhirPathError:
        return False
    return True
