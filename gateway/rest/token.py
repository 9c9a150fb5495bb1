"""POST /oauth/token: SMART Backend Services.

https://hl7.org/fhir/smart-app-launch/backend-services.html: grant ``client_credentials`` with a
``private_key_jwt`` assertion. The token is 256 random bits that mean nothing; only its
SHA-256 is kept, so that a copy of the database opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from gateway.access import granted_scopes
from gateway.errors import GatewayError
from gateway.facility import Client
from gateway.jsontext import dumps
from gateway.rest.answers import json_answer
from gateway.rest.assertion import Assertion, TokenRefused, judge
from gateway.rest.bodies import form_pairs
from gateway.rest.house import House
from gateway.store import Connection, audit, facilities, tokens

GRANT = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 section 2.2
TOKEN_PATH = "/oauth/token"  # noqa: S105  # an address
_EXPECTED = ("grant_type", "client_assertion_type", "client_assertion", "scope")


def token_url(house: House) -> str:
    return f"{house.settings.public_url}{TOKEN_PATH}"


def open_door(app: Flask, house: House) -> None:
    @app.post(TOKEN_PATH)
    def token() -> Response:
        form = _form()
        if form["grant_type"] != GRANT:
            raise TokenRefused("unsupported_grant_type", "token-grant-type")
        if form["client_assertion_type"] != ASSERTION_TYPE:
            raise TokenRefused("invalid_client", "token-assertion-type")
        assertion = judge(
            form["client_assertion"],
            audience=token_url(house),
            now=house.now(),
            find_client=lambda client_id: _registered(house, client_id),
        )
        g.client_id = assertion.client.client_id
        scopes = _scopes(form["scope"], assertion.client)
        made = _issue(house, assertion, scopes)
        answer = json_answer(
            dumps(
                {
                    "access_token": made,
                    "token_type": "bearer",
                    "expires_in": house.settings.token_seconds,
                    "scope": " ".join(scopes),
                }
            )
        )
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Pragma"] = "no-cache"
        return answer


def _form() -> dict[str, str]:
    """The form's parameters, each at most once (RFC 6749 section 3.2); one that is absent is ""."""
    try:
        pairs = form_pairs()
    except (GatewayError, HTTPException):  # of another media type, too long, not UTF-8
        raise TokenRefused("invalid_request", "token-body") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise TokenRefused("invalid_request", "token-parameter-twice")
    if "client_secret" in form or "Authorization" in request.headers:  # one way to authenticate, section 2.3
        raise TokenRefused("invalid_request", "token-two-credentials")
    return {name: form.get(name, "") for name in _EXPECTED}


def _registered(house: House, client_id: str) -> Client | None:
    with house.store.read() as connection:
        return facilities.get_client(connection, client_id)


def _scopes(asked: str, client: Client) -> tuple[str, ...]:
    """What the token may do; without ``scope``, all that the client is registered for (RFC 6749 section 3.3)."""
    scopes = granted_scopes(asked.split() or client.scopes, client.scopes)
    if not scopes:
        raise TokenRefused("invalid_scope", "token-scope")
    return scopes


def _issue(house: House, assertion: Assertion, scopes: tuple[str, ...]) -> str:
    """A new token; the assertion is used up, the token kept and the audit line written in one transaction."""
    made = secrets.token_urlsafe(32)
    now = house.now()
    client_id = assertion.client.client_id
    stored = tokens.StoredToken(digest(made), client_id, scopes, now + timedelta(seconds=house.settings.token_seconds))

    def work(connection: Connection) -> bool:
        if not tokens.use_assertion(connection, client_id, assertion.jti, assertion.expires, now):
            return False
        tokens.purge_expired(connection, now)  # each new one clears what has run out: the table stays small
        tokens.add_token(connection, stored)
        audit.append(connection, now, client_id, "token-issued", "", {"scopes": list(scopes)})
        return True

    if not house.store.write(work, soon=True):
        raise TokenRefused("invalid_client", "assertion-replayed")
    return made


def digest(token: str) -> str:
    """Under which a token is kept: the hex SHA-256 of its text."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
