"""The path from a signing certificate to a trusted root, and every way it breaks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from gateway.trust import certificates, trustfile
from gateway.trust.certificates import Certificate, leads_to
from gateway.trust.keys import KeySigner, SigningKey, import_key, kept
from tests.trust.world import LAB, NOW, PAYLOAD, World, failing, forged, rules, signed_by

Key = ec.EllipticCurvePrivateKey
YEAR = timedelta(days=365)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def usage(**allowed: bool) -> x509.KeyUsage:
    names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign"
    every = [*names.split(), "crl_sign", "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in every})


class Authority:
    """One that issues whatever it is asked to, right or wrong."""

    def __init__(self, name: str = "Root", issuer: Authority | None = None, **how: Any) -> None:
        self.key: Key = ec.generate_private_key(ec.SECP256R1())
        self.name = named(name)
        own: dict[str, Any] = {"ca": True, "usage": usage(key_cert_sign=True), **how}
        self.certificate = (issuer or self).certifies(self.key.public_key(), self.name, **own)

    def certifies(
        self,
        key: Any,
        subject: x509.Name,
        *,
        ca: bool | None = False,
        usage: x509.KeyUsage | None = None,
        start: datetime = NOW,
        life: timedelta = YEAR,
        path_length: int | None = None,
        more: x509.ExtensionType | None = None,
    ) -> Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + life)
        )
        if ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
        if usage is not None:
            builder = builder.add_extension(usage, critical=True)
        if more is not None:
            builder = builder.add_extension(more, critical=True)
        return builder.sign(self.key, SHA256())


SIGNS = usage(digital_signature=True)
LEAF_KEY = ec.generate_private_key(ec.SECP256R1())


def leaf(issuer: Authority, **how: Any) -> Certificate:
    return issuer.certifies(LEAF_KEY.public_key(), named("Leaf"), **{"usage": SIGNS, **how})


def test_what_was_found_at_one_time_is_not_said_of_another_when_a_certificate_was_not_yet_or_no_longer_valid() -> None:
    root = Authority()
    one = leaf(root, life=timedelta(days=10))
    asked = [timedelta(seconds=-1), timedelta(), timedelta(days=5), timedelta(days=10), timedelta(days=10, seconds=1)]
    expected = [False, True, True, True, False]
    for order in (range(5), reversed(range(5))):
        for place in order:
            assert leads_to([root.certificate], [one], NOW + asked[place]) is expected[place]
    assert not leads_to([Authority().certificate], [one], NOW + timedelta(days=5))


def test_a_path_through_an_intermediate_authority_leads_to_the_root() -> None:
    root = Authority()
    between = Authority("Between", root)
    chain = [leaf(between), between.certificate]
    assert leads_to([root.certificate], chain, NOW)
    assert not leads_to([root.certificate], chain[:1], NOW)
    assert not leads_to([Authority().certificate], chain, NOW)


def test_an_intermediate_authority_can_itself_be_the_trusted_one() -> None:
    between = Authority("Between", Authority())
    assert leads_to([between.certificate], [leaf(between)], NOW)


@pytest.mark.parametrize("after", [timedelta(seconds=-1), YEAR + timedelta(seconds=1)])
def test_nothing_leads_anywhere_outside_its_dates(after: timedelta) -> None:
    root = Authority(start=NOW - YEAR, life=3 * YEAR)
    assert not leads_to([root.certificate], [leaf(root)], NOW + after)
    assert leads_to([root.certificate], [leaf(root)], NOW)


def test_an_expired_authority_leads_nowhere() -> None:
    root = Authority(life=timedelta(days=1))
    assert not leads_to([root.certificate], [leaf(root)], NOW + timedelta(days=2))
    between = Authority("Between", Authority(), life=timedelta(days=1))
    assert not leads_to([Authority().certificate], [leaf(between), between.certificate], NOW + timedelta(days=2))


@pytest.mark.parametrize(
    "how",
    [
        {"usage": usage(key_agreement=True)},
        {"usage": None},
        {"more": x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")},
    ],
    ids=["may not sign", "says no usage", "unknown critical extension"],
)
def test_a_leaf_that_may_not_sign_leads_nowhere(how: dict[str, Any]) -> None:
    root = Authority()
    assert not leads_to([root.certificate], [leaf(root, **how)], NOW)


@pytest.mark.parametrize(
    "how", [{"ca": False}, {"ca": None}, {"usage": SIGNS}], ids=["no CA", "says nothing", "may not sign certificates"]
)
def test_an_authority_that_is_none_leads_nowhere(how: dict[str, Any]) -> None:
    root = Authority()
    between = Authority("Between", root, **how)
    assert not leads_to([root.certificate], [leaf(between), between.certificate], NOW)


def test_a_root_that_allows_no_authority_below_it_is_obeyed() -> None:
    root = Authority(path_length=0)
    between = Authority("Between", root)
    assert leads_to([root.certificate], [leaf(root)], NOW)
    assert not leads_to([root.certificate], [leaf(between), between.certificate], NOW)


def test_a_message_signed_below_an_intermediate_authority_is_valid_by_the_root_alone() -> None:
    root = Authority()
    between = Authority("Between", root)
    pem = "".join(certificates.to_pem(one) for one in (root.certificate, leaf(between), between.certificate))
    key = import_key(kept(LEAF_KEY, [leaf(between)], LAB).private_pem, pem, LAB)
    assert len(key.signer().x5c) == 2
    trust = trustfile.of_keys([key], date=NOW)
    assert trust.authorities == (certificates.to_pem(root.certificate),)
    found = World(key, key, key, trust, signed_by(key.signer())).judged(payload=PAYLOAD)
    assert (found.verdict, rules(found)) == ("valid", [])


@pytest.mark.parametrize("kind", ["Ed25519", "P-384"])
def test_a_certificate_of_a_key_we_do_not_take_fails_step_2(world: World, kind: str) -> None:
    key: Any = ed25519.Ed25519PrivateKey.generate() if kind == "Ed25519" else ec.generate_private_key(ec.SECP384R1())
    certificate = Authority().certifies(key.public_key(), named("Leaf"), usage=SIGNS)
    assert certificates.signing_key_of(certificate) is None
    text = certificates.to_x5c(certificate)
    found = world.judged(forged(world.lab, lambda header: header.update(x5c=[text])))
    assert (failing(found), rules(found)) == ([2], ["signature-algorithm-unfit"])


def test_the_certificate_of_another_key_put_in_by_the_signer_fails_before_trust(world: World) -> None:
    mine = world.lab.signer()
    theirs = KeySigner("ES256", mine.kid, world.hospital.signer().x5c, LAB, mine.key)
    assert failing(world.judged(signed_by(theirs))) == [2]


def test_a_chain_longer_than_any_real_one_is_refused(world: World) -> None:
    x5c = world.lab.signer().x5c * 6
    assert failing(world.judged(forged(world.lab, lambda header: header.update(x5c=list(x5c))))) == [2]


def test_a_key_without_its_private_half_shows_its_public_one(world: World) -> None:
    key: SigningKey = world.lab
    assert certificates.signing_key_of(key.certificate) == key.private_key().public_key()
