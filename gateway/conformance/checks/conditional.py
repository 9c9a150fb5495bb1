"""COND: a read that rests on what the reader already has.

https://hl7.org/fhir/R4/http.html#cread
"""

from __future__ import annotations

from gateway.conformance import expecting
from gateway.conformance.target import Target, place
from gateway.conformance.verdict import Findings, fault, skip

_CLAIMED = ("not-match", "full-support")


def what_did_not_change_is_not_sent_again(target: Target) -> Findings:
    address, etag = _claimed(target)
    if not address:
        yield skip("conformance-not-claimed", what="conditionalRead")
        return
    for told in (etag, f'"x", {etag}'):
        answer = target.get(address, {"If-None-Match": told})
        yield from expecting.status(answer, 304)
        if answer.status == 304 and answer.body:
            yield fault("conformance-body-of-304", request=expecting.request(answer))


def what_changed_is_sent(target: Target) -> Findings:
    found = target.one("read")
    if not found:
        yield skip("conformance-nothing-held")
        return
    answer = target.get(place(found), {"If-None-Match": 'W/"no-such-version"'})
    yield from expecting.status(answer, 200)
    if answer.status == 200:
        yield from expecting.resource(answer, str(found["resourceType"]))


def _claimed(target: Target) -> tuple[str, str]:
    """Address and ETag of a resource of a type that claims conditional reads; empty where there is none."""
    for resource_type, found in target.samples():
        if target.types()[resource_type].get("conditionalRead") in _CLAIMED:
            return place(found), target.get(place(found)).headers.get("etag", "")
    return "", ""
