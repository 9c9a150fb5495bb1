"""Which entries of a Bundle that is not certainly valid are certainly valid themselves.

One remark on one entry should not cost the walk of all: the walk takes what is settled here as it
stands, and judges the others and what is asked of the Bundle as a whole.
"""

from __future__ import annotations

from typing import Any

from gateway.r4.quick.checks import check_resource
from gateway.r4.quick.links import ENTRY_DEPTH, Around, Link, Links, links_hold
from gateway.r4.schema import primitive


def settled_entries(resource: Any, seen: Links | None = None) -> set[str]:
    """The path of each entry's resource in which the walk of this Bundle would find nothing.

    Empty for any other resource; the Bundle itself may be as broken as it likes. ``seen``: what the first look
    at this very Bundle left, which is not looked at again.
    """
    entries = resource.get("entry") if isinstance(resource, dict) else None
    if not isinstance(entries, list) or resource.get("resourceType") != "Bundle":
        return set()
    around = Around(resource)
    doubtful = {url for url in around.types if url[:1] == "#" or primitive("uri").broken(url) is not None}
    found: set[str] = set()
    for index, entry in enumerate(entries):
        links = _links(entry.get("resource"), seen) if isinstance(entry, dict) else None
        if (
            links is not None
            and links_hold(links, around)
            and doubtful.isdisjoint(reference.get("reference") for reference, _ in links)
        ):
            found.add(f"Bundle.entry[{index}].resource")
    return found


def _links(resource: Any, seen: Links | None) -> list[Link] | None:
    """The references in an entry's resource; None unless it is certainly valid by itself."""
    place = seen.of_entries.get(id(resource)) if seen is not None else None
    if seen is not None and place is not None:
        return seen[place]
    links = Links()
    return links if check_resource(resource, links, ENTRY_DEPTH) else None
