"""Each of the ten steps, and a message that fails at exactly that one; the form, step 1, is in test_form.py."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gateway.jsontext import dumps, loads
from gateway.trust import trustfile
from gateway.trust.authority import issue, new_authority
from gateway.trust.base64url import decode, encode
from gateway.trust.keys import KeySigner
from gateway.trust.trustfile import Revocation
from tests.trust.world import (
    HOSPITAL,
    NOW,
    PAYLOAD,
    World,
    as_sent,
    changed,
    failing,
    forged,
    rules,
    signed_by,
    unsigned,
    with_jws,
)

STEP_NAMES = ["form", "algorithm", "signature", "chain", "revocation"]
STEP_NAMES += ["facility", "provenance", "digits", "payload", "log"]


def test_a_signed_message_is_valid_and_every_step_is_named(world: World) -> None:
    found = world.judged(as_sent(world.signed)).as_json()
    assert found["verdict"] == "valid"
    assert [step["step"] for step in found["steps"]] == list(range(1, 11))
    assert [step["name"] for step in found["steps"]] == STEP_NAMES
    assert [step["verdict"] for step in found["steps"]] == ["pass"] * 9 + ["omit"]
    assert found["reasons"] == []


def test_a_message_indented_anew_is_still_valid(world: World) -> None:
    spread = as_sent(world.signed).replace(b'":{', b'" : {\n    ').replace(b"},{", b"} ,\r\n\t{")
    assert spread.count(b"\n") > 10
    assert world.judged(spread).valid


def test_members_in_another_order_are_still_valid(world: World) -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(list(value))}
        return [turned(item) for item in value] if isinstance(value, list) else value

    assert world.judged(dumps(turned(world.signed))).valid


# 2 algorithm allow-list


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES384", "EdDSA", "", None, ["ES256"]])
def test_step_2_an_algorithm_not_on_the_list_is_invalid(world: World, alg: Any) -> None:
    found = world.judged(forged(world.lab, lambda header: header.update(alg=alg)))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [2], ["signature-algorithm"])


def test_step_2_alg_none_with_an_empty_signature_never_gets_that_far(world: World) -> None:
    bundle = forged(world.lab, lambda header: header.update(alg="none"))
    found = world.judged(with_jws(bundle, lambda jws: jws[: jws.index("..") + 2]))
    assert (found.verdict, failing(found)) == ("invalid", [1])


@pytest.mark.parametrize("alg", ["RS256", "PS256"])
def test_step_2_an_algorithm_of_another_key_type_is_invalid(world: World, alg: str) -> None:
    found = world.judged(forged(world.lab, lambda header: header.update(alg=alg)))
    assert (failing(found), rules(found)) == ([2], ["signature-algorithm-unfit"])


@pytest.mark.parametrize("extra", ["crit", "b64", "jwk", "jku", "x5u", "cty", "irtS256"])
def test_step_2_a_header_member_too_many_is_invalid(world: World, extra: str) -> None:
    found = world.judged(forged(world.lab, lambda header: header.update({extra: ["x"]})))
    assert (failing(found), rules(found)) == ([2], ["signature-header-members"])


@pytest.mark.parametrize("name", ["typ", "kid", "x5c", "sigT", "canon", "srCms", "lexS256", "payS256"])
def test_step_2_a_header_member_too_few_is_invalid(world: World, name: str) -> None:
    found = world.judged(forged(world.lab, lambda header: header.pop(name)))
    assert (failing(found), rules(found)) == ([2], ["signature-header-members"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("typ", "JWT"),
        ("canon", "urn:other"),
        ("srCms", []),
        ("sigT", "2026-11-22T03:04:05+00:00"),
        ("sigT", "2026-11-22T03:04:05.0Z"),
        ("sigT", "2026-13-22T03:04:05Z"),
        ("sigT", 1795316645),
        ("x5c", []),
        ("x5c", "MII"),
        ("lexS256", "short"),
        ("lexS256", None),
        ("payS256", "A" * 44),
    ],
)
def test_step_2_a_header_member_of_another_value_is_invalid(world: World, name: str, value: Any) -> None:
    found = world.judged(forged(world.lab, lambda header: header.update({name: value})))
    assert (failing(found), rules(found)) == ([2], ["signature-header-value"])


@pytest.mark.parametrize("value", ["MII", "AAAA", 5, {}])
def test_step_2_an_unreadable_certificate_is_invalid(world: World, value: Any) -> None:
    found = world.judged(forged(world.lab, lambda header: header.update(x5c=[value])))
    assert (failing(found), rules(found)) == ([2], ["signature-certificate-unreadable"])


def test_step_2_a_kid_of_another_key_is_invalid(world: World) -> None:
    found = world.judged(forged(world.lab, lambda header: header.update(kid=world.hospital.kid)))
    assert (failing(found), rules(found)) == ([2], ["signature-kid"])


# 3 the JWS over the canonical bytes


def test_step_3_a_changed_value_is_invalid(world: World) -> None:
    found = world.judged(as_sent(world.signed).replace(b"5.10", b"5.20"))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [3], ["signature-differs"])


def test_step_3_a_signature_by_another_key_than_the_certificates_is_invalid(world: World) -> None:
    theirs = world.lab.signer()
    stranger = KeySigner("ES256", theirs.kid, theirs.x5c, theirs.facility, world.hospital.private_key())
    found = world.judged(signed_by(stranger))
    assert (failing(found), rules(found)) == ([3], ["signature-differs"])


def test_step_3_an_es256_signature_in_der_is_refused(world: World) -> None:
    def in_der(jws: str) -> str:
        first, signature = jws.split("..")
        raw = decode(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        return f"{first}..{encode(der)}"

    found = world.judged(with_jws(world.signed, in_der))
    assert (failing(found), rules(found)) == ([3], ["signature-differs"])


def test_step_3_an_es256_signature_padded_with_a_zero_is_refused(world: World) -> None:
    """The same two numbers in 65 octets would be a second spelling of one signature."""

    def padded(jws: str) -> str:
        first, signature = jws.split("..")
        raw = decode(signature)
        return f"{first}..{encode(raw[:32] + bytes(1) + raw[32:])}"

    found = world.judged(with_jws(world.signed, padded))
    assert (failing(found), rules(found)) == ([3], ["signature-differs"])


def test_step_3_a_number_that_has_no_canonical_form_is_invalid(world: World) -> None:
    found = world.judged(as_sent(world.signed).replace(b'"value":5.10', b'"value":1e999'))
    assert (found.verdict, failing(found)) == ("invalid", [3])


# 4 the certificate chain


def test_step_4_a_certificate_of_a_foreign_authority_is_invalid(world: World) -> None:
    foreign = issue(new_authority("Thử nghiệm", now=NOW), facility="79001", name="Phòng xét nghiệm", now=NOW)
    found = world.judged(signed_by(foreign.signer()))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [4], ["trust-no-path"])


def test_step_4_a_chain_that_brings_its_own_root_is_no_more_trusted(world: World) -> None:
    root = new_authority("Thử nghiệm", now=NOW)
    foreign = issue(root, facility="79001", name="Phòng xét nghiệm", now=NOW).signer()
    brought = KeySigner(foreign.alg, foreign.kid, (*foreign.x5c, *root.signer().x5c), "79001", foreign.key)
    assert failing(world.judged(signed_by(brought))) == [4]


def test_step_4_a_signature_from_the_future_is_invalid_beyond_a_small_skew(world: World) -> None:
    near, far = (signed_by(world.lab.signer(), NOW + after) for after in (timedelta(minutes=5), timedelta(minutes=6)))
    assert world.judged(near).valid
    found = world.judged(far)
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [4], ["signature-from-the-future"])


def test_step_4_a_signature_older_than_its_certificate_is_invalid(world: World) -> None:
    found = world.judged(signed_by(world.lab.signer(), NOW - timedelta(seconds=1)))
    assert (failing(found), rules(found)) == ([4], ["trust-no-path"])


# 5 revocation


def test_step_5_a_key_revoked_before_it_signed_is_invalid(world: World) -> None:
    trust = trustfile.TrustFile(
        NOW, world.trust.authorities, world.trust.bindings, (Revocation(world.lab.kid, NOW, "lost"),)
    )
    found = world.judged(trust=trust)
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [5], ["trust-revoked"])


# 6 facility binding


def test_step_6_a_key_that_signs_for_another_facility_is_invalid(world: World) -> None:
    found = world.judged(signed_by(world.lab.signer(), facility=HOSPITAL))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [6], ["trust-wrong-facility"])


def test_step_6_a_key_of_a_trusted_authority_that_nobody_bound_is_invalid(world: World) -> None:
    unknown = issue(world.root, facility="79001", name="Phòng xét nghiệm", now=NOW)
    found = world.judged(signed_by(unknown.signer()))
    assert (failing(found), rules(found)) == ([6], ["trust-key-unknown"])


# 7 the Provenance agrees with the header


@pytest.mark.parametrize("name", ["recorded", "when"])
@pytest.mark.parametrize("text", ["2026-11-22T03:04:06Z", "2026-11-22T03:04:05", "2026-11-22", 5, None, "x"])
def test_step_7_another_time_than_sig_t_is_invalid(world: World, name: str, text: Any) -> None:
    def change(bundle: Any) -> None:
        provenance = bundle["entry"][-1]["resource"]
        (provenance if name == "recorded" else provenance["signature"][0])[name] = text

    found = world.judged(changed(world.signed, change))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [7], ["signature-time-differs"])


def test_step_7_the_same_instant_in_another_zone_agrees(world: World) -> None:
    def change(bundle: Any) -> None:
        bundle["entry"][-1]["resource"]["recorded"] = "2026-11-22T10:04:05+07:00"

    assert world.judged(changed(world.signed, change)).valid


@pytest.mark.parametrize("part", ["agent", "signature"])
def test_step_7_another_who_than_the_sender_is_invalid(world: World, part: str) -> None:
    def change(bundle: Any) -> None:
        bundle["entry"][-1]["resource"][part][0]["who"]["identifier"]["value"] = HOSPITAL

    found = world.judged(changed(world.signed, change))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [7], ["signature-who-differs"])


def test_step_7_an_unsigned_name_beside_who_is_invalid(world: World) -> None:
    def change(bundle: Any) -> None:
        bundle["entry"][-1]["resource"]["agent"][0]["who"]["display"] = "Bệnh viện khác"

    assert failing(world.judged(changed(world.signed, change))) == [7]


# 8 the digits


@pytest.mark.parametrize("other", [b"5.1", b"5.100", b"51e-1", b"0.510e1"])
def test_step_8_the_same_number_in_other_digits_is_invalid(world: World, other: bytes) -> None:
    found = world.judged(as_sent(world.signed).replace(b"5.10", other))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [8], ["signature-digits-differ"])


# 9 the payload


def test_step_9_another_payload_is_invalid(world: World) -> None:
    found = world.judged(payload=PAYLOAD + b"\n")
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [9], ["signature-payload-differs"])


def test_step_9_without_the_payload_there_is_nothing_to_check(world: World) -> None:
    found = world.judged(payload=None)
    assert (found.verdict, found.word(9)) == ("valid", "omit")


# trust


def test_without_a_trust_file_the_verdict_is_unverifiable(world: World) -> None:
    found = world.judged(trust=None)
    assert (found.verdict, rules(found)) == ("unverifiable", ["trust-not-given"])
    assert [found.word(number) for number in (4, 5, 6)] == ["error"] * 3


def test_without_a_trust_file_a_changed_message_is_still_invalid(world: World) -> None:
    assert world.judged(as_sent(world.signed).replace(b"5.10", b"5.1"), trust=None).verdict == "invalid"
    assert world.judged(payload=b"other", trust=None).verdict == "invalid"


def test_signing_leaves_the_unsigned_message_as_it_was(world: World) -> None:
    assert {**world.signed, "entry": world.signed["entry"][:-1]} == unsigned()


def test_a_verdict_reads_as_json_in_both_languages(world: World) -> None:
    found = world.judged(trust=None)
    english, vietnamese = (found.as_json(language)["reasons"][0] for language in ("en", "vi"))
    assert english["rule"] == vietnamese["rule"] == "trust-not-given"
    assert english["text"] != vietnamese["text"]
    assert json.loads(json.dumps(found.as_json())) == found.as_json()
    assert loads(dumps(copy.deepcopy(found.as_json()))) == found.as_json()
