"""Leaves of a profile's tree what R4's type does not say already, so that nothing is judged or said twice."""

from __future__ import annotations

from gateway.r4.profiles.element import CORE, Binding, Element, Kind
from gateway.r4.profiles.tree import Made, type_below
from gateway.r4.schema import Property, Type


def prune(root: Element, made: Made) -> None:
    """``root`` of the type ``made``, in place."""
    for child in root.children.values():
        _prune(child, made, None)
    root.children = {name: child for name, child in root.children.items() if not child.is_silent}


def _prune(element: Element, above: Made, general: Element | None) -> None:
    """``general``: of a slice, or of an element in one, the same element outside of the slices."""
    choices = above.elements.get(element.name, ()) if isinstance(above, Type) else ()
    made = type_below(above, element)
    for each in element.slices.values():
        _prune(each, above, element)
    for child in element.children.values():
        _prune(child, made, general.children.get(child.name) if general else None)
    element.children = {name: child for name, child in element.children.items() if not child.is_silent}
    if all(each.is_silent for each in element.slices.values()) and not (element.slicing and _closes(element)):
        element.slices = {}
    if not element.slices:
        element.slicing = None
    _counts(element, above, choices)
    if (not element.slice_name or len(choices) == 1) and _same_kinds(element.kinds, choices):
        element.kinds = ()
    if choices and element.binding and all(_is_bound_alike(choice, element.binding) for choice in choices):
        element.binding = None
    if general is not None:
        _repeated(element, general)


def _is_bound_alike(choice: Property, binding: Binding) -> bool:
    """R4's own binding says as much: the same set, and required where the profile requires it."""
    own = choice.binding
    same = own is not None and own.url == binding.value_set.partition("|")[0]
    return same and own is not None and (own.is_required or binding.strength != "required")


def _closes(element: Element) -> bool:
    return element.slicing is not None and (element.slicing.rules != "open" or element.slicing.ordered)


def _counts(element: Element, above: Made, choices: tuple[Property, ...]) -> None:
    least = dict(above.required).get(element.name, 0) if isinstance(above, Type) and not element.slice_name else 0
    if element.least is not None and element.least <= least:
        element.least = None
    if element.most is not None and element.most and choices and not any(choice.many for choice in choices):
        element.most = None


def _same_kinds(kinds: tuple[Kind, ...], choices: tuple[Property, ...]) -> bool:
    """The types are those that R4 allows: none left out, none with a profile."""
    allowed = {choice.type.name if choice.type else "Resource": choice for choice in choices}
    if any(kind.profiles for kind in kinds):
        return False
    for kind in kinds:
        here = allowed.get(kind.code)
        targets = {target.partition("|")[0].removeprefix(CORE) for target in kind.targets} - {"Resource"}
        if kind.code == "Reference" and targets and (here is None or targets != set(here.targets)):
            return False
    return len({kind.code for kind in kinds}) >= len(allowed)


def _repeated(element: Element, general: Element) -> None:
    """What the element says outside of its slices holds in them without being said again."""
    if element.fixed == general.fixed:
        element.fixed = None
    if element.pattern == general.pattern:
        element.pattern = None
    if element.binding == general.binding:
        element.binding = None
    if element.kinds == general.kinds:
        element.kinds = ()
    element.constraints = tuple(each for each in element.constraints if each not in general.constraints)
    if element.slice_name:
        return
    if element.least is not None and element.least <= (general.least or 0):
        element.least = None
    if element.most is not None and general.most is not None and element.most >= general.most:
        element.most = None
