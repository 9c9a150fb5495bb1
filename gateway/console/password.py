"""Passwords as they are kept: scrypt (RFC 7914) with the figures beside the digest, so that they can be raised.

OWASP's password storage cheat sheet: N 2^15, r 8, p 3 is one of its least costs.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

SHORTEST, LONGEST = 12, 256  # characters
_N, _R, _P = 2**15, 8, 3
_MEMORY = 128 * 1024 * 1024  # bytes, at most


def hashed(password: str, *, n: int = _N) -> str:
    """``scrypt:N:r:p:salt:digest``, salt and digest in hex."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{n}:{_R}:{_P}:{salt.hex()}:{_digest(password, salt, n, _R, _P).hex()}"


def matches(password: str, kept: str | None) -> bool:
    """As long for a name that nobody has (``kept`` None) as for a wrong password."""
    method, n, r, p, salt, digest = (kept or _NOBODY).split(":")
    if method != "scrypt":
        raise ValueError("a password is kept in a way that is not known here")
    found = _digest(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, bytes.fromhex(digest)) and kept is not None


def generated() -> str:
    """One that nobody guesses: 20 letters and digits, without those that are mistaken for others."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(20))


def _digest(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # One keyboard sends an ế as one character, another as three (Unicode NFC, NFD): one password (RFC 8265 4.2).
    typed = unicodedata.normalize("NFC", password)
    return hashlib.scrypt(typed.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


_NOBODY = f"scrypt:{_N}:{_R}:{_P}:{bytes(16).hex()}:{bytes(32).hex()}"
