"""Contained resources: each has an id, is pointed to, and every ``#`` link finds one.

https://hl7.org/fhir/R4/references.html#contained, invariants dom-3 and ref-1, judged from one
walk of the resource (rules_apart.json says why).
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.outcome import Issue
from gateway.r4.structure import FoundReference, Scope, Walk


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
            if "id" not in scope.node.value:
                yield Issue("error", "required", "r4-contained-id", scope.path)
            elif f"#{_id(scope)}" not in links.get(root, ()) and scope not in pointing_up:
                yield Issue("error", "invariant", "dom-3", scope.path)
    ids = {root: {f"#{_id(scope)}" for scope in scopes} for root, scopes in contained.items()}
    for reference in found.references:
        link = _link(reference)
        if link not in ("", "#") and link not in ids.get(reference.scope.root, ()):
            yield Issue("error", "not-found", "ref-1", f"{reference.path}.reference")


def _id(scope: Scope) -> str:
    return str(scope.node.value.get("id"))


def _link(reference: FoundReference) -> str:
    """The reference when it begins with ``#``, else nothing."""
    text = reference.value.get("reference")
    return text if isinstance(text, str) and text.startswith("#") else ""


def _links(found: Walk) -> Iterator[tuple[str, Scope]]:
    yield from found.links
    for reference in found.references:
        if link := _link(reference):
            yield link, reference.scope
