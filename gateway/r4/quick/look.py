"""The first look itself."""

from __future__ import annotations

from typing import Any

from gateway.r4.quick.checks import check_of
from gateway.r4.quick.links import Links, bundle_holds, links_of_all_hold


def certainly_valid(resource: Any, links: Links | None = None) -> bool:
    """True only when the walker would find no issue in ``resource``, not even a warning.

    ``links``: empty; keeps what was seen, for ``settled_entries``.
    """
    name = resource.get("resourceType") if resource.__class__ is dict else None
    if name.__class__ is not str:
        return False
    if links is None:
        links = Links()
    if not check_of(name)(resource, links, 0) or not links_of_all_hold(resource, links):
        return False
    return name != "Bundle" or bundle_holds(resource)
