"""How an answer is written: FHIR JSON in UTF-8, its numbers as they were written, its version in the headers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Response, request
from werkzeug.exceptions import NotAcceptable
from werkzeug.http import http_date

from gateway.errors import SearchRefused
from gateway.jsontext import dumps
from gateway.messages import LANGUAGES
from gateway.outcome import Issue, operation_outcome
from gateway.settings import Settings

FHIR_JSON = "application/fhir+json; charset=utf-8"
JSON = "application/json; charset=utf-8"

# https://hl7.org/fhir/R4/http.html#mime-type: JSON alone is built.
_FORMATS = frozenset({"json", "application/json", "application/fhir+json", "text/json"})
_ACCEPTED = ("application/fhir+json", "application/json", "text/json")


def language(settings: Settings) -> str:
    """``Accept-Language`` wins over the setting (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4)."""
    for wanted, quality in request.accept_languages:  # best first; vi-VN is vi
        spoken = wanted.partition("-")[0].lower()
        if quality > 0 and spoken in LANGUAGES:
            return spoken
    return settings.language


def json_answer(body: bytes, status: int = 200, *, content_type: str = JSON) -> Response:
    return Response(body, status, content_type=content_type)


def fhir_answer(resource: Any, status: int = 200) -> Response:
    """``resource`` is values of jsontext, or bytes that are FHIR JSON already."""
    return Response(resource if isinstance(resource, bytes) else dumps(resource), status, content_type=FHIR_JSON)


def outcome_answer(settings: Settings, issues: Iterable[Issue], status: int) -> Response:
    return fhir_answer(operation_outcome(issues, language(settings)), status)


def versioned_answer(body: bytes, vid: int, updated: datetime) -> Response:
    """A resource with ``ETag: W/"vid"`` and ``Last-Modified``; 304 when the client has this version.

    https://hl7.org/fhir/R4/http.html#cread
    """
    tag = f'W/"{vid}"'
    known = request.if_none_match.contains_weak(str(vid))
    answer = Response(status=304) if known else fhir_answer(body)
    answer.headers["ETag"] = tag
    answer.headers["Last-Modified"] = http_date(updated)
    return answer


def expect_json() -> None:
    """Refuse, by name, a form other than JSON: ``_format`` overrides ``Accept`` (R4 3.1.0.1.11)."""
    wanted = request.args.get("_format")
    if wanted is not None:
        if wanted.split(";")[0].strip().replace("fhir json", "fhir+json") not in _FORMATS:
            raise SearchRefused("search-value-unsupported", parameter="_format")
        return
    accepted = request.accept_mimetypes
    if accepted and not any(accepted[kind] > 0 for kind in _ACCEPTED):
        raise NotAcceptable
