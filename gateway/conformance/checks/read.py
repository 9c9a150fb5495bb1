"""READ: read, vread and history of what a search finds.

https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

import uuid
from typing import Any

from gateway.conformance import expecting
from gateway.conformance.target import Target, entries, place
from gateway.conformance.verdict import Findings, fault, skip
from gateway.jsontext import dumps

_TYPES = 5  # how many types are read: each goes the same way through a server


def what_a_search_finds_is_read_at_its_address(target: Target) -> Findings:
    some = [found for _, found in target.samples()][:_TYPES]
    if not some:
        yield skip("conformance-nothing-held")
    for found in some:
        answer = target.get(place(found))
        yield from expecting.status(answer, 200)
        if answer.status == 200:
            yield from expecting.resource(answer, found["resourceType"])
            if answer.resource.get("id") != found.get("id"):
                yield fault("conformance-other-id", request=expecting.request(answer))


def a_version_is_named_in_the_headers(target: Target) -> Findings:
    found = target.one("read", "vread")
    if not found:
        yield skip("conformance-not-claimed", what="vread")
        return
    answer = target.get(place(found))
    version = _version(answer.resource)
    if answer.headers.get("etag") != f'W/"{version}"':
        yield fault("conformance-etag", request=expecting.request(answer))
    if not answer.headers.get("last-modified"):
        yield fault("conformance-header-missing", header="Last-Modified", request=expecting.request(answer))


def an_unknown_id_is_not_found(target: Target) -> Findings:
    yield from expecting.status(target.get(f"/{_readable(target)}/{uuid.uuid4()}"), 404)


def an_id_that_is_none_is_refused(target: Target) -> Findings:
    for wrong in ("x" * 65, "a%20b", "%00"):
        yield from expecting.status(target.get(f"/{_readable(target)}/{wrong}"), 400, 404)


def a_version_is_read_at_its_address(target: Target) -> Findings:
    found = target.one("read", "vread")
    if not found:
        yield skip("conformance-not-claimed", what="vread")
        return
    current = target.get(place(found))
    answer = target.get(f"{place(found)}/_history/{_version(current.resource)}")
    yield from expecting.status(answer, 200)
    if answer.status == 200 and dumps(answer.json) != dumps(current.json):
        yield fault("conformance-not-the-same", one=expecting.request(answer), other=expecting.request(current))


def an_unknown_version_is_not_found(target: Target) -> Findings:
    found = target.one("read", "vread")
    if not found:
        yield skip("conformance-not-claimed", what="vread")
        return
    for wrong in ("987654", "no-such-version"):
        yield from expecting.status(target.get(f"{place(found)}/_history/{wrong}"), 404)


def a_history_tells_every_version_newest_first(target: Target) -> Findings:
    found = target.one("read", "history-instance")
    if not found:
        yield skip("conformance-not-claimed", what="history-instance")
        return
    current = target.get(place(found))
    answer = target.get(f"{place(found)}/_history")
    yield from expecting.status(answer, 200)
    yield from expecting.resource(answer, "Bundle")
    told = [one.get("resource") or {} for one in entries(answer)]
    if answer.resource.get("type") != "history" or not told:
        yield fault("conformance-not-a-history", request=expecting.request(answer))
        return
    if _version(told[0]) != _version(current.resource):
        yield fault("conformance-history-order", request=expecting.request(answer))
    if answer.resource.get("total") != len(told) and "link" not in answer.resource:
        yield fault("conformance-total", request=expecting.request(answer))
    if any("request" not in one or "response" not in one for one in entries(answer)):
        yield fault("conformance-history-entry", request=expecting.request(answer))


def the_history_of_nothing_is_not_found(target: Target) -> Findings:
    claimed = next((name for name in target.types() if target.claims(name, "history-instance")), None)
    if claimed is None:
        yield skip("conformance-not-claimed", what="history-instance")
        return
    yield from expecting.status(target.get(f"/{claimed}/{uuid.uuid4()}/_history"), 404)


def a_read_says_what_the_search_said(target: Target) -> Findings:
    some = [found for _, found in target.samples()][:_TYPES]
    if not some:
        yield skip("conformance-nothing-held")
    for found in some:
        answer = target.get(place(found))
        if answer.status == 200 and dumps(answer.json) != dumps(found):
            yield fault(
                "conformance-not-the-same", one=expecting.request(answer), other=f"GET /{found['resourceType']}"
            )


def _readable(target: Target) -> str:
    return next((name for name in target.searchable() if target.claims(name, "read")), "Patient")


def _version(resource: dict[str, Any]) -> str:
    meta = resource.get("meta")
    return str(meta.get("versionId", "")) if isinstance(meta, dict) else ""
