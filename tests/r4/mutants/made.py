"""A valid resource of any R4 type, made from the definitions: a control where no official example stands.

What is required, and at the top whatever is of a plain type; the same every time.
"""

from __future__ import annotations

from typing import Any

from gateway.r4.schema import Primitive, Property, Type, type_named
from tests.r4.mutants.values import VALID

_NARRATIVE = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">a text</div>'}
# Left out: what says something of the whole resource rather than of its subject.
_NOT_ADDED = frozenset({"id", "meta", "implicitRules", "language", "contained", "extension", "modifierExtension"}) | {
    "supplements",
    "count",  # of a CodeSystem: what they say is true of others
}
# Codes whose value set is no list but a form.
_OF_A_FORM = {
    "http://hl7.org/fhir/ValueSet/mimetypes": "text/plain",
    "http://hl7.org/fhir/ValueSet/all-languages": "vi",
}


def made_resource(name: str, *, sparse: bool = False) -> dict[str, Any]:
    """A resource of type ``name``; ``sparse`` has only what is required (and a narrative)."""
    kind = type_named(name)
    made: dict[str, Any] = {"resourceType": name, "id": "made"}
    if "text" in kind.properties and "DomainResource" in kind.ancestors:
        made["text"] = _NARRATIVE
    made.update(_filled(kind, sparse=sparse))
    return made


def _filled(kind: Type, *, sparse: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    required = dict(kind.required)
    for element, choices in kind.elements.items():
        here = next((choice for choice in choices if _is_plain(choice)), choices[0])
        if element in required or (not sparse and element not in _NOT_ADDED | {"text"} and _is_plain(here)):
            value = _value(here)
            made[here.key] = [value] if here.many else value
    return made


def _is_plain(here: Property) -> bool:
    return here.type is not None and here.type.name in VALID


def _value(here: Property) -> Any:
    if here.type is None:
        return {"resourceType": "Basic", "id": "made", "code": {"text": "a text"}}
    if here.listed:
        system, codes = sorted(here.listed.items())[0]
        code = sorted(codes)[0]
        if isinstance(here.type, Primitive):
            return code
        return {"coding": [{"system": system, "code": code}]} if here.type.name == "CodeableConcept" else {
            "system": system, "code": code,
        }  # fmt: skip
    if here.binding is not None and here.binding.url in _OF_A_FORM:
        return _OF_A_FORM[here.binding.url]
    if here.type.name in VALID:
        return VALID[here.type.name]
    if isinstance(here.type, Primitive):
        raise ValueError(f"no plain {here.type.name}")
    return _filled(here.type, sparse=True)
