"""Signers and signed files for the tests: keys made here, for nobody; each trick is one argument away."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from gateway.trust.certificates import to_pem

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
NS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{NS}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = f"{NS}rsa-sha1"
HMAC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = f"{NS}sha1"
_HASHES: dict[str, Any] = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1()}  # noqa: S303  # what old archives are signed with


@dataclass(frozen=True)
class Signer:
    """A key, its certificate, and the authority's."""

    key: Any
    certificate: x509.Certificate
    root: x509.Certificate

    @property
    def roots(self) -> str:
        return to_pem(self.root)


def _certificate(name: str, key: Any, issuer: Signer | None, start: datetime, end: datetime) -> Signer:
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.USER_ID, "MST:0000000000")]
    )
    authority = issuer is None
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is not None:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        made = made.add_extension(above, critical=False)
    certificate = made.sign(issuer.key if issuer else key, hashes.SHA256())
    return Signer(key, certificate, issuer.certificate if issuer else certificate)


def authority(name: str = "CA THỬ") -> Signer:
    return _authority(name)


@cache
def _authority(name: str) -> Signer:
    return _certificate(
        name, ec.generate_private_key(ec.SECP256R1()), None, NOW - timedelta(3650), NOW + timedelta(3650)
    )


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def signer(
    name: str = "BỆNH VIỆN THỬ", *, bits: int = 2048, ca: str = "CA THỬ", days: tuple[int, int] = (-100, 100)
) -> Signer:
    """Of an authority; ``days``: from and until when its certificate holds, from NOW."""
    start, end = (NOW + timedelta(day) for day in days)
    return _certificate(name, rsa_key(bits), authority(ca), start, end)


@cache
def elliptic() -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    return _certificate("BỆNH VIỆN EC", key, authority(), NOW - timedelta(9), NOW + timedelta(9))


def canonical(xml: str | bytes | etree._Element) -> bytes:
    return etree.tostring(etree.fromstring(xml) if isinstance(xml, str | bytes) else xml, method="c14n")


def reference(uri: str | None, covered: bytes, *transforms: str, digest: str = SHA256) -> str:
    made = hashes.Hash(_HASHES[digest.rpartition("#")[2]])
    made.update(covered)
    steps = "".join(one if one.startswith("<") else f'<Transform Algorithm="{one}"/>' for one in transforms)
    named = "" if uri is None else f' URI="{uri}"'
    return (
        f"<Reference{named}>" + (f"<Transforms>{steps}</Transforms>" if steps else "")
        + f'<DigestMethod Algorithm="{digest}"/>'
        + f"<DigestValue>{base64.b64encode(made.finalize()).decode()}</DigestValue></Reference>"
    )  # fmt: skip


def signature(*references: str, by: Signer, method: str = RSA_SHA256, key_info: str = "", objects: str = "") -> str:
    """The Signature element over references already made."""
    info = (
        f'<SignedInfo xmlns="{NS}"><CanonicalizationMethod Algorithm="{C14N}"/>'
        f'<SignatureMethod Algorithm="{method}"/>{"".join(references)}</SignedInfo>'
    )
    signed = canonical(info)
    if method == HMAC_SHA256:  # the trick: the public key, which everybody has, as the secret
        mac = HMAC(by.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), hashes.SHA256())
        mac.update(signed)
        value = mac.finalize()
    elif method == ECDSA_SHA256:
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        r, s = decode_dss_signature(by.key.sign(signed, ec.ECDSA(hashes.SHA256())))
        value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        value = by.key.sign(signed, padding.PKCS1v15(), _HASHES[method.rpartition("-")[2]])
    der = base64.b64encode(by.certificate.public_bytes(Encoding.DER)).decode()
    carried = f"<X509Data><X509Certificate>{der}</X509Certificate></X509Data>{key_info}"
    return (
        f'<Signature xmlns="{NS}">{info}<SignatureValue>{base64.b64encode(value).decode()}</SignatureValue>'
        f"<KeyInfo>{carried}</KeyInfo>{objects}</Signature>"
    )


def placed(data: bytes, made: str) -> bytes:
    """The payload with a Signature where the format puts it."""
    return data.replace(b"<CHUKYDONVI></CHUKYDONVI>", f"<CHUKYDONVI>{made}</CHUKYDONVI>".encode())


def signed(data: bytes, by: Signer | None = None, *, digest: str = SHA256, **how: Any) -> bytes:
    """The whole document signed, as the files in use are."""
    whole = reference("", canonical(data), ENVELOPED, C14N, digest=digest)
    return placed(data, signature(whole, by=by or signer(), **how))


def signed_at(data: bytes, when: str, by: Signer | None = None) -> bytes:
    """The whole document signed, with a signing time among what is signed."""
    told = f'<Object xmlns="{NS}" Id="t"><SigningTime xmlns="urn:x">{when}</SigningTime></Object>'
    both = reference("", canonical(data), ENVELOPED, C14N), reference("#t", canonical(told), C14N)
    return placed(data, signature(*both, by=by or signer(), objects=told))


def named(data: bytes, **ids: str) -> bytes:
    """Parts of the payload with an Id: ``THONGTINHOSO="a"``."""
    for part, name in ids.items():
        data = data.replace(f"<{part}>".encode(), f'<{part} Id="{name}">'.encode(), 1)
    return data


def part(data: bytes, name: str) -> bytes:
    """The canonical bytes of a child of the root."""
    found = etree.fromstring(data).find(name)
    assert found is not None
    return canonical(etree.tostring(found, with_tail=False))


def signed_parts(data: bytes, *, by: Signer | None = None, **ids: str) -> bytes:
    """Each named part signed by its Id, as the guide words the scope."""
    data = named(data, **ids)
    references = [reference(f"#{name}", part(data, which), C14N) for which, name in ids.items()]
    return placed(data, signature(*references, by=by or signer()))
