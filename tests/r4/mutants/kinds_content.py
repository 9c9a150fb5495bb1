"""Kinds of mutants that break what values mean: formats, codes, units, ids, narratives, extensions.

Each kind is a function from a place (one object of the resource) to the edits that break its rule there.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.r4.schema import Primitive
from tests.r4.mutants.edits import Edit, added
from tests.r4.mutants.places import Place
from tests.r4.mutants.values import BAD_FORMAT

Edits = Iterator[Edit]

_XHTML = "http://www.w3.org/1999/xhtml"
_UCUM = "http://unitsofmeasure.org"
_CORE = "http://hl7.org/fhir/StructureDefinition"
# https://hl7.org/fhir/R4/narrative.html#rules and the invariants txt-1 and txt-2
_BAD_NARRATIVES = {
    "narrative-script": f'<div xmlns="{_XHTML}">a text<script>alert(1)</script></div>',
    "narrative-event": f'<div xmlns="{_XHTML}"><p onclick="alert(1)">a text</p></div>',
    "narrative-link-script": f'<div xmlns="{_XHTML}"><a href="javascript:alert(1)">a text</a></div>',
    "narrative-form": f'<div xmlns="{_XHTML}">a text<form><input type="text"/></form></div>',
    "narrative-frame": f'<div xmlns="{_XHTML}">a text<iframe src="http://example.org"></iframe></div>',
    "narrative-style-sheet": f'<div xmlns="{_XHTML}"><style>p {{ color: red }}</style>a text</div>',
    "narrative-namespace": "<div>a text</div>",
    "narrative-not-a-div": f'<p xmlns="{_XHTML}">a text</p>',
    "narrative-not-closed": f'<div xmlns="{_XHTML}"><p>a text</div>',
    "narrative-entity": f'<div xmlns="{_XHTML}">a text &reg;</div>',
    "narrative-empty": f'<div xmlns="{_XHTML}"> </div>',
}


def format_of_a_primitive(place: Place) -> Edits:
    for path, item, here in place.items():
        if isinstance(here.type, Primitive) and item is not None and not here.listed and path[-1] != "id":
            yield from (Edit("set", path, bad) for bad in BAD_FORMAT.get(here.type.name, ()))


def code_of_a_required_binding(place: Place) -> Edits:
    for path, item, here in place.items():
        if here.listed and isinstance(here.type, Primitive) and item is not None:
            yield Edit("set", path, "no-such-code")


def concept_of_a_required_binding(place: Place) -> Edits:
    """The one coding of a CodeableConcept, or a Coding, outside of the value set that must be used."""
    for path, item, here in place.items():
        if not here.listed or not isinstance(item, dict):
            continue
        codings = item.get("coding")
        if isinstance(codings, list) and len(codings) == 1 and "code" in codings[0]:
            yield Edit("set", (*path, "coding", 0, "code"), "no-such-code")
        elif "code" in item and "system" in item:
            yield Edit("set", (*path, "code"), "no-such-code")


def unit_that_ucum_has_not(place: Place) -> Edits:
    if "Quantity" in place.type.ancestors and place.value.get("system") == _UCUM and "code" in place.value:
        for bad in ("mg//dL", "[no-such-unit]", "mg/(dL", "millilitres", "10*^x"):
            yield Edit("set", (*place.path, "code"), bad)


def id_of_a_resource(place: Place) -> Edits:
    if "resourceType" in place.value and not place.is_contained and not place.is_entry:
        for bad in ("a_b", "a b", "a/b", "", "x" * 65, "ấ"):
            yield Edit("set", (*place.path, "id"), bad)


def element_id_twice(place: Place) -> Edits:
    """https://hl7.org/fhir/R4/element.html: unique within the resource."""
    for key, value, here in place.properties():
        if here.many and here.type is not None and here.beside is None and len(value) > 1:
            yield Edit("set", (*place.path, key), [{**item, "id": "twice"} for item in value])


def narratives(place: Place, kind: str) -> Edits:
    if "DomainResource" in place.type.ancestors:
        yield Edit("set", (*place.path, "text"), {"status": "additional", "div": _BAD_NARRATIVES[kind]})


NARRATIVES = tuple(_BAD_NARRATIVES)


def _extended(place: Place, extension: dict[str, object], name: str = "extension") -> Edits:
    here = place.type.properties.get(name)
    if here is not None and place.type.name != "Extension":
        yield added(place.path, place.value, name, extension)


def modifier_extension_unknown(place: Place) -> Edits:
    """https://hl7.org/fhir/R4/extensibility.html#modifierExtension: not understood, not to be passed on."""
    extension = {"url": "http://example.org/fhir/StructureDefinition/no-such-modifier", "valueBoolean": True}
    yield from _extended(place, extension, "modifierExtension")


def extension_with_value_and_parts(place: Place) -> Edits:
    parts = [{"url": "a", "valueBoolean": True}]
    yield from _extended(place, {"url": "http://example.org/a", "valueBoolean": True, "extension": parts})


def extension_without_url(place: Place) -> Edits:
    yield from _extended(place, {"valueBoolean": True})


def extension_of_another_context(place: Place) -> Edits:
    """patient-birthPlace belongs to Patient, data of its own type and all."""
    if "resourceType" in place.value and place.type.name != "Patient":
        extension: dict[str, object] = {"url": f"{_CORE}/patient-birthPlace", "valueAddress": {"text": "a text"}}
        yield from _extended(place, extension)


def extension_with_the_wrong_type(place: Place) -> Edits:
    """data-absent-reason is a code and may stand on any element."""
    yield from _extended(place, {"url": f"{_CORE}/data-absent-reason", "valueString": "unknown"})


CONTENT = (
    format_of_a_primitive,
    code_of_a_required_binding,
    concept_of_a_required_binding,
    unit_that_ucum_has_not,
    id_of_a_resource,
    element_id_twice,
    modifier_extension_unknown,
    extension_with_value_and_parts,
    extension_without_url,
    extension_of_another_context,
    extension_with_the_wrong_type,
)
