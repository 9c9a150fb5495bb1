"""The routes under /console, and what becomes of an error on any of them: a page that says it."""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from gateway.console import evidence, patients, sign_in
from gateway.console.desk import Desk
from gateway.console.refusal import Refusal
from gateway.console.rendering import asset, page, see
from gateway.console.visit import Visit, expect_own_form, speak, visit
from gateway.errors import GatewayError
from gateway.logs import frames
from gateway.messages import LANGUAGES, sentence

_log = structlog.get_logger("gateway.console")
_EVERY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_HTTP = {404: "console-no-page", 405: "console-method", 413: "console-form-too-large"}


def open_door(app: Flask, desk: Desk) -> None:
    """All of it on one blueprint: whatever is refused under /console is told in HTML."""
    pages = Blueprint("console", "gateway.console", url_prefix="/console")

    @pages.before_request
    def private() -> None:
        if not desk.private:
            raise Refusal(403, "console-without-tls")

    @pages.get("/assets/<name>")
    def file(name: str) -> Response:
        return asset(name) or _nothing()

    @pages.post("/language")
    def language() -> Response:
        here = visit(desk)
        fields = expect_own_form(desk, here)
        wanted, back = fields.get("language", [""])[0], fields.get("back", [""])[0]
        if wanted not in LANGUAGES:
            raise Refusal(400, "console-form-broken")
        answer = see(back if back.startswith("/console/") and "//" not in back and back.isprintable() else "/console/")
        speak(desk, answer, wanted)
        return answer

    sign_in.open_door(pages, desk)
    patients.open_door(pages, desk)
    evidence.open_door(pages, desk)

    @pages.get("/")
    def first() -> Response:
        return see("/console/patients")

    @pages.route("/<path:unknown>", methods=_EVERY, provide_automatic_options=False)
    def anything(unknown: str) -> Response:
        """Flask tells a blueprint nothing of an address that no route has."""
        routes = app.create_url_adapter(request)
        known = [method for method in ("GET", "POST") if routes and routes.match(method=method)[0] != request.endpoint]
        raise MethodNotAllowed(known) if known else NotFound

    def told(status: int, key: str, **parameters: object) -> Response:
        g.rules = [key]
        try:
            here = visit(desk)
        except GatewayError:  # the database that the session stands in is away
            here = Visit("vi", "", None)
        answer = page(desk, here, "problem.html", status, key=key, text=sentence(key, here.language, **parameters))
        return answer

    def refused(error: Refusal) -> Response:
        if error.status == 401:
            return signed_out(error.key)
        return told(error.status, error.key, **error.parameters)

    def signed_out(key: str) -> Response:
        """Who never was signed in is asked to, who was is told that it is over."""
        try:
            here = visit(desk)
            if request.method == "GET" and not here.ended:
                return see("/console/sign-in")
            g.rules = [key]
            return sign_in.form(desk, here, 401, key)
        except Refusal as other:
            return told(other.status, other.key, **other.parameters)
        except GatewayError as other:
            return refused_by_gateway(other)

    def refused_by_gateway(error: GatewayError) -> Response:
        return told(error.status, error.issues[0].rule, **error.issues[0].parameters)

    def refused_by_http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return Response(status=status, headers=error.get_headers())
        answer = told(status, _HTTP.get(status, "console-form-broken"))
        if isinstance(error, MethodNotAllowed):
            answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return answer

    def failed(error: Exception) -> Response:
        # The exception's text may quote a patient's value: only its type and where it arose are written.
        _log.error("unexpected", error=type(error).__name__, at=frames(error.__traceback__))
        return told(500, "http-unexpected", request=g.get("request_id", "-"))

    pages.register_error_handler(Refusal, refused)
    pages.register_error_handler(GatewayError, refused_by_gateway)
    pages.register_error_handler(HTTPException, refused_by_http)
    pages.register_error_handler(Exception, failed)
    app.register_blueprint(pages)


def _nothing() -> Response:
    raise NotFound
