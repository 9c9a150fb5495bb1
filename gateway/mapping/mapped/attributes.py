"""Whether an attribute of a row is an element that R4 has, and one that its datatype can be.

What is wrong here would else be refused with every record, when it is too late to be mended in an afternoon.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from gateway.mapping.rows import Row
from gateway.r4.schema import Primitive, Property, Type, type_named

_STEP = re.compile(r"([A-Za-z0-9]+)(\[[0-9]+\])?\Z")
_TEXTS = frozenset({"string", "markdown", "code", "id", "uri", "url", "canonical", "oid", "uuid"})

# What each datatype makes; of a primitive all that its text may be.
_MAKES: dict[str, frozenset[str]] = {
    "text": _TEXTS,
    "code": _TEXTS,
    "date": frozenset({"date", "dateTime"}),
    "dateTime": frozenset({"dateTime"}),
    "instant": frozenset({"instant", "dateTime"}),
    "name": frozenset({"HumanName"}),
    "address": frozenset({"Address"}),
    "note": frozenset({"Annotation"}),
    "phone": frozenset({"ContactPoint"}),
    "quantity": frozenset({"Quantity"}),
    **dict.fromkeys(("concept", "own-concept"), frozenset({"CodeableConcept"})),
    **dict.fromkeys(("coding", "own-coding"), frozenset({"Coding"})),
    **dict.fromkeys(
        ("mrn", "person-number", "card", "bhxh", "facility", "own-number", "identifier"), frozenset({"Identifier"})
    ),
}


def wrong_attribute(resource_type: str, row: Row) -> str:
    """What is wrong with where the row goes, a sentence; "" when R4 has that element and the datatype can be it."""
    here: Type = type_named(resource_type)
    steps = row.attribute.partition(".")[2].split(".")
    for position, step in enumerate(steps):
        last = position == len(steps) - 1
        matched = _STEP.match(step.removesuffix("[]") if last else step)
        if matched is None:
            return f"{step} is no step of an element's path"
        name, index = matched.groups()
        found = here.properties.get(name)
        if found is None:
            near = get_close_matches(name, here.properties, 1, 0.6)
            return f"{here.name} has no element {name}" + (f"; {near[0]} looks like it" if near else "")
        listed = index is not None or (last and row.appends)
        if found.many is not listed:
            return f"{name} is a list: {name}[0], or {name}[] at the end" if found.many else f"{name} is no list"
        if last:
            return _wrong_value(row, found)
        if not isinstance(found.type, Type):
            return f"{name} has no elements"
        here = found.type
    return ""


def _wrong_value(row: Row, found: Property) -> str:
    if row.assignment is not None:
        plain = not isinstance(row.assignment, dict | list)
        return "" if plain is isinstance(found.type, Primitive) else f"{found.path} is {_named(found)}"
    makes = _MAKES.get(row.datatype.partition(" ")[0])
    if makes is None or _named(found) in makes:
        return ""
    return f"{found.path} is {_named(found)}, which the datatype {row.datatype} does not make"


def _named(found: Property) -> str:
    return found.type.name if found.type is not None else "a resource"
