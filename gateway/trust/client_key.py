"""What a client comes with when it asks for a token: its id, its scopes, its private key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.errors import SettingsError


@dataclass(frozen=True, slots=True)
class GivenClient:
    """What ``gateway facility add`` printed, or as much of it as a file holds; "" and () for what it does not."""

    client_id: str
    scopes: tuple[str, ...]
    private_jwk: dict[str, Any]


def given_client(given: Mapping[str, Any]) -> GivenClient:
    """From all that ``facility add`` printed, from its ``client``, or from the private JWK alone.

    SettingsError ``client-file-without-key`` or ``client-file-form`` for anything else.
    """
    client = given.get("client", given)
    key = client.get("private_jwk", client) if isinstance(client, Mapping) else None
    if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in ("kty", "kid", "d")):
        raise SettingsError("client-file-without-key")
    client_id, scopes = client.get("client_id", ""), client.get("scopes", [])
    if not isinstance(client_id, str) or not isinstance(scopes, list) or not all(isinstance(x, str) for x in scopes):
        raise SettingsError("client-file-form")
    return GivenClient(client_id, tuple(scopes), key)
