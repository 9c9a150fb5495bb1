"""NET: what goes over the wire beside FHIR.

https://www.rfc-editor.org/rfc/rfc9110
"""

from __future__ import annotations

import re
import uuid

from gateway.conformance import expecting
from gateway.conformance.checks.errors import shows_the_inside
from gateway.conformance.target import Target, place
from gateway.conformance.verdict import Findings, fault, skip

_VERSION = re.compile(r"[0-9]+\.[0-9]")
_BANNERS = ("server", "x-powered-by", "x-aspnet-version", "via")
_STRANGER = "https://stranger.example"


def no_banner_tells_the_version(target: Target) -> Findings:
    answer = target.get("/metadata", bare=True)
    for name in _BANNERS:
        if name != "via" and _VERSION.search(answer.headers.get(name, "")):
            yield fault("conformance-banner", header=name, request=expecting.request(answer))


def no_other_site_reads_along(target: Target) -> Findings:
    answer = target.get("/metadata", {"Origin": _STRANGER}, bare=True)
    let_in = answer.headers.get("access-control-allow-origin", "") == _STRANGER
    if let_in and answer.headers.get("access-control-allow-credentials", "").lower() == "true":
        yield fault("conformance-cors", request=expecting.request(answer))


def what_a_client_sent_is_not_echoed(target: Target) -> Findings:
    mark = uuid.uuid4().hex
    answer = target.client.ask("TRACE", f"{target.client.base}/metadata", {"X-Mark": mark})
    if answer.status == 200 or mark.encode() in answer.body:
        yield fault("conformance-trace", request=expecting.request(answer))


def results_are_not_kept_on_the_way(target: Target) -> Findings:
    found = target.one("read")
    if not found:
        yield skip("conformance-nothing-held")
        return
    answer = target.get(place(found))
    said = {one.strip().lower() for one in answer.headers.get("cache-control", "").split(",")}
    if not said & {"no-store", "private", "no-cache"}:
        yield fault("conformance-header-missing", header="Cache-Control: no-store", request=expecting.request(answer))


def a_page_that_is_not_there_shows_no_inside(target: Target) -> Findings:
    answer = target.get(f"{target.root}/no-such-page-{uuid.uuid4().hex}", bare=True)
    if not 400 <= answer.status < 500:
        yield fault("conformance-status", expected="4xx", status=answer.status, request=expecting.request(answer))
    if shows_the_inside(answer):
        yield fault("conformance-inside-shown", request=expecting.request(answer))


def browsers_are_not_told_of_tls_in_the_clear(target: Target) -> Findings:
    answer = target.get("/metadata", bare=True)
    if target.client.base.startswith("http://") and "strict-transport-security" in answer.headers:
        yield fault("conformance-hsts-in-the-clear", request=expecting.request(answer))
