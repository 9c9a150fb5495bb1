"""The one place where an error becomes an answer: an OperationOutcome with the status its code implies.

https://hl7.org/fhir/R4/http.html#summary. The token endpoint alone answers in OAuth's own
words (RFC 6749 section 5.2); that too is done here.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from gateway.errors import GatewayError, NotTrusted
from gateway.jsontext import dumps
from gateway.logs import frames
from gateway.outcome import Issue
from gateway.rest.answers import outcome_answer
from gateway.rest.assertion import TokenRefused
from gateway.rest.house import House

_log = structlog.get_logger("gateway.rest")

# What Flask and werkzeug refuse by themselves: status → (issue code, rule).
_HTTP: dict[int, tuple[str, str]] = {
    400: ("invalid", "http-bad-request"),
    404: ("not-found", "http-not-found"),
    405: ("not-supported", "http-method-not-allowed"),
    406: ("not-supported", "http-not-acceptable"),
    408: ("timeout", "http-timeout"),
    411: ("invalid", "http-length-required"),
    413: ("too-long", "http-body-too-large"),
    414: ("too-long", "http-query-too-long"),
    415: ("not-supported", "http-media-type"),
    431: ("too-long", "http-header-too-large"),
}


def open_door(app: Flask, house: House) -> None:
    def refused(error: GatewayError) -> Response:
        note_rules(house, error.issues)
        answer = outcome_answer(house.settings, error.issues, error.status)
        return _challenged(answer, error)

    def refused_token(error: TokenRefused) -> Response:
        note_rules(house, error.issues)
        # RFC 6749 section 5.2: error_description is ASCII, hence always English.
        body = {"error": error.error, "error_description": error.issues[0].text()}
        answer = Response(dumps(body), error.status, mimetype="application/json")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def refused_by_http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:  # a redirect: not an error
            return Response(status=status, headers=error.get_headers())
        code, rule = _HTTP.get(status, ("processing", "http-refused"))
        issues = (Issue("error", code, rule, "", {"limit": house.settings.max_payload_bytes}),)
        note_rules(house, issues)
        answer = outcome_answer(house.settings, issues, status)
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            answer.headers["Allow"] = ", ".join(sorted(allowed))
        return answer

    def failed(error: Exception) -> Response:
        issues = (Issue("fatal", "exception", "http-unexpected", "", {"request": g.get("request_id", "-")}),)
        note_rules(house, issues)
        # The exception's text may quote a patient's value: only its type and where it arose are written.
        _log.error("unexpected", error=type(error).__name__, at=frames(error.__traceback__))
        return outcome_answer(house.settings, issues, 500)

    app.register_error_handler(TokenRefused, refused_token)
    app.register_error_handler(GatewayError, refused)
    app.register_error_handler(HTTPException, refused_by_http)
    app.register_error_handler(Exception, failed)


def note_rules(house: House, issues: Sequence[Issue]) -> None:
    """Count what was refused, by door and rule."""
    rules = sorted({issue.rule for issue in issues if issue.refuses})
    g.rules = rules
    for rule in rules:
        house.measures.refused(route(), rule)


def route() -> str:
    """The pattern of the request's route, never the path as sent."""
    return request.url_rule.rule if request.url_rule else "unknown"


def _challenged(answer: Response, error: GatewayError) -> Response:
    """WWW-Authenticate says what is missing (RFC 6750 section 3)."""
    rule = error.issues[0].rule
    if isinstance(error, NotTrusted):
        problem = ', error="invalid_token"' if rule != "token-missing" else ""
        answer.headers["WWW-Authenticate"] = f'Bearer realm="fhir"{problem}'
    elif rule == "access-scope-missing":
        needed = error.issues[0].parameters["scope"]
        answer.headers["WWW-Authenticate"] = f'Bearer realm="fhir", error="insufficient_scope", scope="{needed}"'
    return answer
