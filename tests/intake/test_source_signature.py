"""The facility's own signature on its file: the verdict, where it is told, and what a setting decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import PayloadError
from gateway.facility import Facility
from gateway.r4 import check
from gateway.source_signature import attested
from gateway.trust.certificates import to_pem
from gateway.trust.verify import verify
from tests.bhyt.building import payload
from tests.bhyt.signing import NOW, RSA_SHA1, SHA1, authority, signed, signed_at, signer
from tests.bhyt.test_signature import record
from tests.intake.world import HOSPITAL, World

PAYLOADS = Path(__file__).parents[1] / "bhyt" / "payloads"
BELIEVING = Facility(HOSPITAL, "Bệnh viện Thử", signature_roots=authority().roots)
SAMPLE_ROOT = (PAYLOADS / "test_cert.pem").read_text("ascii")
PLAIN = payload()
ENDED = signer(days=(-100, -50))


def verdict(data: bytes, **changed: Any) -> tuple[str, str]:
    """(verdict, rule); an invalid one is the rule that refuses it."""
    try:
        found = attested(record(data).signature, replace(BELIEVING, **changed), NOW)
    except PayloadError as refused:
        return "invalid", refused.issues[0].rule
    return found.word, found.issues[0].rule


def tag(bundle: dict[str, Any]) -> str:
    (coding,) = bundle["entry"][0]["resource"]["meta"]["tag"]
    assert coding["system"].endswith("/CodeSystem/source-signature")
    return str(coding["code"])


# ---- on its way -----------------------------------------------------------------------


def test_a_valid_signature_stands_in_the_answer_the_account_and_the_signed_message(world: World) -> None:
    world.change(BELIEVING)
    data = signed(PLAIN)
    (line,) = world.take(data, HOSPITAL).exchanges
    assert (line["status"], line["signature"]) == ("kept", "valid")
    assert world.account(line["id"])["signature"]["scope"] == ["document"]
    bundle = world.exchange(line["id"])["bundle"]
    assert tag(bundle) == "valid"
    assert verify(bundle, trust=world.keyring.public_trust(), now=world.now(), payload=data).verdict == "valid"
    assert [issue for issue in check(bundle) if issue.refuses] == []
    assert world.take(data, HOSPITAL).exchanges == [line]


@pytest.mark.parametrize(("setting", "status"), [("", "kept"), ("hold", "held")])
def test_a_facilitys_setting_decides_about_a_file_without_a_signature(world: World, setting: str, status: str) -> None:
    world.change(replace(BELIEVING, signature=setting))
    (line,) = world.take(PLAIN, HOSPITAL).exchanges
    assert (line["status"], line["signature"]) == (status, "absent")
    assert "source-signature-absent" in world.exchange(line["id"])["rules"]
    if status == "held":
        world.intake.release(line["id"], "seen", actor="test")
    assert tag(world.exchange(line["id"])["bundle"]) == "absent"


def test_required_and_not_there_is_refused_and_nothing_is_kept(world: World) -> None:
    world.change(replace(BELIEVING, signature="require"))
    with pytest.raises(PayloadError) as refused:
        world.take(PLAIN, HOSPITAL)
    assert [issue.rule for issue in refused.value.issues] == ["source-signature-required", "source-signature-absent"]
    assert world.audit()[-1] == "payload-refused"
    assert world.all_of("Patient") == []


def test_a_failing_signature_refuses_the_payload_whatever_the_setting(world: World) -> None:
    with pytest.raises(PayloadError, match="changed after signing"):
        world.take((PAYLOADS / "3176_full_signed_then_modified.xml").read_bytes(), HOSPITAL)
    assert world.audit()[-1] == "payload-refused"


# ---- whose it is, and when ------------------------------------------------------------


def test_the_sample_verifies_with_its_certificate() -> None:
    sample = (PAYLOADS / "3176_full_signed_test.xml").read_bytes()
    assert verdict(sample, signature_roots=SAMPLE_ROOT)[0] == "valid"
    assert verdict(sample) == ("invalid", "source-signature-untrusted")


def test_without_configured_authorities_nothing_is_valid() -> None:
    assert verdict(signed(PLAIN), signature_roots="") == ("unverifiable", "source-signature-nobody-believed")
    assert verdict(signed(PLAIN), signature_roots="", signature="require") == ("invalid", "source-signature-required")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (signed(PLAIN), ("valid", "source-signature-valid")),
        (signed(PLAIN, signer(ca="CA KHÁC")), ("invalid", "source-signature-untrusted")),
        (signed(PLAIN, ENDED), ("unverifiable", "source-signature-expired")),
        (signed(PLAIN, signer(days=(50, 100))), ("invalid", "source-signature-out-of-force")),
        (signed_at(PLAIN, "2026-11-01T08:00:00", ENDED), ("invalid", "source-signature-out-of-force")),
        (signed_at(PLAIN, "2026-09-01T08:00:00", ENDED), ("valid", "source-signature-valid")),
        (signed_at(PLAIN, "2027-09-01T08:00:00Z"), ("invalid", "source-signature-time")),
        (signed_at(PLAIN, "hôm qua"), ("invalid", "source-signature-time")),
        (signed_at(PLAIN, "0001-01-01T00:00:00+14:00"), ("invalid", "source-signature-time")),
        (signed(PLAIN, method=RSA_SHA1), ("invalid", "source-signature-weak")),
        (signed(PLAIN, digest=SHA1), ("invalid", "source-signature-weak")),
        (signed(PLAIN, signer(bits=1024)), ("invalid", "source-signature-weak")),
    ],
)  # fmt: skip
def test_what_a_signature_is_worth(data: bytes, found: tuple[str, str]) -> None:
    assert verdict(data) == found


def test_archives_may_be_weak_where_the_facility_says_so() -> None:
    assert verdict(signed(PLAIN, method=RSA_SHA1, digest=SHA1), weak_signatures=True)[0] == "valid"
    old = signer(bits=1024)
    named = to_pem(old.certificate)
    assert verdict(signed(PLAIN, old), weak_signatures=True, signature_roots=named)[0] == "valid"


def test_a_named_certificate_is_believed_while_it_holds() -> None:
    assert verdict(signed(PLAIN, ENDED), signature_roots=to_pem(ENDED.certificate))[0] == "unverifiable"


def test_another_customer_of_the_same_authority_is_not_the_facility() -> None:
    assert verdict(signed(PLAIN), signature_subject="MST:0000000000")[0] == "valid"
    assert verdict(signed(PLAIN), signature_subject="MST:0100000000") == ("invalid", "source-signature-subject")


def test_a_signing_time_without_a_zone_is_the_facilitys_local_time() -> None:
    minute_ahead = (NOW + timedelta(hours=7, minutes=1)).replace(tzinfo=None).isoformat()
    assert verdict(signed_at(PLAIN, minute_ahead))[0] == "valid"
    assert verdict(signed_at(PLAIN, minute_ahead), utc_offset="+00:00") == ("invalid", "source-signature-time")
