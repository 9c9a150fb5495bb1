"""The gateway's pilot authority: a root, and the certificates it issues.

For pilots and demos, until a facility brings a certificate of a licensed authority. A
second authority of the same make issues TLS server certificates, so that the one that
vouches for facilities never vouches for a host name. Times are passed in, aware UTC.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.trust import certificates
from gateway.trust.keys import SigningKey, kept

AUTHORITY_LIFE = timedelta(days=20 * 365)
SIGNING_LIFE = timedelta(days=730)
SERVER_LIFE = timedelta(days=397)  # the longest browsers accept
_NAME = 64  # ub-common-name of RFC 5280 appendix A; counted in UTF-8 octets, as most software does


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A TLS server's key (PKCS#8) and chain (leaf first), PEM."""

    private_pem: str
    chain_pem: str


def new_authority(name: str, *, now: datetime, passphrase: str | None = None) -> SigningKey:
    """A self-signed root on P-256, kept as the SigningKey of facility ""."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _cut(name))])
    start = _start(now)
    made = (
        _certificate(subject, subject, key.public_key(), start, start + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, SHA256())
    )
    return kept(key, [made], "", passphrase)


def issue(
    authority: SigningKey,
    *,
    facility: str,
    name: str,
    now: datetime,
    passphrase: str | None = None,
    authority_passphrase: str | None = None,
) -> SigningKey:
    """A new key for a facility with its certificate: CN its name, serialNumber its code, two years.

    Rotation is this called again: the new key signs from now on, and the old one's
    certificate goes on vouching for what it signed.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    root = authority.certificate
    start = _start(now)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, _cut(name) or facility),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, facility),
        ]
    )
    made = (
        _certificate(subject, root.subject, key.public_key(), start, min(start + SIGNING_LIFE, authority.valid_to))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(_issuer_id(root), critical=False)
        .sign(authority.private_key(authority_passphrase), SHA256())
    )
    return kept(key, [made, root], facility, passphrase)


def issue_server(
    authority: SigningKey,
    *,
    now: datetime,
    hosts: Sequence[str] = ("localhost", "127.0.0.1"),
    authority_passphrase: str | None = None,
) -> ServerCertificate:
    """A TLS server certificate for host names and addresses. Use an authority of its own for these."""
    key = ec.generate_private_key(ec.SECP256R1())
    root = authority.certificate
    start = _start(now)
    made = (
        _certificate(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _cut(hosts[0]))]),
            root.subject,
            key.public_key(),
            start,
            min(start + SERVER_LIFE, authority.valid_to),
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(_issuer_id(root), critical=False)
        .sign(authority.private_key(authority_passphrase), SHA256())
    )
    return ServerCertificate(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii"),
        certificates.to_pem(made) + certificates.to_pem(root),
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_id(root: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _cut(name: str) -> str:
    """As many whole letters of a name as a certificate holds."""
    return name.encode("utf-8")[:_NAME].decode("utf-8", "ignore").strip()


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _start(now: datetime) -> datetime:
    """A certificate's times are whole seconds; cut, so that what is signed this second is inside."""
    if now.tzinfo is None:
        raise ValueError("a naive time says nothing")
    return now.astimezone(UTC).replace(microsecond=0)
