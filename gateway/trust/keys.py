"""SigningKey: a facility's key, its certificate chain, and when it may sign; the Signer made from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.errors import SettingsError
from gateway.trust import certificates
from gateway.trust.algorithms import Algorithm, PrivateKey, PublicKey, fitting, sign
from gateway.trust.certificates import Certificate
from gateway.trust.jwk import Jwk, kid, public_jwk
from gateway.trust.jwk import new_client_key as new_client_key  # an OAuth client's key is asked for here
from gateway.trust.jwk import public_jwks as public_jwks


class Signer(Protocol):
    """What signing needs. A key in a file, in a database or in a hardware module can stand behind it.

    ``alg`` is ES256, RS256 or PS256; ``kid`` the RFC 7638 thumbprint; ``x5c`` base64 DER, leaf
    first, the root left out; ``sign`` gives JWS signature octets (ES256: r and s, 64 octets).
    """

    @property
    def alg(self) -> Algorithm: ...
    @property
    def kid(self) -> str: ...
    @property
    def x5c(self) -> Sequence[str]: ...
    @property
    def facility(self) -> str: ...
    def sign(self, signed: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key as it is kept.

    ``facility`` is "" for the pilot authority's own key. ``private_pem`` is PKCS#8, encrypted
    if a passphrase was given, "" where only the certificate is kept. ``chain`` is PEM
    certificates, leaf first, up to the authority. Times are aware UTC: the leaf's validity,
    and the moment from which the key is not to be believed. ``active``: it signs for its
    facility now (a rotated key no longer does, and what it signed stays good).
    """

    kid: str
    facility: str
    private_pem: str
    chain: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime
    revoked_at: datetime | None = None
    reason: str = ""
    active: bool = True

    @property
    def certificate(self) -> Certificate:
        return certificates.from_pem(self.chain[0])[0]

    def private_key(self, passphrase: str | None = None) -> PrivateKey:
        return _private_key(self.private_pem, passphrase)

    def signer(self, passphrase: str | None = None, alg: Algorithm | None = None) -> KeySigner:
        """Reads the private key once; ``alg`` only to choose PS256 for an RSA key."""
        key = self.private_key(passphrase)
        chosen = alg or fitting(key)[0]
        if chosen not in fitting(key):
            raise SettingsError("key-type-refused")
        chain = [certificates.from_pem(text)[0] for text in self.chain]
        x5c = [
            certificates.to_x5c(one) for one in chain[:1] + [c for c in chain[1:] if not certificates.self_issued(c)]
        ]
        return KeySigner(chosen, self.kid, tuple(x5c), self.facility, key)

    def public_jwk(self) -> Jwk:
        """The public half, as ``/.well-known/jwks.json`` shows it."""
        public = self.public_key()
        return {**public_jwk(public), "kid": self.kid, "use": "sig", "alg": fitting(public)[0]}

    def public_key(self) -> PublicKey:
        found = certificates.signing_key_of(self.certificate)
        if found is None:
            raise SettingsError("key-type-refused")
        return found


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A Signer with the private key in memory."""

    alg: Algorithm
    kid: str
    x5c: tuple[str, ...]
    facility: str
    key: PrivateKey

    def sign(self, signed: bytes) -> bytes:
        return sign(self.alg, self.key, signed)

    def __repr__(self) -> str:  # the private key is not for log lines
        return f"KeySigner({self.alg}, {self.kid}, {self.facility})"


def active(keys: Iterable[SigningKey], at: datetime) -> SigningKey:
    """The key that signs at ``at``: the newest active one, valid and not revoked. SettingsError if none."""
    able = [
        key
        for key in keys
        if key.active and key.private_pem and key.valid_from <= at < key.valid_to and key.revoked_at is None
    ]
    if not able:
        raise SettingsError("key-none-active")
    return max(able, key=lambda key: key.valid_from)


def kept(private: PrivateKey, chain: Sequence[Certificate], facility: str, passphrase: str | None = None) -> SigningKey:
    """A private key and its chain (leaf first) as a SigningKey."""
    encryption: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    )
    return SigningKey(
        kid=kid(private.public_key()),
        facility=facility,
        private_pem=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode("ascii"),
        chain=tuple(certificates.to_pem(one) for one in chain),
        valid_from=certificates.valid_from(chain[0]),
        valid_to=certificates.valid_to(chain[0]),
    )


def import_key(
    private_pem: str, chain_pem: str, facility: str, *, passphrase: str | None = None, keep_with: str | None = None
) -> SigningKey:
    """A key and chain made elsewhere: EC P-256, or RSA of 2048 bits and more.

    ``chain_pem`` holds the certificate of the key and every authority up to the one receivers
    will trust, in any order. SettingsError when the key does not fit the certificate, is of
    another type, or the chain is broken or ends at the leaf. ``passphrase`` opens
    ``private_pem``; ``keep_with`` encrypts what is kept.
    """
    private = _private_key(private_pem, passphrase)
    if not fitting(private):
        raise SettingsError("key-type-refused")
    try:
        found = certificates.from_pem(chain_pem)
    except ValueError:
        raise SettingsError("key-chain-unreadable") from None
    chain = _ordered(found, kid(private.public_key()))
    if len(chain) < 2:
        raise SettingsError("key-chain-incomplete")
    at = max(certificates.valid_from(one) for one in chain)
    if not certificates.leads_to(chain[-1:], chain[:-1], at):
        raise SettingsError("key-chain-broken")
    return kept(private, chain, facility, keep_with)


def _ordered(found: Sequence[Certificate], thumbprint: str) -> list[Certificate]:
    """Leaf first, then each one's issuer."""
    chain: list[Certificate] = []
    for certificate in found:
        key = certificates.signing_key_of(certificate)
        if key is not None and kid(key) == thumbprint:
            chain = [certificate]
            break
    if not chain:
        raise SettingsError("key-without-certificate")
    while not certificates.self_issued(chain[-1]):
        issuers = [one for one in found if one.subject == chain[-1].issuer and one not in chain]
        if not issuers:
            break
        chain.append(issuers[0])
    return chain


def _private_key(pem: str, passphrase: str | None) -> PrivateKey:
    try:
        key = load_pem_private_key(pem.encode("ascii", "replace"), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: a passphrase missing, or one too many
        raise SettingsError("key-unreadable") from None
    if not fitting(key):
        raise SettingsError("key-type-refused")
    return key  # type: ignore[return-value]  # fitting() is empty for every type but these two
