"""Who calls: the JWT that a CDS client makes for each call (https://cds-hooks.hl7.org/2.0/#trusting-cds-clients).

Judged as a client's assertion is (gateway.rest.assertion), but for ``sub``, which 2.0 has not, and ``iat``, which must
be there; ``aud`` is the address that is called. Keys are those registered: a ``jku`` is never fetched.
"""

from __future__ import annotations

from flask import request

from gateway.errors import NotTrusted
from gateway.facility import Client
from gateway.messages import LANGUAGES
from gateway.rest.assertion import Assertion, TokenRefused, judge
from gateway.rest.house import House
from gateway.settings import Settings
from gateway.store import Connection, facilities, tokens


def presented() -> str:
    """The Authorization of the request; NotTrusted (401) without one, before anything of the body is read."""
    found = request.headers.get("Authorization", "")
    if not found.strip():
        raise NotTrusted("token-missing")
    return found


def caller(house: House, authorization: str, path: str) -> Client:
    """The client, its ``jti`` used up; NotTrusted (401) with what did not hold. ``path``: from the gateway's URL on."""
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise NotTrusted("token-form")

    def registered(issuer: str) -> Client | None:
        with house.store.read() as connection:
            found = facilities.get_client(connection, issuer)
        return found if found is not None and found.cds_hooks else None

    audience = f"{house.settings.public_url}{path}"
    try:
        found = judge(text.strip(), audience=audience, now=house.now(), find_client=registered, of_a_call=True)
    except TokenRefused as refused:
        raise NotTrusted(refused.issues[0].rule) from None
    if not house.store.write(lambda connection: _used(connection, found, house), soon=True):
        raise NotTrusted("assertion-replayed")
    return found.client


def _used(connection: Connection, assertion: Assertion, house: House) -> bool:
    return tokens.use_assertion(connection, assertion.client.client_id, assertion.jti, assertion.expires, house.now())


def page_language(settings: Settings, registered: str = "") -> str:
    """Of words for people: what the request asks for, else the client's, else the setting, else Vietnamese."""
    for wanted, quality in request.accept_languages:  # best first; vi-VN is vi
        spoken = wanted.partition("-")[0].lower()
        if quality > 0 and spoken in LANGUAGES:
            return spoken
    return registered or settings.lang or "vi"
