"""May an extension stand on this element? https://hl7.org/fhir/R4/defining-extensions.html#context

The context of an extension is one or more of: an element by its id (``Patient.birthDate``, or a type:
``Address``, ``Element``, ``DomainResource``), what a FHIRPath query finds in the resource, or another
extension by its url. https://hl7.org/fhir/R4/valueset-extension-context-type.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from gateway.r4.extension_definitions import ExtensionDefinition
from gateway.r4.fhirpath import Environment, FhirPathError, Node, compile_text
from gateway.r4.fhirpath.nodes import NodeType
from gateway.r4.schema import Property, Type, type_named
from gateway.r4.structure import Extended, Scope

_INDEX = re.compile(r"\[[0-9]+\]")
# A resource is no Element, yet an extension that may stand on every element is taken to stand on it too:
# R4's own examples do so.
_EVERYWHERE = "Element"
# Names of later releases for resources with a url and a status, which R4 has no type for.
_CANONICAL = frozenset({"CanonicalResource", "MetadataResource"})
# Where R4's own StructureDefinitions use an extension outside of its contexts, both in the same package.
_ALSO = {"http://hl7.org/fhir/StructureDefinition/regex": "ElementDefinition.type"}


class Contexts:
    """Answers for the elements of one walked resource."""

    def __init__(self) -> None:
        self._queried: dict[tuple[Scope, str], frozenset[int] | None] = {}

    def allow(self, definition: ExtensionDefinition, element: Extended) -> bool:
        """True when one of the contexts fits, and where that cannot be told."""
        if not definition.contexts or _ALSO.get(definition.url) == element.node.type.name:
            return True
        return any(self._fits(kind, expression, element) for kind, expression in definition.contexts)

    def _fits(self, kind: str, expression: str, element: Extended) -> bool:
        if kind == "element":
            if stands_as(element.node.type, element.here, expression):
                return True
            return expression.replace("[x]", "") == _whole_path(element)
        if kind == "extension":
            return element.node.type.name == "Extension" and element.holder.get("url") == expression
        return kind != "fhirpath" or self._is_found(expression, element)

    def _is_found(self, expression: str, element: Extended) -> bool:
        """True when the query finds the element in its resource; each query is made once a resource."""
        asked = (element.scope, expression)
        if asked not in self._queried:
            self._queried[asked] = _queried(expression, element.scope)
        found = self._queried[asked]
        return found is None or id(element.holder) in found


def _queried(expression: str, scope: Scope) -> frozenset[int] | None:
    """The identities of the objects found, those beside primitives included; None when the query cannot be made."""
    environment = Environment(resource=scope.node, root=scope.root.node, context=scope.node)
    try:
        items = compile_text(expression).items(environment)
    except FhirPathError:
        return None
    return frozenset(id(part) for item in items if isinstance(item, Node) for part in (item.value, item.extra))


def stands_as(kind: NodeType, here: Property | None, expression: str) -> bool:
    """True when an element of this type, and of this property, has this id; or that cannot be told (``url#id``)."""
    if expression == _EVERYWHERE or expression == kind.name or expression in kind.ancestors:
        return True
    if here is not None and expression in _ids(here):
        return True
    if expression in _CANONICAL:
        return isinstance(kind, Type) and kind.is_resource and {"url", "status"} <= kind.elements.keys()
    return "#" in expression or ":" in expression


@lru_cache(maxsize=4096)
def _ids(here: Property) -> frozenset[str]:
    """The ids of an element: ``Observation.value[x]`` and by its type, ``Age.value`` also ``Quantity.value``."""
    return frozenset(_forms(here))


def _forms(here: Property) -> Iterator[str]:
    owner, _, below = here.path.partition(".")
    for name in type_named(owner).ancestors:
        yield f"{name}.{below}"
        if below.endswith("[x]"):
            yield f"{name}.{below.removesuffix('[x]')}"
            yield f"{name}.{below.removesuffix(f'{here.element}[x]')}{here.key}"


def _whole_path(element: Extended) -> str:
    """The path from the resource, through datatypes: ``Specimen.collection.quantity``; a choice by its stem."""
    scope = element.scope
    return scope.node.type.name + _INDEX.sub("", element.path.removeprefix(scope.path))
