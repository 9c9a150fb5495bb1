"""base64url without padding (RFC 7515 section 2), strict: one text for one value."""

from __future__ import annotations

import base64
import binascii
import hashlib


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """ValueError on padding, on another alphabet, on white space, on unused bits that are not zero.

    Python's own decoder forgives all four, and a signature that can be written two ways is
    a signed file that can be changed.
    """
    try:
        value = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("not base64url") from None
    if encode(value) != text:
        raise ValueError("not base64url in its one form")
    return value


def decode_padded(text: str) -> bytes:
    """Plain base64 with padding (RFC 4648 section 4), as FHIR base64Binary, equally strict."""
    try:
        value = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("not base64") from None
    if base64.b64encode(value).decode("ascii") != text:
        raise ValueError("not base64 in its one form")
    return value


def digest(value: bytes) -> str:
    """The base64url SHA-256 of ``value``, 43 characters."""
    return encode(hashlib.sha256(value).digest())
