"""Caller: a hospital's software that is registered at the target and asks its CDS services.

https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.conformance.client import Answer, Client
from gateway.conformance.credentials import signed
from gateway.jsontext import dumps

_LIFE = 120  # seconds of a JWT


@dataclass(frozen=True)
class Caller:
    """``iss`` and ``key`` (a private JWK): as registered. ``origin``: of a page that may call, "" where none was named.
    ``now``: seconds since 1970, UTC."""

    iss: str
    key: Mapping[str, Any]
    origin: str = ""
    now: Callable[[], float] = time.time

    def claims(self, address: str, **changes: object) -> dict[str, Any]:
        """Of a good JWT for the address that is called; a change to None leaves one out."""
        now = int(self.now())
        made = {"iss": self.iss, "aud": address, "iat": now, "exp": now + _LIFE, "jti": str(uuid.uuid4())}
        return {name: value for name, value in (made | changes).items() if value is not None}

    def jwt(self, address: str, **changes: object) -> str:
        return signed(self.claims(address, **changes), self.key)

    def call(self, client: Client, address: str, body: Any, jwt: str = "", *, keeps: bool = False) -> Answer:
        """POST; with a good JWT of its own unless another is given."""
        sent = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Authorization": f"Bearer {jwt or self.jwt(address)}",
        }
        data = body if isinstance(body, bytes) else dumps(body)
        return client.ask("POST", address, sent, data, keeps=keeps)
