"""What R4 says of Bundles in words and not as invariants. https://hl7.org/fhir/R4/bundle.html"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.schema import is_resource_type
from gateway.r4.structure import Walk

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_RESTFUL = re.compile(r"https?://\S+/([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
_ONCE = frozenset({"self", "first", "previous", "prev", "next", "last"})  # a page has one of each


def bundle_issues(found: Walk) -> Iterator[Issue]:
    """Departures of every Bundle met on the walk."""
    for scope in found.scopes:
        if scope.node.type.name == "Bundle":
            bundle = scope.node.value
            yield from link_issues(bundle, scope.path)
            for index, entry in enumerate(_objects(bundle.get("entry"))):
                yield from entry_issues(bundle, entry, f"{scope.path}.entry[{index}]")


def link_issues(bundle: dict[str, Any], path: str) -> Iterator[Issue]:
    """A relation of which a page has one, given twice."""
    seen: set[str] = set()
    for index, link in enumerate(_objects(bundle.get("link"))):
        relation = link.get("relation")
        if isinstance(relation, str) and relation in _ONCE:
            if relation in seen:
                yield Issue("error", "business-rule", "r4-link-twice", f"{path}.link[{index}].relation")
            seen.add(relation)


def entry_issues(bundle: dict[str, Any], entry: dict[str, Any], path: str) -> Iterator[Issue]:
    """What is wrong with the fullUrl of an entry, or missing in a search answer."""
    full_url, resource = entry.get("fullUrl"), entry.get("resource")
    if isinstance(full_url, str) and not _ABSOLUTE.match(full_url):
        yield Issue("error", "value", "r4-full-url", f"{path}.fullUrl")
    if not isinstance(resource, dict):
        return
    identifier = resource.get("id")
    if isinstance(full_url, str) and isinstance(identifier, str) and _disagrees(full_url, identifier):
        # a SHALL of the text, yet HL7's own examples break it: said, not refused
        yield Issue("warning", "business-rule", "r4-full-url-id", f"{path}.fullUrl")
    is_answer = bundle.get("type") == "searchset" and resource.get("resourceType") != "OperationOutcome"
    if is_answer and "id" not in resource:
        yield Issue("error", "required", "r4-search-id", f"{path}.resource")


def _disagrees(full_url: str, identifier: str) -> bool:
    """A RESTful URL (base/Type/id) ends with the id; another URL or a urn says nothing about it."""
    match = _RESTFUL.fullmatch(full_url)
    return match is not None and is_resource_type(match[1]) and match[2] != identifier


def _objects(items: Any) -> list[dict[str, Any]]:
    """The objects of an array, in place: what is not one, the structure check has refused."""
    return [item if isinstance(item, dict) else {} for item in items] if isinstance(items, list) else []
