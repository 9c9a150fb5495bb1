"""Resources of any R4 type made at random, and small damage done to them.

Their structure is right by construction, so what they break are invariants; ``damaged`` then breaks
structure too. Texts are taken from the expressions of the invariants themselves, so that both sides
of their conditions are met.
"""

from __future__ import annotations

import copy
import re
from random import Random
from typing import Any

from gateway.jsontext import Number
from gateway.r4.definition_files import definition_file
from gateway.r4.schema import Primitive, Property, Type, type_named

TYPES = [name for name, kind in definition_file("types").items() if kind["kind"] == "resource" and not kind["abstract"]]
_LITERALS = sorted(
    {
        text
        for rule in definition_file("invariants").values()
        for text in re.findall(r"'([a-z*%A-Z-]+)'", rule["expression"])
    }
)
_UCUM = "http://unitsofmeasure.org"
_URIS = [_UCUM, "http://a.example/b", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:oid:1.2.3", "#a", "http"]
_PRIMITIVES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, 1, -1],
    "positiveInt": [1, 2],
    "unsignedInt": [0, 1],
    "decimal": [0, -3, Number("1.50"), Number("101.0")],
    "string": ["a", "Âm tính", "a\tb", "1", *_LITERALS],
    "markdown": ["# a\n\nb"],
    "code": ["a", "a b", "1", *_LITERALS],
    "id": ["a", "A-1.b"],
    "uri": _URIS,
    "url": _URIS,
    "canonical": _URIS,
    "oid": ["urn:oid:2.16.840.1"],
    "uuid": ["urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"],
    "date": ["1980", "1980-02", "1980-02-29"],
    "dateTime": ["1980", "1980-02-29", "2026-11-22T10:04:05+07:00"],
    "instant": ["2026-11-22T10:04:05+07:00"],
    "time": ["10:04:05"],
    "base64Binary": ["YQ=="],
    "xhtml": ['<div xmlns="http://www.w3.org/1999/xhtml">a</div>'],
}
# What would break nearly every resource if it stood as often as the rest.
_SELDOM = {"contained": 0.1, "id": 0.1, "modifierExtension": 0.3, "extension": 0.3}
# Of a code whose value set is a form: a language, a media type.
_FORMS = ["vi-VN", "en", "text/plain", "application/pdf", "Patient", "a b"]
_EXTENSION = {"url": "http://a.example/why", "valueCode": "unknown"}


def resource(random: Random, name: str, depth: int = 0) -> dict[str, Any]:
    """One of type ``name``: what is required, and some of the rest."""
    return {"resourceType": name, **_object(random, type_named(name), depth)}


def _object(random: Random, kind: Type, depth: int) -> dict[str, Any]:
    required = dict(kind.required)
    often = random.choice((0.05, 0.2, 0.5)) / (1 + depth)
    made: dict[str, Any] = {}
    while not made:
        for element, choices in kind.elements.items():
            if element not in required and random.random() > often * _SELDOM.get(element, 1):
                continue
            here = random.choice(choices)
            if here.type is not None or depth < 3:
                made.update(_property(random, here, required.get(element, 0), depth))
        often += 0.1
    return made


def _property(random: Random, here: Property, least: int, depth: int) -> dict[str, Any]:
    if here.beside and random.random() < 0.05:
        beside: Any = {"extension": [_EXTENSION]}
        value = [None] if here.many else None
        alone: dict[str, Any] = {here.beside: [beside] if here.many else beside}
        return alone if random.random() < 0.5 or value is None else {here.key: value, **alone}
    items = [_value(random, here, depth + 1) for _ in range(max(least, random.choice((1, 1, 2))))]
    return {here.key: items if here.many else items[0]}


def _value(random: Random, here: Property, depth: int) -> Any:
    kind = here.type
    if kind is None:
        return resource(random, random.choice(("Basic", "Patient", "Organization", "Observation")), depth)
    if isinstance(kind, Primitive):
        codes = sorted(code for each in (here.listed or {}).values() for code in each)
        return random.choice(codes or (_FORMS if here.binding else _PRIMITIVES[kind.name]))
    if kind.name == "Extension" and random.random() < 0.9:
        return dict(_EXTENSION)
    made = _object(random, kind, depth)
    if "reference" in made and kind.name == "Reference":
        right = f"{random.choice(sorted(here.targets) or ['X'])}/1"
        made["reference"] = random.choice(("Patient/1", "#a", "urn:uuid:1", *[right] * 20))
    return made


def damaged(random: Random, value: Any) -> Any:
    """A copy with one thing in it deleted, doubled, renamed, nulled, replaced or of another JSON kind."""
    made = copy.deepcopy(value)
    holder, key = random.choice(list(_places(made)))
    kinds = [
        None,
        "",
        " ",
        "a",
        "a\x01",
        "\u00a0",
        0,
        True,
        1.5,
        [],
        {},
        [None],
        ["a"],
        {"id": "a"},
        {"a": 1},
        "#",
        "urn:uuid:2",
    ]
    match random.randrange(7):
        case 0:
            del holder[key]
        case 1:
            holder[key] = random.choice(kinds)
        case 2:
            holder[key] = [holder[key]] if random.random() < 0.5 else {"value": holder[key]}
        case 3 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 3 | 4 if isinstance(holder, dict):
            name = random.choice((f"_{key}", f"{key}x", "id", "extension", "contained", random.choice(list(holder))))
            holder[name] = holder.pop(key)
        case 5 if isinstance(holder[key], list) and holder[key]:
            holder[key] = random.choice((holder[key][0], [*holder[key], holder[key][0]], holder[key][1:]))
        case _:
            other, there = random.choice(list(_places(made)))
            holder[key] = copy.deepcopy(other[there])
    return made


def _places(value: Any) -> Any:
    for key, item in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)
