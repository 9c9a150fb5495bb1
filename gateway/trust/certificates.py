"""X.509 certificates: reading them, and the path from a signing certificate to a trusted root.

Path checks are RFC 5280 section 6, as ``cryptography.x509.verification`` carries them out,
with the policies of a signature instead of those of a web server: no host name, no
extended key usage, but ``digitalSignature`` in the leaf and ``keyCertSign`` in every
authority that states a key usage.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy, PolicyBuilder, Store, VerificationError

from gateway.trust.algorithms import PublicKey, fitting
from gateway.trust.base64url import decode_padded

Certificate = x509.Certificate


# The same few certificates come with every message, and a certificate never changes: read once.
_REMEMBERED = 256


def from_x5c(text: object) -> Certificate:
    """One ``x5c`` member: base64 (padded, not base64url: RFC 7515 section 4.1.6) of DER. ValueError otherwise."""
    if not isinstance(text, str):
        raise ValueError("not a certificate")
    return _of_der(text)


@lru_cache(_REMEMBERED)
def _of_der(text: str) -> Certificate:
    return x509.load_der_x509_certificate(decode_padded(text))


def to_x5c(certificate: Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


def from_pem(text: str) -> list[Certificate]:
    """Every certificate of a PEM text, in order; ValueError when there is none."""
    return list(_of_pem(text))


@lru_cache(_REMEMBERED)
def _of_pem(text: str) -> tuple[Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(text.encode("ascii", "replace")))


def to_pem(certificate: Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def signing_key_of(certificate: Certificate) -> PublicKey | None:
    """The certificate's public key if it is one we verify with, else None."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    # fitting() is empty for every other type, so the union is what is left
    return key if fitting(key) else None  # type: ignore[return-value]


def is_authority(certificate: Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def valid_from(certificate: Certificate) -> datetime:
    return certificate.not_valid_before_utc


def valid_to(certificate: Certificate) -> datetime:
    return certificate.not_valid_after_utc


def thumbprint(x5c: str) -> str:
    """The SHA-256 of a certificate (``x5c`` form), hex: names it without naming whom it names."""
    return from_x5c(x5c).fingerprint(SHA256()).hex()


def subject_values(certificate: Certificate) -> frozenset[str]:
    """What stands in its subject, attribute by attribute: ``MST:0100000000``, ``BENH VIEN …``."""
    return frozenset(str(one.value) for one in certificate.subject)


def self_issued(certificate: Certificate) -> bool:
    return certificate.issuer == certificate.subject


def leads_to(roots: Sequence[Certificate], chain: Sequence[Certificate], at: datetime) -> bool:
    """True when ``chain`` (leaf first) leads to one of ``roots``, everything on the way valid at ``at``.

    Where every certificate is valid at ``at`` time decides nothing, and the answer is the one
    of any other such moment: those are remembered.
    """
    everyone = (*roots, *chain)
    begins, ends = max(map(valid_from, everyone)), min(map(valid_to, everyone))
    if begins <= at <= ends:
        return _leads_to_when_all_are_valid(tuple(roots), tuple(chain), begins)
    return _leads_to(tuple(roots), tuple(chain), at)


@lru_cache(_REMEMBERED)
def _leads_to_when_all_are_valid(
    roots: tuple[Certificate, ...], chain: tuple[Certificate, ...], begins: datetime
) -> bool:
    return _leads_to(roots, chain, begins)


def _leads_to(roots: tuple[Certificate, ...], chain: tuple[Certificate, ...], at: datetime) -> bool:
    verifier = (
        PolicyBuilder()
        .store(Store(list(roots)))
        .time(at.astimezone(UTC).replace(tzinfo=None))
        .extension_policies(ca_policy=_authorities(), ee_policy=_signers())
        .build_client_verifier()
    )
    try:
        verifier.verify(chain[0], list(chain[1:]))
    except (VerificationError, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _authorities() -> ExtensionPolicy:
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_certificates)
    )


def _signers() -> ExtensionPolicy:
    return ExtensionPolicy.permit_all().require_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_documents)


def _signs_certificates(_policy: Policy, _certificate: Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("an authority that may not sign certificates")


def _signs_documents(_policy: Policy, _certificate: Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature:
        raise ValueError("a certificate that may not sign")
