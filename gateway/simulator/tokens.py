"""The token endpoint of a simulated recipient: SMART Backend Services for its one client."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from gateway.errors import NotTrusted
from gateway.rest.assertion import TokenRefused, judge
from gateway.simulator.identity import SCOPE, Identity
from gateway.simulator.reply import Reply, json_reply

TOKEN_PATH = "/oauth/token"  # noqa: S105  # an address
LIFE = timedelta(seconds=300)


class Tokens:
    """Gives tokens to whoever proves to be the client, and knows them again. Safe from several threads."""

    def __init__(self, identity: Identity, url: str) -> None:
        self._client = identity.client()
        self._audience = url + TOKEN_PATH
        self._lock = threading.Lock()
        self._until: dict[str, datetime] = {}
        self._used: set[str] = set()

    def answer(self, form: bytes, now: datetime) -> Reply:
        """The answer to a token request, in OAuth's words (RFC 6749 section 5)."""
        fields = {name: values[0] for name, values in parse_qs(form.decode("utf-8", "replace")).items()}
        try:
            assertion = judge(
                fields.get("client_assertion", ""),
                audience=self._audience,
                now=now,
                find_client=lambda client_id: self._client if client_id == self._client.client_id else None,
            )
        except TokenRefused as refused:
            return json_reply({"error": refused.error, "error_description": str(refused)}, refused.status)
        except NotTrusted as refused:
            return json_reply({"error": "invalid_client", "error_description": str(refused)}, 401)
        made = secrets.token_urlsafe(24)
        with self._lock:
            if assertion.jti in self._used:
                return json_reply({"error": "invalid_client", "error_description": "the jti was used before"}, 401)
            self._used.add(assertion.jti)
            self._until[made] = now + LIFE
        seconds = int(LIFE.total_seconds())
        return json_reply({"access_token": made, "token_type": "bearer", "expires_in": seconds, "scope": SCOPE})

    def know(self, authorization: str, now: datetime) -> bool:
        """True for the Authorization header of a token given here that has not expired."""
        kind, _, token = authorization.partition(" ")
        with self._lock:
            return kind.lower() == "bearer" and now < self._until.get(token, now)

    def forget(self) -> None:
        """From now on none of the tokens given so far opens anything."""
        with self._lock:
            self._until.clear()
