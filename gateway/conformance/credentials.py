"""Credentials: the token that opens a target, given or asked for by SMART Backend Services.

https://hl7.org/fhir/smart-app-launch/backend-services.html. A client assertion is sent to the target's own origin
alone, or to the token endpoint that a person named.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from gateway.conformance.client import Answer, Client, Unanswered
from gateway.errors import SettingsError
from gateway.jsontext import dumps

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"
_LIFE = 240  # seconds; SMART allows five minutes
_BEFORE_ITS_END = 20  # seconds: a token about to run out is not used any more


@dataclass
class Credentials:
    """``token``: one that was given. ``client_id`` and ``key`` (a private JWK): whose token is asked for otherwise.
    ``endpoint``: where, "" to take what the target's smart-configuration says. ``now``: seconds since 1970, UTC."""

    token: str = ""
    client_id: str = ""
    key: Mapping[str, Any] = field(default_factory=dict)
    endpoint: str = ""
    now: Callable[[], float] = time.time
    _until: float = float("inf")

    @property
    def can_sign(self) -> bool:
        return bool(self.client_id and self.key)

    def header(self, client: Client) -> dict[str, str]:
        """The Authorization header; {} without credentials. Unanswered where the target gives no token."""
        if self.can_sign and (not self.token or self.now() > self._until):
            answer = self.ask(client, self.assertion(client), aside=True)
            granted = answer.json if answer.status == 200 and isinstance(answer.json, dict) else {}
            if not isinstance(granted.get("access_token"), str):
                raise Unanswered("conformance-no-token", status=answer.status)
            life = granted.get("expires_in")
            self.token = granted["access_token"]
            self._until = self.now() + (life if isinstance(life, int) else 60) - _BEFORE_ITS_END
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def ask(self, client: Client, assertion: str, *, aside: bool = False, **changes: str) -> Answer:
        """The token endpoint's answer to an assertion; ``changes`` of the form. ``aside``: nothing is checked by it."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        } | changes
        sent = {"Content-Type": _FORM, "Accept": "application/json"}
        return client.ask("POST", self.token_endpoint(client), sent, urlencode(form).encode(), aside=aside)

    def token_endpoint(self, client: Client) -> str:
        """Unanswered where the target names none, or one on another origin that nobody vouched for."""
        if self.endpoint:
            return self.endpoint
        address = f"{client.base}/.well-known/smart-configuration"
        answer = client.ask("GET", address, {"Accept": "application/json"}, aside=True)
        named = answer.json.get("token_endpoint") if isinstance(answer.json, dict) else None
        if answer.status != 200 or not isinstance(named, str):
            raise Unanswered("conformance-no-token-endpoint", status=answer.status)
        if not client.own(named):
            raise Unanswered("conformance-token-endpoint-elsewhere")
        self.endpoint = named
        return named

    def claims(self, client: Client, **changes: object) -> dict[str, Any]:
        """The claims of a good assertion; a change to None leaves one out."""
        now = int(self.now())
        made = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.token_endpoint(client),
            "iat": now,
            "exp": now + _LIFE,
            "jti": str(uuid.uuid4()),
        }
        return {name: value for name, value in (made | changes).items() if value is not None}

    def assertion(self, client: Client, **changes: object) -> str:
        return signed(self.claims(client, **changes), self.key)


def signed(claims: Mapping[str, object], key: Mapping[str, Any], **header: object) -> str:
    """A compact JWS of the claims by a private JWK, EC P-384 or RSA; SettingsError where it is no such key."""
    try:
        algorithm = "RS384" if key["kty"] == "RSA" else "ES384"
        protected = {"alg": algorithm, "kid": key["kid"], "typ": "JWT"} | header
        private = import_key({name: value for name, value in key.items() if name not in ("alg", "use", "key_ops")})
        return jws.serialize_compact(protected, dumps(dict(claims)), private, algorithms=["ES384", "RS384"])
    except (KeyError, TypeError, ValueError, JoseError):
        raise SettingsError("client-key-unusable") from None
