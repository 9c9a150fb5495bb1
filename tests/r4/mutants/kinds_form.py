"""Kinds of mutants that break the JSON form: properties, counts, JSON types, emptiness, siblings, syntax.

Each kind is a function from a place (one object of the resource) to the edits that break its rule there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.r4.schema import Primitive, Type
from tests.r4.mutants.edits import Edit
from tests.r4.mutants.places import Place
from tests.r4.mutants.values import VALID, other_json_types

Edits = Iterator[Edit]


def property_unknown(place: Place) -> Edits:
    yield Edit("set", (*place.path, "notOfThisType"), "a text")


def property_of_another_case(place: Place) -> Edits:
    """Names are case sensitive: ``Status`` is not ``status``."""
    for key, value, _ in place.properties():
        yield Edit("set", (*place.path, key[0].upper() + key[1:]), value)


def property_twice(place: Place) -> Edits:
    for key in place.value:
        yield Edit("twice", (*place.path, key))


def required_missing(place: Place) -> Edits:
    for element, _ in place.type.required:
        for choice in place.type.elements[element]:
            if choice.key in place.value and f"_{choice.key}" not in place.value:
                yield Edit("remove", (*place.path, choice.key))


def more_than_one(place: Place) -> Edits:
    """The most that may stand there is one, and there are two."""
    for key, value, here in place.properties():
        if not here.many:
            yield Edit("set", (*place.path, key), [value, value])


def array_of_one_for_a_single_value(place: Place) -> Edits:
    for key, value, here in place.properties():
        if not here.many:
            yield Edit("set", (*place.path, key), [value])


def single_value_for_an_array(place: Place) -> Edits:
    for key, value, here in place.properties():
        if here.many and value and value[0] is not None:
            yield Edit("set", (*place.path, key), value[0])


def json_type_of_a_primitive(place: Place) -> Edits:
    for path, item, here in place.items():
        if isinstance(here.type, Primitive) and item is not None:
            yield from (Edit("set", path, other) for other in other_json_types(here.type.name))


def text_for_an_object(place: Place) -> Edits:
    for path, _, here in place.items():
        if not isinstance(here.type, Primitive):
            yield Edit("set", path, "a text")


def two_of_a_choice(place: Place) -> Edits:
    for choices in place.type.elements.values():
        if len(choices) > 1 and any(choice.key in place.value for choice in choices):
            for other in choices:
                if other.key not in place.value and other.type is not None and other.type.name in VALID:
                    value = VALID[other.type.name]
                    yield Edit("set", (*place.path, other.key), [value] if other.many else value)


def type_not_of_the_choice(place: Place) -> Edits:
    """``multipleBirthString``: a type that R4 knows, but not for this element."""
    for element, choices in place.type.elements.items():
        if len(choices) > 1 and not place.has(element):
            for name in ("Signature", "Signature", "SampledData", "Money", "String", "Boolean", "Base64Binary"):
                if element + name not in place.type.properties:
                    yield Edit("set", (*place.path, element + name), VALID.get(name, "a text"))


def empty_array(place: Place) -> Edits:
    for key, _, here in place.properties():
        if here.many:
            yield Edit("set", (*place.path, key), [])


def empty_object(place: Place) -> Edits:
    for path, _, here in place.items():
        if isinstance(here.type, Type):
            yield Edit("set", path, {})


def empty_text(place: Place) -> Edits:
    for path, item, here in place.items():
        if isinstance(here.type, Primitive) and isinstance(item, str):
            yield Edit("set", path, "")


def blank_text(place: Place) -> Edits:
    for path, item, here in place.items():
        if isinstance(here.type, Primitive) and here.type.name in ("string", "markdown", "code") and item is not None:
            yield Edit("set", path, "   ")


def null_value(place: Place) -> Edits:
    for key, _, here in place.properties():
        if not here.many:
            yield Edit("set", (*place.path, key), None)


def null_item_without_sibling(place: Place) -> Edits:
    for key, value, here in place.properties():
        if here.many and f"_{key}" not in place.value:
            yield Edit("set", (*place.path, key, len(value)), None)


def sibling_of_a_complex_element(place: Place) -> Edits:
    """``_name`` where ``name`` is no primitive."""
    for key, _, here in place.properties():
        if here.beside is None:
            yield Edit("set", (*place.path, f"_{key}"), {"id": "a"})


def sibling_of_the_wrong_form(place: Place) -> Edits:
    for _, value, here in place.properties():
        if here.beside and here.beside not in place.value:
            wrong: tuple[Any, ...] = ("a text", {}, {"extension": []}, {"value": value}, {"notOfThisType": "a text"})
            arrays = ([{"id": "a"}],) if not here.many else ({"id": "a"},)
            yield from (Edit("set", (*place.path, here.beside), item) for item in (*wrong, *arrays))


def resource_type(place: Place) -> Edits:
    if "resourceType" in place.value:
        path = (*place.path, "resourceType")
        yield Edit("remove", path)
        yield from (Edit("set", path, wrong) for wrong in ("NoSuchResource", "patient", "DomainResource", 1, None, ""))


FORM = (
    property_unknown,
    property_of_another_case,
    property_twice,
    required_missing,
    more_than_one,
    array_of_one_for_a_single_value,
    single_value_for_an_array,
    json_type_of_a_primitive,
    text_for_an_object,
    two_of_a_choice,
    type_not_of_the_choice,
    empty_array,
    empty_object,
    empty_text,
    blank_text,
    null_value,
    null_item_without_sibling,
    sibling_of_a_complex_element,
    sibling_of_the_wrong_form,
    resource_type,
)
