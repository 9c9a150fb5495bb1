"""What a client is registered with and comes with: its public keys, its private one, as files hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from gateway.cli.say import read_object
from gateway.errors import SettingsError
from gateway.trust.jwk import public_jwks

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 section 6


@dataclass(frozen=True, slots=True)
class GivenClient:
    """What ``facility add`` printed, or as much of it as the file holds; "" and () for what it does not."""

    client_id: str
    scopes: tuple[str, ...]
    private_jwk: dict[str, Any]


def read_client(path: str, option: str) -> GivenClient:
    """From all that ``facility add`` printed, from its ``client``, or from the private JWK alone."""
    given = read_object(path, option)
    client = given.get("client", given)
    key = client.get("private_jwk", client) if isinstance(client, dict) else None
    if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in ("kty", "kid", "d")):
        raise click.BadParameter(f"{path}: no private JWK in it", param_hint=option)
    client_id, scopes = client.get("client_id", ""), client.get("scopes", [])
    if not isinstance(client_id, str) or not isinstance(scopes, list) or not all(isinstance(x, str) for x in scopes):
        raise click.BadParameter(f"{path}: not what `gateway facility add` printed", param_hint=option)
    return GivenClient(client_id, tuple(scopes), key)


def read_public_keys(path: str, option: str) -> dict[str, Any]:
    """A JWK Set of keys a client may sign its assertions with: P-384 (ES384) or RSA (RS384), the public half alone."""
    keys = read_object(path, option).get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise click.BadParameter(f'{path}: a JWK Set is expected, {{"keys": […]}}', param_hint=option)
    if any(_PRIVATE & key.keys() for key in keys):
        raise click.BadParameter(f"{path}: a private key; the client keeps it, give its public half", param_hint=option)
    try:
        found = [public_jwks(key)["keys"][0] for key in keys]
    except SettingsError:
        found = []
    if not found or not all(_signs(key) for key in found):
        raise click.BadParameter(f"{path}: a key that is neither EC P-384 nor RSA", param_hint=option)
    return {"keys": found}


def _signs(key: dict[str, Any]) -> bool:
    from joserfc.jwk import import_key

    try:
        import_key({name: value for name, value in key.items() if name != "key_ops"})
    except ValueError:
        return False
    return key["kty"] == "RSA" or key.get("crv") == "P-384"
