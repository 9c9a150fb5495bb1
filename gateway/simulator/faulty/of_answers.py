"""Faults of form, of conditional reads, of refusals, and of what is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.jsontext import dumps
from gateway.simulator.faulty.fault import EMPTY, FHIR, NOT_FOUND, Asked, Forward, Told, broken, outcome

_PLAIN = {"content-type": "text/plain"}


@broken("plain-text", "FORMAT-1", "FHIR is given as text/plain")
def plain_text(asked: Asked, forward: Forward) -> Told:
    return forward(asked).with_headers(content_type="text/plain")


@broken("format-ignored", "FORMAT-2", "_format is accepted and not heeded")
def format_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(asked.without("_format"))


@broken("accept-ignored", "FORMAT-3", "JSON is given whatever is accepted")
def accept_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(replace(asked, headers={**asked.headers, "accept": "application/fhir+json"}))


@broken("utf-16", "FORMAT-4", "a read is given in UTF-16")
def utf_16(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return replace(told, body=told.body.decode().encode("utf-16")) if asked.is_read else told


@broken("any-body-taken", "FORMAT-5", "a body that is no form is answered as if nothing had been asked")
def any_body_taken(asked: Asked, forward: Forward) -> Told:
    return EMPTY if asked.headers.get("content-type") == "text/plain" else forward(asked)


@broken("etag-ignored", "COND-1", "If-None-Match is not heeded")
def etag_ignored(asked: Asked, forward: Forward) -> Told:
    return forward(replace(asked, headers={k: v for k, v in asked.headers.items() if k != "if-none-match"}))


@broken("never-changed", "COND-2", "every If-None-Match is answered with 304")
def never_changed(asked: Asked, forward: Forward) -> Told:
    return Told(304) if "if-none-match" in asked.headers else forward(asked)


@broken("bare-refusal", "ERR-1", "a refusal is plain text")
def bare_refusal(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return Told(told.status, _PLAIN, b"Bad request") if told.status == 400 else told


@broken("bare-404", "ERR-2", "what is not there is answered with a page of HTML")
def bare_404(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return Told(404, {"content-type": "text/html"}, b"<h1>Not Found</h1>") if told.status == 404 else told


@broken("open-door", "ERR-3", "a search needs no token")
def open_door(asked: Asked, forward: Forward) -> Told:
    return EMPTY if asked.is_search and "authorization" not in asked.headers else forward(asked)


@broken("any-token", "ERR-4", "any token opens")
def any_token(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return EMPTY if asked.is_search and told.status == 401 and "authorization" in asked.headers else told


@broken("method-crashes", "ERR-5", "a method that is not offered is a fault of the server")
def method_crashes(asked: Asked, forward: Forward) -> Told:
    return Told(500, FHIR, outcome("exception")) if asked.method == "DELETE" else forward(asked)


@broken("broken-json-taken", "ERR-6", "broken JSON is found valid")
def broken_json_taken(asked: Asked, forward: Forward) -> Told:
    if asked.path.endswith("$validate"):
        fine = {"severity": "information", "code": "informational"}
        return Told(200, FHIR, dumps({"resourceType": "OperationOutcome", "issue": [fine]}))
    return forward(asked)


@broken("trace-shown", "ERR-7", "a refusal shows a stack trace")
def trace_shown(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if told.status < 400 or not told.json.get("issue"):
        return told
    issues = [{**one, "diagnostics": "Traceback (most recent call last): x"} for one in told.json["issue"]]
    return told.saying(told.json | {"issue": issues})


@broken("bad-request-crashes", "ERR-9", "what is wrong in a request is a fault of the server")
def bad_request_crashes(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return Told(500, FHIR, outcome("exception")) if told.status == 400 else told


@broken("long-question-crashes", "ERR-8", "a very long query is a fault of the server")
def long_question_crashes(asked: Asked, forward: Forward) -> Told:
    return Told(500, FHIR, outcome("exception")) if len(asked.target) > 20_000 else forward(asked)


def _changed(told: Told, change: dict[str, Any], without: str = "") -> Told:
    """A searchset whose resources are changed, or lack an element."""
    entries = []
    for one in told.json.get("entry", ()):
        resource = {name: value for name, value in one["resource"].items() if name != without}
        entries.append({**one, "resource": resource | change})
    return told.saying(told.json | {"entry": entries}) if entries else told


@broken("status-missing", "RES-1", "an Observation has no status")
def status_missing(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return _changed(told, {}, "status") if asked.is_search and asked.steps[0] == "Observation" else told


@broken("patient-unreadable", "RES-2", "the Patient that results refer to cannot be read")
def patient_unreadable(asked: Asked, forward: Forward) -> Told:
    return NOT_FOUND if asked.is_read and asked.steps[0] == "Patient" else forward(asked)


@broken("meta-missing", "RES-3", "resources do not say when they were updated")
def meta_missing(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    return _changed(told, {}, "meta") if asked.is_search else told


@broken("address-elsewhere", "RES-4", "a match stands under the address of another server")
def address_elsewhere(asked: Asked, forward: Forward) -> Told:
    told = forward(asked)
    if not asked.is_search:
        return told
    entries = [{**one, "fullUrl": "https://elsewhere.example/Patient/1"} for one in told.json.get("entry", ())]
    return told.saying(told.json | {"entry": entries}) if entries else told
