"""What R4 says of Bundles in words and not as invariants. https://hl7.org/fhir/R4/bundle.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.outcome import Issue
from gateway.r4.literals import is_absolute, literal
from gateway.r4.structure import Walk

_PAGES = frozenset({"first", "previous", "prev", "next", "last"})
_ONCE = _PAGES | {"self"}  # a page has one of each
_PAGED = ("searchset", "history")
# Entries of these may be without a fullUrl: what is created has no identity yet, and what answers names none.
UNNAMED = ("transaction", "batch", "transaction-response", "batch-response")
_ASKING = ("transaction", "batch")


def bundle_issues(found: Walk) -> Iterator[Issue]:
    """Departures of every Bundle met on the walk."""
    for scope in found.scopes:
        if scope.node.type.name == "Bundle":
            bundle = scope.node.value
            yield from link_issues(bundle, scope.path)
            for index, entry in enumerate(_objects(bundle.get("entry"))):
                yield from entry_issues(bundle, entry, f"{scope.path}.entry[{index}]")


def link_issues(bundle: dict[str, Any], path: str) -> Iterator[Issue]:
    """A relation of which a page has one, given twice; links to pages of what has none."""
    seen: set[str] = set()
    for index, link in enumerate(_objects(bundle.get("link"))):
        relation = link.get("relation")
        if isinstance(relation, str) and relation in _ONCE:
            here = f"{path}.link[{index}].relation"
            if relation in seen:
                yield Issue("error", "business-rule", "r4-link-twice", here)
            if relation in _PAGES and bundle.get("type") not in _PAGED:
                yield Issue("warning", "business-rule", "r4-link-page", here)
            seen.add(relation)


def entry_issues(bundle: dict[str, Any], entry: dict[str, Any], path: str) -> Iterator[Issue]:
    """What is wrong with an entry's fullUrl, or missing of what its Bundle's type asks."""
    full_url, resource, kind = entry.get("fullUrl"), entry.get("resource"), bundle.get("type")
    request, search = entry.get("request"), entry.get("search")
    method = request.get("method") if isinstance(request, dict) else None
    if isinstance(full_url, str) and not is_absolute(full_url):
        yield Issue("error", "value", "r4-full-url", f"{path}.fullUrl")
    if not isinstance(resource, dict):
        if method in ("POST", "PUT") and kind in _ASKING and resource is None:
            yield Issue("error", "required", "r4-entry-body", path)
        return
    if isinstance(full_url, str):
        is_to_have_one = method == "POST" or kind == "searchset"  # there r4-search-id speaks of it
        if _disagrees(full_url, resource) and ("id" in resource or not is_to_have_one):
            yield Issue("error", "business-rule", "r4-full-url-id", f"{path}.fullUrl")
    elif "fullUrl" not in entry and kind not in UNNAMED and resource.get("resourceType") != "OperationOutcome":
        yield Issue("error", "required", "r4-full-url-missing", path)
    if kind == "searchset":
        is_outcome = resource.get("resourceType") == "OperationOutcome"
        if "id" not in resource and not is_outcome:
            yield Issue("error", "required", "r4-search-id", f"{path}.resource")
        if isinstance(search, dict) and search.get("mode") == "outcome" and not is_outcome:
            yield Issue("error", "business-rule", "r4-search-outcome", f"{path}.search.mode")


def _disagrees(full_url: str, resource: dict[str, Any]) -> bool:
    """A RESTful URL (base/Type/id) is that of the resource; another URL or a urn says nothing about it.

    https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.fullUrl: where it is RESTful, it SHALL end with
    the id.
    """
    named = literal(full_url)
    if named is None or not named.base or named.version:  # r4-full-url and bdl-8 speak of the latter
        return False
    name = resource.get("resourceType")
    return resource.get("id") != named.id or (isinstance(name, str) and name != named.type)


def _objects(items: Any) -> list[dict[str, Any]]:
    """The objects of an array, in place: what is not one, the structure check has refused."""
    return [item if isinstance(item, dict) else {} for item in items] if isinstance(items, list) else []
