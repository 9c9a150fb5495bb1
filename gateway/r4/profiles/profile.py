"""One StructureDefinition made ready to hold resources to: from its snapshot, or its differential on its base.

https://hl7.org/fhir/R4/profiling.html and https://hl7.org/fhir/R4/structuredefinition.html. A snapshot that is
given is taken as it stands; its base need not be known then.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from gateway.outcome import Issue
from gateway.r4.definition_files import definition_file
from gateway.r4.profiles.discriminators import Known, expectations
from gateway.r4.profiles.element import CORE, Element
from gateway.r4.profiles.pruning import prune
from gateway.r4.profiles.rows import objects, text
from gateway.r4.profiles.tree import grow, known_type

_MOST_BASES = 30
Definition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a StructureDefinition asks beyond R4; ``faults`` says what is wrong with the definition itself."""

    url: str
    type: str
    root: Element
    by_id: dict[str, Element]
    faults: tuple[Issue, ...]


def grown(definition: Definition, find: Callable[[str], Definition | None]) -> tuple[Element, list[Issue]]:
    """The profile's tree with all its base profiles say, and what is wrong with them."""
    faults: list[Issue] = []
    layers = [definition]
    while not _rows(layers[-1], "snapshot"):
        base = text(layers[-1].get("baseDefinition"))
        if is_of_r4(base):
            break
        below = find(base)
        if below is None:
            faults.append(_fault("r4-profile-base", definition))
            break
        if any(below is layer for layer in layers) or len(layers) > _MOST_BASES:
            faults.append(_fault("r4-profile-ring", definition))
            break
        layers.append(below)
    name = text(definition.get("type"))
    root = Element(name, name)
    for layer in reversed(layers):
        grow(root, _rows(layer, "snapshot") or _rows(layer, "differential"))
    for element in root.everything():
        if element.most is not None and (element.least or 0) > element.most:
            faults.append(_fault("r4-profile-contradicts", definition, element=element.id))
    return root, faults


def compiled(url: str, definition: Definition, root: Element, faults: list[Issue], known: Known) -> Profile:
    """The profile without what R4 itself says, its slices told by their discriminators."""
    own = deepcopy(root)
    own.least = own.most = None
    for element in own.everything():
        for each in element.slices.values() if element.slicing else ():
            each.expected = expectations(each, element.slicing, known) if element.slicing else None
    by_id = {element.id: element for element in own.everything()}
    prune(own, known_type(own.name))
    for element in by_id.values():
        element.limits_value = element.says_a_value
    return Profile(url, text(definition.get("type")), own, by_id, tuple(faults))


def is_of_r4(url: str) -> bool:
    """True for the definition of one of R4's own types, which the walk judges."""
    return url.startswith(CORE) and url.removeprefix(CORE).partition("|")[0] in definition_file("types")


def _rows(definition: Definition, form: str) -> list[dict[str, Any]]:
    part = definition.get(form)
    return list(objects(part.get("element"))) if isinstance(part, dict) else []


def _fault(rule: str, definition: Definition, **parameters: object) -> Issue:
    return Issue("warning", "not-supported", rule, parameters={"profile": text(definition.get("url")), **parameters})
