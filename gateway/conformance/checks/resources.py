"""RES: what a search finds, resource by resource.

https://hl7.org/fhir/R4/resource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.conformance import expecting
from gateway.conformance.target import Target, entries, matches, place
from gateway.conformance.verdict import Findings, fault, skip

_RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}\Z")
_MOST = 20  # references that are followed


def every_resource_is_valid(target: Target) -> Findings:
    asked = False
    for resource_type in target.searchable():
        for found in target.held(resource_type):
            asked = True
            yield from expecting.valid(found, expecting.named(place(found)))
    if not asked:
        yield skip("conformance-nothing-held")


def references_lead_somewhere(target: Target) -> Findings:
    followed: set[str] = set()
    for _, found in target.samples():
        for reference in _references(found):
            if _RELATIVE.match(reference) and reference not in followed and len(followed) < _MOST:
                followed.add(reference)
                answer = target.get(f"/{reference}")
                if answer.status != 200:
                    yield fault("conformance-reference-lost", reference=reference, source=expecting.named(place(found)))
    if not followed:
        yield skip("conformance-nothing-held")


def each_says_its_version_and_when(target: Target) -> Findings:
    asked = False
    for resource_type, found in target.samples():
        if target.types()[resource_type].get("versioning") == "no-version":
            continue
        asked = True
        meta = found.get("meta") if isinstance(found.get("meta"), dict) else {}
        wanted = ("lastUpdated", "versionId") if target.claims(resource_type, "vread") else ("lastUpdated",)
        for name in wanted:
            if not (meta or {}).get(name):
                yield fault("conformance-meta-missing", element=f"meta.{name}", source=expecting.named(place(found)))
    if not asked:
        yield skip("conformance-nothing-held")


def each_stands_under_its_own_address(target: Target) -> Findings:
    asked = False
    for resource_type in target.searchable():
        if not target.held(resource_type):
            continue
        asked = True
        answer = target.once(f"/{resource_type}?_count=20")
        right = {target.client.base + place(one) for one in matches(answer)}
        named = {str(one.get("fullUrl")) for one in entries(answer) if (one.get("search") or {}).get("mode") == "match"}
        if named != right:
            yield fault("conformance-full-url", request=expecting.request(answer))
    if not asked:
        yield skip("conformance-nothing-held")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
