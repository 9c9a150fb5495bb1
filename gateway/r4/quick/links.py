"""What one element alone cannot tell: references, and the entries of a Bundle."""

from __future__ import annotations

from typing import Any

from gateway.r4.bundle_rules import entry_issues, link_issues
from gateway.r4.references import WHOLE, type_of
from gateway.r4.schema import primitive

# Each Reference met, with the resource types it may point to (empty: any).
Links = list[tuple[dict[str, Any], frozenset[str]]]


def links_hold(links: Links, types: dict[str, str], must_resolve: bool) -> bool:
    """True when every reference certainly points to a type that is allowed, and where it must, to an entry.

    ``types``: the resource types of the entries around, by ``fullUrl``.
    """
    for reference, targets in links:
        if "reference" not in reference:
            continue
        text = reference["reference"]
        name = types.get(text) if text.__class__ is str else None
        if name is None:  # a fullUrl that was found valid is a valid text too
            if (
                primitive("string").broken(text) is not None
                or text[0] == "#"
                or (must_resolve and text.startswith("urn:uuid:"))
            ):
                return False
            if targets:
                name = type_of(text)
        if targets and name is not None and name not in targets:
            return False
    return True


def links_of_all_hold(resource: dict[str, Any], links: Links) -> bool:
    """As :func:`links_hold`, of a whole resource whose structure is right."""
    is_bundle = resource["resourceType"] == "Bundle"
    return links_hold(links, _types_by_url(resource) if is_bundle else {}, is_bundle and resource.get("type") in WHOLE)


def _types_by_url(bundle: dict[str, Any]) -> dict[str, str]:
    return {
        entry["fullUrl"]: entry["resource"]["resourceType"]
        for entry in bundle.get("entry", ())
        if "fullUrl" in entry and "resource" in entry
    }


def bundle_holds(bundle: dict[str, Any]) -> bool:
    """True when the rules of Bundles that R4 has in words find nothing."""
    if any(link_issues(bundle, "")):
        return False
    is_answer = bundle.get("type") == "searchset"
    for entry in bundle.get("entry", ()):
        url = entry.get("fullUrl")
        if (is_answer or (url is not None and not url.startswith("urn:"))) and any(entry_issues(bundle, entry, "")):
            return False
    return True


def full_urls_differ(bundle: dict[str, Any]) -> bool:
    """True when bdl-7 certainly holds: no two entries have one fullUrl and one version."""
    seen: set[str] = set()
    for entry in bundle.get("entry", ()):
        if "_fullUrl" in entry:
            return False
        url = entry.get("fullUrl")
        if url is not None:
            version = entry["resource"].get("meta", {}).get("versionId", "") if "resource" in entry else ""
            if url + version in seen:
                return False
            seen.add(url + version)
    return True
