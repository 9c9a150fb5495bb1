"""Public keys as JWK (RFC 7517), their thumbprint (RFC 7638), and the keys of OAuth clients."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.errors import SettingsError
from gateway.trust.algorithms import PublicKey
from gateway.trust.base64url import digest, encode

Jwk = dict[str, Any]
_REQUIRED = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}  # RFC 7638 section 3.2
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384"}


def public_jwk(key: PublicKey) -> Jwk:
    """``kty`` and the public numbers, nothing else."""
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", "n": _octets(numbers.n), "e": _octets(numbers.e)}
    size = (key.curve.key_size + 7) // 8
    point = key.public_numbers()
    return {
        "kty": "EC",
        "crv": _CURVES[key.curve.name],
        "x": encode(point.x.to_bytes(size, "big")),
        "y": encode(point.y.to_bytes(size, "big")),
    }


def thumbprint(jwk: Jwk) -> str:
    """The base64url SHA-256 of the required members in their one order (RFC 7638 section 3)."""
    members = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    return digest(json.dumps(members, sort_keys=True, separators=(",", ":")).encode("ascii"))


def kid(key: PublicKey) -> str:
    return thumbprint(public_jwk(key))


def new_client_key() -> Jwk:
    """A fresh private JWK for an OAuth client: ES384, which SMART Backend Services asks servers to take.

    https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
    """
    private = ec.generate_private_key(ec.SECP384R1())
    made = public_jwk(private.public_key())
    secret = private.private_numbers().private_value.to_bytes(48, "big")
    return {**made, "d": encode(secret), "use": "sig", "alg": "ES384", "kid": thumbprint(made), "key_ops": ["sign"]}


def public_jwks(private: Jwk) -> Jwk:
    """The JWK Set a client registers: the public half of its private JWK. SettingsError when it is none."""
    members = _REQUIRED.get(str(private.get("kty")), ())
    if not members or any(not isinstance(private.get(name), str) for name in members):
        raise SettingsError("key-jwk-unknown")
    public = {name: private[name] for name in members}
    public |= {name: private[name] for name in ("use", "alg", "kid") if name in private}
    return {"keys": [{**public, "kid": public.get("kid") or thumbprint(public), "key_ops": ["verify"]}]}


def _octets(number: int) -> str:
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
