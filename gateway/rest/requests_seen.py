"""Every request gets an id, a log line and a count; every answer the headers that keep browsers out of trouble.

What is logged: the route's pattern, never the path as sent (a logical id in it may lead to a
patient), never the query string, never a header of the client's.
"""

from __future__ import annotations

import uuid
from time import monotonic

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestURITooLarge

from gateway.errors import PayloadError
from gateway.rest.errors import route
from gateway.rest.house import House

LONGEST_QUERY = 8000  # bytes; longer searches go by POST _search. gunicorn itself ends a request line at 8190
_log = structlog.get_logger("gateway.rest")

# https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def open_door(app: Flask, house: House) -> None:
    @app.before_request
    def begin() -> None:
        g.request_id = str(uuid.uuid4())
        g.begun = monotonic()
        house.measures.begun()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)
        if len(request.query_string) > LONGEST_QUERY:
            raise RequestURITooLarge
        if not request.query_string.isascii():  # RFC 3986: everything else is percent-encoded
            raise PayloadError("http-query-not-utf8")

    @app.after_request
    def end(answer: Response) -> Response:
        seconds = monotonic() - g.begun
        answer.headers["X-Request-Id"] = g.request_id
        for name, value in _HEADERS.items():
            answer.headers.setdefault(name, value)
        if house.settings.public_url.startswith("https://"):
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        house.measures.answered(route(), request.method, answer.status_code, seconds)
        _log.info(
            "request",
            route=route(),
            method=request.method,
            status=answer.status_code,
            ms=round(seconds * 1000, 1),
            client=g.get("client_id", ""),
            rules=g.get("rules", []),
        )
        return answer

    @app.teardown_request
    def ended(_fault: BaseException | None) -> None:
        """Whatever became of it, once for each that began."""
        if g.pop("begun", None) is not None:
            house.measures.ended()
