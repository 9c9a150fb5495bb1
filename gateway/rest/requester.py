"""Who asks: the bearer token of a request (RFC 6750), as a Requester."""

from __future__ import annotations

from flask import g, request

from gateway.access import Requester
from gateway.errors import NotTrusted
from gateway.rest.house import House
from gateway.rest.token import digest
from gateway.store import tokens


def requester(house: House) -> Requester:
    """The client whose token this request carries; NotTrusted (401) without one that is valid now.

    Only the Authorization header is read: a token in a query string would end up in logs.
    Scopes are what the token was granted; the legal basis is what is registered now.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        raise NotTrusted("token-missing")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotTrusted("token-form")
    with house.store.read() as connection:
        found = tokens.find_token(connection, digest(token.strip()), house.now())
    if found is None:
        raise NotTrusted("token-unknown")
    held, client = found
    g.client_id = client.client_id
    return Requester(client.client_id, client.facility, held.scopes, client.basis)
