"""Forged: a JWT as somebody without the private key would make one, to see that it is refused.

https://www.rfc-editor.org/rfc/rfc8725#section-2.1
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from joserfc.jwk import ECKey, RSAKey, import_key

from gateway.jsontext import dumps
from gateway.trust import base64url


def encoded(value: Mapping[str, Any]) -> str:
    return base64url.encode(dumps(dict(value)))


def unsigned(claims: Mapping[str, Any], kid: str, algorithm: str = "none") -> str:
    return f"{encoded({'alg': algorithm, 'typ': 'JWT', 'kid': kid})}.{encoded(claims)}."


def with_public_key(claims: Mapping[str, Any], key: Mapping[str, Any]) -> Iterator[str]:
    """The public half of the key used as the secret of HS384, in each form it is known in."""
    found = import_key({name: value for name, value in key.items() if name not in ("alg", "use", "key_ops")})
    secrets = [dumps(found.as_dict(private=False))]
    if isinstance(found, ECKey | RSAKey):
        secrets.append(found.as_pem(private=False))
    for secret in secrets:
        covered = f"{encoded({'alg': 'HS384', 'typ': 'JWT', 'kid': key['kid']})}.{encoded(claims)}"
        made = hmac.new(secret, covered.encode(), hashlib.sha384).digest()
        yield f"{covered}.{base64url.encode(made)}"
