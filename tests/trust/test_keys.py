"""Signing keys: made, imported, kept encrypted, chosen; thumbprints and the keys of OAuth clients."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from gateway.errors import SettingsError
from gateway.trust.authority import SIGNING_LIFE, issue, new_authority
from gateway.trust.jwk import new_client_key, public_jwks, thumbprint
from gateway.trust.keys import active, import_key
from tests.trust import vectors
from tests.trust.world import LAB, NOW, World, signed_by

# RFC 7638 section 3.1, the example
RFC_7638 = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3o"
    "knjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
    "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awap"
    "JzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}


def pem(key: Any) -> str:
    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.decode()


def rule(raised: pytest.ExceptionInfo[SettingsError]) -> str:
    return raised.value.issues[0].rule


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    assert thumbprint(RFC_7638) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_new_key_is_named_by_its_thumbprint_and_lives_two_years(world: World) -> None:
    jwk = world.lab.public_jwk()
    assert world.lab.kid == jwk["kid"] == thumbprint(jwk)
    assert (world.lab.valid_from, world.lab.valid_to) == (NOW, NOW + SIGNING_LIFE)
    assert (jwk["kty"], jwk["crv"], jwk["alg"], "d" in jwk) == ("EC", "P-256", "ES256", False)


def test_a_private_key_is_not_in_what_a_log_would_show(world: World) -> None:
    assert "PrivateKey" not in repr(world.lab.signer())


def test_a_passphrase_encrypts_the_private_key() -> None:
    root = new_authority("Thử", now=NOW, passphrase="mở ra")
    key = issue(root, facility=LAB, name="", now=NOW, passphrase="khác", authority_passphrase="mở ra")
    assert "BEGIN ENCRYPTED PRIVATE KEY" in key.private_pem
    assert key.signer("khác").kid == key.kid
    for wrong in ("mở ra", None, ""):
        with pytest.raises(SettingsError) as raised:
            key.signer(wrong)
        assert rule(raised) == "key-unreadable"


@pytest.mark.parametrize("alg", ["RS256", "PS256"])
def test_an_imported_rsa_key_signs_by_either_of_its_algorithms(alg: Any) -> None:
    given = vectors.rsa_key()
    key = import_key(given.private_pem, "".join(reversed(given.chain)), LAB)
    assert (key.kid, key.chain) == (given.kid, given.chain)
    found = vectors.judged(signed_by(key.signer(alg=alg)))
    assert (found.verdict, found.message and found.message.protected["alg"]) == ("valid", alg)


def test_an_imported_ec_key_is_the_same_key_kept_with_another_passphrase(world: World) -> None:
    key = import_key(world.lab.private_pem, "".join(world.lab.chain), LAB, keep_with="khoá")
    assert replace(key, private_pem="") == replace(world.lab, private_pem="")
    assert key.signer("khoá").x5c == world.lab.signer().x5c


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 1024),  # noqa: S505  the key to refuse
    ],
    ids=["P-384", "Ed25519", "RSA 1024"],
)
def test_a_key_of_another_kind_or_too_small_is_refused(world: World, key: Any) -> None:
    with pytest.raises(SettingsError) as raised:
        import_key(pem(key), "".join(world.lab.chain), LAB)
    assert rule(raised) == "key-type-refused"


def test_an_import_without_the_certificate_of_the_key_is_refused(world: World) -> None:
    with pytest.raises(SettingsError) as raised:
        import_key(world.lab.private_pem, "".join(world.hospital.chain), LAB)
    assert rule(raised) == "key-without-certificate"


def test_an_import_without_the_authority_is_refused(world: World) -> None:
    with pytest.raises(SettingsError) as raised:
        import_key(world.lab.private_pem, world.lab.chain[0], LAB)
    assert rule(raised) == "key-chain-incomplete"


def test_an_import_with_an_authority_of_the_same_name_but_another_key_is_refused(world: World) -> None:
    double = new_authority("Thử nghiệm", now=NOW)
    with pytest.raises(SettingsError) as raised:
        import_key(world.lab.private_pem, world.lab.chain[0] + double.chain[0], LAB)
    assert rule(raised) == "key-chain-broken"


@pytest.mark.parametrize(("private", "chain", "told"), [("x", "y", "key-unreadable"), ("", "y", "key-unreadable")])
def test_what_is_not_a_key_is_refused(private: str, chain: str, told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        import_key(private, chain, LAB)
    assert rule(raised) == told


def test_what_is_not_a_certificate_is_refused(world: World) -> None:
    with pytest.raises(SettingsError) as raised:
        import_key(world.lab.private_pem, "not PEM", LAB)
    assert rule(raised) == "key-chain-unreadable"


def test_an_algorithm_the_key_cannot_sign_by_is_refused(world: World) -> None:
    with pytest.raises(SettingsError):
        world.lab.signer(alg="PS256")


def test_the_newest_active_key_signs(world: World) -> None:
    later = issue(world.root, facility=LAB, name="", now=NOW + timedelta(days=1))
    assert active([world.lab, later], NOW + timedelta(days=2)) == later
    assert active([world.lab, later], NOW) == world.lab


@pytest.mark.parametrize(
    "change", [{"active": False}, {"revoked_at": NOW}, {"private_pem": ""}, {"valid_to": NOW}], ids=str
)
def test_a_key_that_may_not_sign_is_not_chosen(world: World, change: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as raised:
        active([replace(world.lab, **change)], NOW)
    assert rule(raised) == "key-none-active"


def test_a_clients_key_signs_a_jwt_its_public_set_verifies() -> None:
    private = new_client_key()
    public = public_jwks(private)
    assert "d" not in public["keys"][0]
    assert private["kid"] == public["keys"][0]["kid"] == thumbprint(private)
    token = jwt.encode({"alg": "ES384", "kid": private["kid"]}, {"sub": "x"}, ECKey.import_key(private), ["ES384"])
    assert jwt.decode(token, KeySet([ECKey.import_key(one) for one in public["keys"]]), ["ES384"]).claims == {
        "sub": "x"
    }


def test_two_clients_have_two_keys() -> None:
    assert new_client_key()["d"] != new_client_key()["d"]


@pytest.mark.parametrize(
    "given", [{}, {"kty": "oct", "k": "x"}, {"kty": "EC", "x": "y"}, {"kty": "RSA", "n": 5, "e": "x"}]
)
def test_what_is_no_asymmetric_key_has_no_public_set(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        public_jwks(given)
