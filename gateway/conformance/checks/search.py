"""SEARCH: the form of the answer, and what is refused.

https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import uuid
from urllib.parse import parse_qsl, urlencode, urlsplit

from gateway.conformance import expecting
from gateway.conformance.client import Answer
from gateway.conformance.target import Target, entries, links, matches
from gateway.conformance.verdict import Findings, fault, skip
from gateway.jsontext import dumps

FORM = "application/x-www-form-urlencoded"
_TYPES = 5
_STRICT = {"Prefer": "handling=strict"}
_LENIENT = {"Prefer": "handling=lenient"}
UNKNOWN = "no-such-parameter"


def an_answer_is_a_searchset(target: Target) -> Findings:
    asked = False
    for resource_type in target.searchable():
        if not target.held(resource_type):
            continue
        asked = True
        answer = target.once(f"/{resource_type}?_count=20")
        yield from expecting.resource(answer, "Bundle")
        if answer.resource.get("type") != "searchset":
            yield fault("conformance-not-a-searchset", request=expecting.request(answer))
        if "self" not in links(answer):
            yield fault("conformance-no-self-link", request=expecting.request(answer))
        if any("fullUrl" not in one or not (one.get("search") or {}).get("mode") for one in entries(answer)):
            yield fault("conformance-entry-unsaid", request=expecting.request(answer))
    if not asked:
        yield skip("conformance-nothing-held")


def matches_are_of_the_type_asked_for(target: Target) -> Findings:
    asked = False
    for resource_type in target.searchable():
        if target.held(resource_type):
            asked = True
            if {one.get("resourceType") for one in target.held(resource_type)} != {resource_type}:
                yield fault("conformance-other-match", request=f"GET /{resource_type}")
    if not asked:
        yield skip("conformance-nothing-held")


def an_unknown_parameter_is_refused_when_asked_strictly(target: Target) -> Findings:
    for resource_type in target.searchable():
        yield from expecting.status(target.search(resource_type, [(UNKNOWN, "1")], **_STRICT), 400)
    if not target.searchable():
        yield skip("conformance-not-claimed", what="search-type")


def an_unknown_parameter_is_left_out_when_asked_leniently(target: Target) -> Findings:
    for resource_type in target.searchable():
        answer = target.search(resource_type, [(UNKNOWN, "1"), ("_count", "1")], **_LENIENT)
        yield from expecting.status(answer, 200)
        used = [name for name, _ in parse_qsl(urlsplit(links(answer).get("self", "")).query)]
        if UNKNOWN in used:
            yield fault("conformance-self-link-untrue", request=expecting.request(answer))
    if not target.searchable():
        yield skip("conformance-not-claimed", what="search-type")


def a_value_that_is_none_is_refused(target: Target) -> Findings:
    asked = False
    for resource_type in target.searchable():
        declared = target.parameters(resource_type).items()
        dates = [name for name, kind in declared if kind == "date" and not name.startswith("_")]
        if dates and not asked:
            asked = True
            for wrong in ("2026-13-45", "yesterday"):
                yield from expecting.status(target.search(resource_type, [(dates[0], wrong)], **_STRICT), 400)
    if not asked:
        yield skip("conformance-not-claimed", what="date")


def an_unknown_modifier_is_refused(target: Target) -> Findings:
    """R4 says so without leave to ignore it: https://hl7.org/fhir/R4/search.html#modifiers"""
    asked = False
    for resource_type in target.searchable()[:_TYPES]:
        tokens = [name for name, kind in target.parameters(resource_type).items() if kind == "token" and name != "_id"]
        if tokens:
            asked = True
            answer = target.search(resource_type, [(f"{tokens[0]}:no-such-modifier", "1")])
            yield from expecting.status(answer, 400, 422, 501)
    if not asked:
        yield skip("conformance-not-claimed", what="token")


def a_post_finds_what_a_get_finds(target: Target) -> Findings:
    asked = False
    for resource_type, found in target.samples():
        if "_id" not in target.parameters(resource_type) or asked:
            continue
        asked = True
        for logical_id in (str(found["id"]), str(uuid.uuid4())):
            by_get = target.search(resource_type, [("_id", logical_id)])
            by_post = target.post(f"/{resource_type}/_search", urlencode([("_id", logical_id)]).encode(), FORM)
            yield from expecting.status(by_post, 200)
            if _said(by_get) != _said(by_post):
                yield fault("conformance-not-the-same", one=expecting.request(by_post), other=expecting.request(by_get))
    if not asked:
        yield skip("conformance-nothing-held")


def nothing_found_is_an_empty_answer(target: Target) -> Findings:
    asked = False
    for resource_type in target.searchable():
        if "_id" in target.parameters(resource_type):
            asked = True
            answer = target.search(resource_type, [("_id", str(uuid.uuid4()))])
            yield from expecting.status(answer, 200)
            if answer.status == 200 and (matches(answer) or answer.resource.get("total", 0) != 0):
                yield fault("conformance-not-empty", request=expecting.request(answer))
    if not asked:
        yield skip("conformance-not-claimed", what="_id")


def _said(answer: Answer) -> list[bytes]:
    return [dumps(one) for one in matches(answer)]
