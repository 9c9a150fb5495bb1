"""The protected header of a signed message, and the detached compact JWS around it.

RFC 7515 appendix F: ``header..signature``, the payload left out because the receiver has it.
No ``b64`` and no ``crit``, so that every JWS library can check it once the payload is put in.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from gateway.trust.base64url import digest, encode
from gateway.trust.instants import written
from gateway.trust.keys import Signer

CANON = "urn:ietf:rfc:8785"
# ASTM E1762-95 "Source Signature": the system that made the record vouches for where it came from
PURPOSE_SYSTEM = "urn:iso-astm:E1762-95:2013"
PURPOSE = "1.2.840.10065.1.12.1.14"
SR_CMS = [{"commId": {"id": f"urn:oid:{PURPOSE}", "desc": "Source Signature"}}]

_SHARED = ("alg", "typ", "kid", "x5c", "sigT", "canon", "srCms", "lexS256")
MESSAGE_KEYS = frozenset((*_SHARED, "payS256"))
RECEIPT_KEYS = frozenset((*_SHARED, "irtS256"))  # a receipt has no payload: it speaks of a JWS


def protected(signer: Signer, *, signed_at: datetime, lexical: bytes, subject: dict[str, str]) -> dict[str, Any]:
    """The header's members in the order they are written. ``subject`` is ``payS256`` or ``irtS256``."""
    return {
        "alg": signer.alg,
        "typ": "JOSE",
        "kid": signer.kid,
        "x5c": list(signer.x5c),
        "sigT": written(signed_at),
        "canon": CANON,
        "srCms": SR_CMS,
        "lexS256": digest(lexical),
        **subject,
    }


def detached(header: dict[str, Any], payload: bytes, signer: Signer) -> str:
    """``header..signature`` over ``payload``."""
    first = encode(json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode("ascii"))
    return f"{first}..{encode(signer.sign(signing_input(first, payload)))}"


def signing_input(first: str, payload: bytes) -> bytes:
    """ASCII(header) . BASE64URL(payload), RFC 7515 section 5.1 step 8."""
    return f"{first}.{encode(payload)}".encode("ascii")
