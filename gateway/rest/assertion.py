"""A client's assertion (``private_key_jwt``) judged: whose it is, and until when.

RFC 7523 section 3 and SMART Backend Services
(https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html). In this order:

1. form: a compact JWS of a JSON object
2. algorithm: ES384 or RS384, nothing else (``none`` and HMAC are not in the list)
3. ``iss`` and ``sub`` are one registered client
4. ``kid`` names one of that client's registered keys, and the key fits the algorithm
5. the signature
6. ``aud`` is the token endpoint's URL, exactly
7. ``exp`` is ahead, by five minutes at most; ``nbf`` and ``iat`` are not
8. ``jti`` is there; that it is used only once is the store's to hold

The JWT of a CDS Hooks call is judged in the same steps (``of_a_call``): its ``sub`` is not looked at, its ``aud`` is
the address that is called, its ``iat`` must be there (https://cds-hooks.hl7.org/2.0/#trusting-cds-clients).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from gateway.errors import GatewayError, NotTrusted
from gateway.facility import Client
from gateway.jsontext import loads

ALGORITHMS = ("ES384", "RS384")
LONGEST_LIFE = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=10)  # a client's clock may run ahead of ours by this much
_SMALLEST_RSA = 2048  # bits, RFC 7518 section 3.3
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,200}\Z")

# RFC 6749 section 5.2
OAuthError = Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]


class TokenRefused(NotTrusted):
    """The token endpoint's refusal, in OAuth's words (RFC 6749 section 5.2)."""

    status = 400

    def __init__(self, error: OAuthError, rule: str) -> None:
        super().__init__(rule)
        self.error = error
        self.status = 401 if error == "invalid_client" else 400


@dataclass(frozen=True, slots=True)
class Assertion:
    """``expires``: aware UTC; until then the ``jti`` must be remembered."""

    client: Client
    jti: str
    expires: datetime


def judge(
    text: str, *, audience: str, now: datetime, find_client: Callable[[str], Client | None], of_a_call: bool = False
) -> Assertion:
    """The assertion, or TokenRefused (``invalid_client``) with the step that did not hold."""
    header, claims, parts = _taken_apart(text)
    if header.get("alg") not in ALGORITHMS:
        raise _refused("assertion-algorithm")
    if of_a_call:
        claims = {**claims, "sub": claims.get("iss")}
        if "iat" not in claims:
            raise _refused("assertion-not-yet")
    client = _client(claims, find_client)
    _check_signature(parts, _key(header, client), str(header["alg"]))
    if claims.get("aud") not in (audience, [audience]):
        raise _refused("assertion-audience")
    expires = _expiry(claims, now)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not _PRINTABLE.match(jti):
        raise _refused("assertion-jti")
    return Assertion(client, jti, expires)


def _refused(rule: str) -> TokenRefused:
    return TokenRefused("invalid_client", rule)


def _taken_apart(text: str) -> tuple[dict[str, Any], dict[str, Any], jws.CompactSignature]:
    try:
        parts = jws.extract_compact(text.encode("ascii"))
        header, claims = parts.headers(), loads(parts.payload or b"")
    except (JoseError, GatewayError, ValueError):
        raise _refused("assertion-form") from None
    if not isinstance(claims, dict):
        raise _refused("assertion-form")
    return header, claims, parts


def _client(claims: dict[str, Any], find_client: Callable[[str], Client | None]) -> Client:
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or issuer != claims.get("sub") or not _PRINTABLE.match(issuer):
        raise _refused("assertion-issuer")
    client = find_client(issuer)
    if client is None:
        raise _refused("assertion-client-unknown")
    return client


def _key(header: dict[str, Any], client: Client) -> ECKey | RSAKey:
    """The one registered key with this ``kid`` that fits the algorithm."""
    kind = {"ES384": "EC", "RS384": "RSA"}[str(header["alg"])]
    for jwk in client.jwks.get("keys", ()):
        if jwk.get("kid") == header.get("kid") and jwk.get("kty") == kind and jwk.get("kid"):
            public = {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
            try:
                key = ECKey.import_key(public) if kind == "EC" else RSAKey.import_key(public)
            except (JoseError, ValueError, TypeError):
                break
            if isinstance(key, RSAKey) and key.raw_value.key_size < _SMALLEST_RSA:
                break
            return key
    raise _refused("assertion-key-unknown")


def _check_signature(parts: jws.CompactSignature, key: ECKey | RSAKey, algorithm: str) -> None:
    try:
        holds = jws.validate_compact(parts, key, [algorithm])
    except (JoseError, ValueError, TypeError):
        holds = False
    if not holds:
        raise _refused("assertion-signature")


def _expiry(claims: dict[str, Any], now: datetime) -> datetime:
    expires = _moment(claims.get("exp"))
    if expires is None or expires > now + LONGEST_LIFE + CLOCK_SKEW:
        raise _refused("assertion-expiry")
    if expires <= now:
        raise _refused("assertion-expired")
    for name in ("nbf", "iat"):
        begins = _moment(claims[name]) if name in claims else now
        if begins is None or begins > now + CLOCK_SKEW:
            raise _refused("assertion-not-yet")
    return expires


def _moment(value: object) -> datetime | None:
    """A NumericDate (RFC 7519 section 2): seconds since 1970 UTC, maybe with a fraction."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(value))
    except OverflowError:
        return None
