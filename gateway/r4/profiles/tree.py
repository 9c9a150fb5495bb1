"""ElementDefinitions to a tree: where each row of a snapshot or differential belongs.

https://hl7.org/fhir/R4/elementdefinition.html#id: ids name the slices a row is in; a row without one, or
with one that does not fit its path, belongs to the last row of its parent's path.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.r4.definition_files import definition_file
from gateway.r4.profiles.element import BY_TYPE, BY_URL, CLOSED_BY_TYPE, Element, Kind
from gateway.r4.profiles.rows import apply, text
from gateway.r4.schema import Primitive, Type, primitive, type_named

MOST_ROWS = 20_000
MOST_LEVELS = 40
Made = Type | Primitive | None
_Steps = tuple[tuple[str, str], ...]  # (component, Systolic)


def grow(root: Element, rows: Iterable[dict[str, Any]]) -> None:
    """Says of ``root`` and the elements below it what ``rows`` say."""
    latest: dict[str, _Steps] = {}  # by path
    narrowed: set[int] = set()
    for row, _ in zip(rows, range(MOST_ROWS), strict=False):
        steps = _steps(row, latest)
        if steps and len(steps) <= MOST_LEVELS:
            latest[text(row.get("path"))] = steps
            apply(row, _place(root, steps[1:], narrowed))


def _steps(row: dict[str, Any], latest: dict[str, _Steps]) -> _Steps:
    names = text(row.get("path")).split(".")
    parts = [part.partition(":") for part in text(row.get("id")).split(".")]
    slice_name = text(row.get("sliceName"))
    if len(parts) == len(names) and all(_is_same(part[0], name) for part, name in zip(parts, names, strict=True)):
        steps: _Steps = tuple(
            (name, part[2] if name == part[0] else "") for part, name in zip(parts, names, strict=True)
        )
    else:
        above = latest.get(".".join(names[:-1])) or tuple((name, "") for name in names[:-1])
        steps = (*above, (names[-1], ""))
    if slice_name and not steps[-1][1]:
        return (*steps[:-1], (steps[-1][0], slice_name))
    return steps


def _is_same(part: str, name: str) -> bool:
    """``value[x]`` of an id is ``valueQuantity`` of a path."""
    return part == name or (part.endswith("[x]") and name.startswith(part[:-3]))


def _place(root: Element, steps: _Steps, narrowed: set[int]) -> Element:
    here, made = root, known_type(root.name)
    for name, slice_name in steps:
        child = _child(here, made, name, narrowed)
        if slice_name:
            if child.slicing is None and child.name in ("extension", "modifierExtension"):
                child.slicing = BY_URL
            elif child.slicing is None and name.endswith("[x]") and not child.slice_name:
                child.slicing = BY_TYPE
            child = child.slice(slice_name)
            if name.endswith("[x]") and not child.kinds:
                child.kinds = _kind_named(made, slice_name)
        here, made = child, type_below(made, child)
    return here


def _child(here: Element, made: Made, name: str, narrowed: set[int]) -> Element:
    """The element ``name``; ``valueQuantity`` narrows ``value[x]`` to that type, and to others said so beside it.

    The shorthand of differentials: HL7's snapshots of its own profiles (vital signs) show what it means.
    """
    property_ = made.properties.get(name) if isinstance(made, Type) else None
    if property_ is None or property_.element == name:
        return here.child(name)
    choice, kinds = here.child(f"{property_.element}[x]"), _kind_named(made, name)
    if choice.codes == {kind.code for kind in kinds} and name not in choice.slices:
        return choice
    if id(choice) not in narrowed:  # the first one said in this differential, whatever its base allows
        choice.kinds, choice.slicing = (), CLOSED_BY_TYPE
        narrowed.add(id(choice))
    found = choice.slice(name)
    found.kinds = found.kinds or kinds
    choice.kinds += tuple(kind for kind in kinds if kind not in choice.kinds)
    return found


def _kind_named(made: Made, key: str) -> tuple[Kind, ...]:
    """The type that a property of a choice has: Quantity for ``valueQuantity``."""
    property_ = made.properties.get(key) if isinstance(made, Type) else None
    return (Kind(property_.type.name),) if property_ is not None and property_.type is not None else ()


def type_below(made: Made, element: Element) -> Made:
    """The type of ``element``, which stands in ``made``; None when it has several or any."""
    codes = sorted(element.codes)
    if isinstance(made, Type):
        choices = made.elements.get(element.name, ())
        if len(choices) == 1 and choices[0].type is not None:
            return choices[0].type
        named = [each.type for each in choices if each.type is not None and each.type.name in codes]
        if len(named) == 1:
            return named[0]
        if any(each.type is not None for each in choices):
            return None
    return known_type(codes[0]) if len(codes) == 1 else None


def known_type(name: str) -> Made:
    """R4's type ``name``; None when it has none."""
    definition = definition_file("types").get(name)
    if definition is None:
        return None
    return primitive(name) if definition["kind"] == "primitive-type" else type_named(name)
