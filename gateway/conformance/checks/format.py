"""FORMAT: which form an answer has, and which is refused.

https://hl7.org/fhir/R4/http.html#mime-type
"""

from __future__ import annotations

from gateway.conformance import expecting
from gateway.conformance.target import FHIR_JSON, Target, place
from gateway.conformance.verdict import Findings, fault, skip


def json_is_given_as_fhir_json(target: Target) -> Findings:
    answer = target.get("/metadata", bare=True)
    yield from expecting.status(answer, 200)
    if answer.media_type != FHIR_JSON:
        yield fault(
            "conformance-media-type", found=expecting.named(answer.media_type), request=expecting.request(answer)
        )
    said = answer.headers.get("content-type", "").lower()
    if "charset" in said and "utf-8" not in said:
        yield fault("conformance-charset", request=expecting.request(answer))


def the_format_parameter_wins_over_accept(target: Target) -> Findings:
    answer = target.get("/metadata?_format=json", {"Accept": "application/pdf"}, bare=True)
    yield from expecting.status(answer, 200)
    if answer.status == 200 and not answer.resource:
        yield fault("conformance-not-fhir", request=expecting.request(answer))


def a_form_that_is_not_served_is_refused(target: Target) -> Findings:
    yield from expecting.status(target.get("/metadata", {"Accept": "application/pdf"}, bare=True), 406)


def what_is_given_is_utf8(target: Target) -> Findings:
    asked = False
    for _, found in target.samples():
        asked = True
        answer = target.get(place(found))
        try:
            answer.body.decode("utf-8")
        except UnicodeDecodeError:
            yield fault("conformance-not-utf8", request=expecting.request(answer))
            return
        if not answer.resource:
            yield fault("conformance-not-fhir", request=expecting.request(answer))
    if not asked:
        yield skip("conformance-nothing-held")


def a_body_in_another_form_is_refused(target: Target) -> Findings:
    for resource_type in target.searchable()[:1]:
        yield from expecting.status(target.post(f"/{resource_type}/_search", b"_id: 1", "text/plain"), 415, 400)
    if not target.searchable():
        yield skip("conformance-not-claimed", what="search-type")
