"""Secrets at rest: a text that only who knows the passphrase can read.

Fernet (AES-128-CBC with HMAC-SHA-256, https://github.com/fernet/spec) under a key that
scrypt (RFC 7914) draws from the passphrase and a salt of the sealed text's own.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from gateway.errors import SettingsError
from gateway.trust.base64url import decode, encode

_SALT = 16  # octets


def seal(text: str, passphrase: str) -> str:
    """``salt.token``, both base64url; different each time."""
    salt = os.urandom(_SALT)
    return f"{encode(salt)}.{Fernet(_key(passphrase, salt)).encrypt(text.encode()).decode('ascii')}"


def unseal(sealed: str, passphrase: str) -> str:
    """The text again; SettingsError ``secret-unreadable`` for another passphrase or a changed text."""
    salt, _, token = sealed.partition(".")
    try:
        return Fernet(_key(passphrase, decode(salt))).decrypt(token.encode("ascii")).decode()
    except (InvalidToken, ValueError):
        raise SettingsError("secret-unreadable") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return urlsafe_b64encode(Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(passphrase.encode()))
