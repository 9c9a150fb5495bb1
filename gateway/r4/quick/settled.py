"""Which entries of a Bundle that is not certainly valid are certainly valid themselves.

One remark on one entry should not cost the walk of all: the walk takes what is settled here as it
stands, and judges the others and what is asked of the Bundle as a whole.
"""

from __future__ import annotations

from typing import Any

from gateway.r4.quick.checks import check_resource
from gateway.r4.quick.links import Around, Links, links_hold
from gateway.r4.schema import primitive

_DEPTH = 2  # of an entry's resource: Bundle, entry, resource


def settled_entries(resource: Any) -> dict[str, Links]:
    """The path of each entry's resource in which the walk of this Bundle would find nothing, with its references.

    Empty for any other resource; the Bundle itself may be as broken as it likes.
    """
    entries = resource.get("entry") if isinstance(resource, dict) else None
    if not isinstance(entries, list) or resource.get("resourceType") != "Bundle":
        return {}
    around = Around(resource)
    doubtful = {url for url in around.types if url[:1] == "#" or primitive("uri").broken(url) is not None}
    found: dict[str, Links] = {}
    for index, entry in enumerate(entries):
        links: Links = []
        if (
            isinstance(entry, dict)
            and check_resource(entry.get("resource"), links, _DEPTH)
            and links_hold(links, around)
            and doubtful.isdisjoint(reference.get("reference") for reference, _ in links)
        ):
            found[f"Bundle.entry[{index}].resource"] = links
    return found
