"""What a client is registered with and comes with: its public keys, its private one, as files hold them."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli.say import language, read_object
from gateway.errors import SettingsError
from gateway.trust.client_key import GivenClient, given_client
from gateway.trust.jwk import public_jwks

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 section 6


def read_client(path: str, option: str) -> GivenClient:
    """Of a file as :func:`given_client` reads it; UsageError (exit 2) where it is none."""
    try:
        return given_client(read_object(path, option))
    except SettingsError as wrong:
        raise click.BadParameter(f"{path}: {wrong.issues[0].text(language())}", param_hint=option) from None


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
