"""Contained resources: each has an id, is pointed to, and every ``#`` link finds one.

https://hl7.org/fhir/R4/references.html#contained, invariants dom-3 and ref-1, judged from one
walk of the resource (rules_apart.json says why).
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.outcome import Issue
from gateway.r4.structure import Scope, Walk


def containment_issues(found: Walk) -> Iterator[Issue]:
    """What breaks dom-3, ref-1 or the rule that a contained resource has an id."""
    contained: dict[Scope, list[Scope]] = {}
    for scope in found.scopes:
        if scope.is_contained:
            contained.setdefault(scope.root, []).append(scope)
    links: dict[Scope, set[str]] = {}
    pointing_up: set[Scope] = set()  # contained resources that point to their container
    for link, scope in _links(found):
        links.setdefault(scope.root, set()).add(link)
        if link == "#":
            pointing_up.add(scope)
    for root, scopes in contained.items():
        for scope in scopes:
            name = scope.node.value.get("id")
            if name is None:
                yield Issue("error", "required", "r4-contained-id", scope.path)
            elif f"#{name}" not in links.get(root, ()) and scope not in pointing_up:
                yield Issue("error", "invariant", "dom-3", scope.path)
    ids = {root: {scope.node.value.get("id") for scope in scopes} for root, scopes in contained.items()}
    for reference in found.references:
        link = reference.value.get("reference")
        if isinstance(link, str) and link.startswith("#") and link != "#":
            if link[1:] not in ids.get(reference.scope.root, ()):
                yield Issue("error", "not-found", "ref-1", f"{reference.path}.reference")


def _links(found: Walk) -> Iterator[tuple[str, Scope]]:
    yield from found.links
    for reference in found.references:
        link = reference.value.get("reference")
        if isinstance(link, str) and link.startswith("#"):
            yield link, reference.scope
