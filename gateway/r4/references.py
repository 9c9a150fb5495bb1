"""References: do they point to a type that is allowed, and inside a Bundle to an entry that is there?

https://hl7.org/fhir/R4/references.html and https://hl7.org/fhir/R4/bundle.html#references
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.fhirpath import Node
from gateway.r4.schema import is_resource_type, resource_node
from gateway.r4.structure import FoundReference, Scope, Walk

# https://hl7.org/fhir/R4/references.html#literal: [base/]Type/id[/_history/version]
_LITERAL = re.compile(
    r"(?:https?://\S+/)?([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?(?:#\S*)?"
)
# Bundles that hold all they point to by urn:uuid; a tuple, since what stands as the type may not be a text
WHOLE = ("message", "collection", "document")


class Resolver:
    """Finds what a reference of a walked resource points to, inside that resource."""

    def __init__(self, found: Walk) -> None:
        self._entries: dict[Scope, dict[str, Node]] = {}
        self._contained: dict[Scope, dict[str, Node]] = {}
        for scope in found.scopes:
            if scope.node.type.name == "Bundle":
                self._entries[scope] = dict(resources_by_url(scope.node.value))
            if scope.is_contained and isinstance(scope.node.value.get("id"), str):
                self._contained.setdefault(scope.root, {})[scope.node.value["id"]] = scope.node

    def resolve(self, reference: str, scope: Scope) -> Node | None:
        """The contained resource or Bundle entry; None when it stands elsewhere or nowhere."""
        if reference.startswith("#"):
            return scope.root.node if reference == "#" else self._contained.get(scope.root, {}).get(reference[1:])
        bundle = _bundle(scope)
        return self._entries[bundle].get(reference) if bundle else None


def reference_issues(found: Walk, resolver: Resolver) -> Iterator[Issue]:
    """Dangling urn:uuid references of whole Bundles, and targets of a type R4 does not allow there."""
    for reference in found.references:
        text = reference.value.get("reference")
        if not isinstance(text, str):
            continue
        target = resolver.resolve(text, reference.scope)
        if target is None and text.startswith("urn:uuid:") and _must_resolve(reference.scope):
            yield Issue("error", "not-found", "r4-reference-dangling", f"{reference.path}.reference")
        yield from type_issues(reference, text, target)


def type_issues(reference: FoundReference, text: str, target: Node | None) -> Iterator[Issue]:
    """The target is of a type that is not among those allowed; nothing where that cannot be told."""
    if not reference.targets:
        return
    name = target.type.name if target else type_of(text)
    if name is not None and name not in reference.targets:
        allowed = ", ".join(sorted(reference.targets))
        yield Issue(
            "error",
            "structure",
            "r4-reference-type",
            f"{reference.path}.reference",
            {"found": name, "allowed": allowed},
        )


def type_of(text: str) -> str | None:
    """The resource type that a literal reference names: ``Patient`` of ``https://a.example/Patient/1``."""
    match = _LITERAL.fullmatch(text)
    return match.group(1) if match and is_resource_type(match.group(1)) else None


def _bundle(scope: Scope) -> Scope | None:
    """The nearest Bundle around a resource, the Bundle itself included."""
    here: Scope | None = scope
    while here is not None and here.node.type.name != "Bundle":
        here = here.parent
    return here


def _must_resolve(scope: Scope) -> bool:
    bundle = _bundle(scope)
    return bundle is not None and bundle.node.value.get("type") in WHOLE


def resources_by_url(bundle: dict[str, Any]) -> Iterator[tuple[str, Node]]:
    """The resource of each entry under its ``fullUrl``; of two with one URL the last counts."""
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if (
            isinstance(entry, dict)
            and isinstance(entry.get("fullUrl"), str)
            and isinstance(entry.get("resource"), dict)
        ):
            node = resource_node(entry["resource"])
            if node:
                yield entry["fullUrl"], node
