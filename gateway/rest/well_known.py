"""GET /fhir/.well-known/smart-configuration and /.well-known/jwks.json: what a client needs before it has a token.

https://hl7.org/fhir/smart-app-launch/conformance.html
"""

from __future__ import annotations

from flask import Flask, Response

from gateway.facility import DEFAULT_SCOPES
from gateway.jsontext import dumps
from gateway.rest.answers import json_answer
from gateway.rest.assertion import ALGORITHMS
from gateway.rest.house import House
from gateway.rest.token import GRANT, token_url

FOR_SIGNATURES = 300  # seconds a copy of the public keys may be kept


def open_door(app: Flask, house: House) -> None:
    @app.get("/fhir/.well-known/smart-configuration")
    def smart_configuration() -> Response:
        return json_answer(
            dumps(
                {
                    "issuer": house.settings.public_url,
                    "jwks_uri": f"{house.settings.public_url}/.well-known/jwks.json",
                    "token_endpoint": token_url(house),
                    "grant_types_supported": [GRANT],
                    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                    "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
                    "scopes_supported": list(DEFAULT_SCOPES),
                    "capabilities": ["client-confidential-asymmetric", "permission-v2"],
                }
            )
        )

    @app.get("/.well-known/jwks.json")
    def jwks() -> Response:
        """The public signing keys not revoked; a retired one too, since what it signed stays good."""
        shown = [key.public_jwk() for key in house.keyring.own_keys() if key.revoked_at is None]
        answer = json_answer(dumps({"keys": shown}))
        answer.headers["Cache-Control"] = f"public, max-age={FOR_SIGNATURES}"
        return answer
