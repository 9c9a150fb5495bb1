"""Expired and revoked keys, and what a receipt proves about time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.trust import trustfile
from gateway.trust.authority import issue, new_authority
from gateway.trust.instants import sig_t
from gateway.trust.trustfile import Revocation, TrustFile
from gateway.trust.verify import MAX_RECEIPTS, verify
from tests.trust.world import HOSPITAL, LAB, LATER, NOW, World, changed, failing, rules, signed_by

DAY = timedelta(days=1)


def revoking(world: World, *revocations: Revocation) -> TrustFile:
    return replace(world.trust, revocations=revocations)


def test_an_expired_key_without_a_receipt_is_unverifiable(world: World) -> None:
    found = world.judged(now=LATER)
    assert (found.verdict, found.word(4), rules(found)) == ("unverifiable", "error", ["trust-expired", "trust-expired"])


def test_an_expired_key_with_a_receipt_of_its_time_is_valid(world: World) -> None:
    found = world.judged(now=LATER, receipts=[world.receipt()])
    assert (found.verdict, rules(found)) == ("valid", [])


def test_the_earliest_of_several_receipts_counts(world: World) -> None:
    late = world.receipt(after=timedelta(days=729))
    assert world.judged(now=LATER, receipts=[late, world.receipt()]).valid
    trust = revoking(world, Revocation(world.lab.kid, NOW + DAY))
    assert world.judged(now=LATER, trust=trust, receipts=[late, world.receipt()]).valid
    assert not world.judged(now=LATER, trust=trust, receipts=[late]).valid


def test_a_signature_made_after_its_key_expired_is_invalid(world: World) -> None:
    found = verify(signed_by(world.lab.signer(), LATER - DAY), trust=world.trust, now=LATER)
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [4], ["trust-no-path"])


def test_a_binding_that_ended_before_the_signature_is_invalid(world: World) -> None:
    bindings = tuple(replace(one, start=NOW - DAY, end=NOW) for one in world.trust.bindings)
    found = world.judged(trust=replace(world.trust, bindings=bindings))
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [6], ["trust-not-bound-then"])


def test_a_binding_that_begins_after_the_signature_is_invalid(world: World) -> None:
    bindings = tuple(replace(one, start=NOW + DAY) for one in world.trust.bindings)
    assert failing(world.judged(trust=replace(world.trust, bindings=bindings), now=NOW + 2 * DAY)) == [6]


def test_a_binding_that_ended_since_is_unverifiable_unless_a_receipt_is_older(world: World) -> None:
    bindings = tuple(replace(one, end=NOW + DAY) if one.facility == LAB else one for one in world.trust.bindings)
    trust = replace(world.trust, bindings=bindings)
    assert world.judged(trust=trust, now=NOW + 2 * DAY).verdict == "unverifiable"
    assert world.judged(trust=trust, now=NOW + 2 * DAY, receipts=[world.receipt()]).valid


def test_a_key_revoked_after_a_proven_signature_is_valid(world: World) -> None:
    trust = revoking(world, Revocation(world.lab.kid, NOW + DAY, "lost"))
    assert world.judged(trust=trust, now=NOW + 2 * DAY, receipts=[world.receipt()]).valid


def test_a_key_revoked_after_an_unproven_signature_is_invalid(world: World) -> None:
    """Who has the stolen key can write any sigT."""
    trust = revoking(world, Revocation(world.lab.kid, NOW + DAY, "lost"))
    found = world.judged(trust=trust, now=NOW + 2 * DAY)
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [5], ["trust-revoked-unproven"])


def test_a_receipt_made_after_the_revocation_proves_nothing_against_it(world: World) -> None:
    trust = revoking(world, Revocation(world.lab.kid, NOW + DAY, "lost"))
    found = world.judged(trust=trust, now=NOW + 3 * DAY, receipts=[world.receipt(after=2 * DAY)])
    assert failing(found) == [5]


def test_the_earliest_of_two_revocations_counts(world: World) -> None:
    trust = revoking(world, Revocation(world.lab.kid, NOW + DAY), Revocation(world.lab.kid, NOW - DAY))
    assert rules(world.judged(trust=trust, receipts=[world.receipt()], now=NOW + DAY)) == ["trust-revoked"]


def test_the_revocation_of_another_key_changes_nothing(world: World) -> None:
    assert world.judged(trust=revoking(world, Revocation(world.hospital.kid, NOW - DAY))).valid


# receipts that prove nothing


def proves_nothing(world: World, receipt: Any, trust: TrustFile | None = None, **more: Any) -> bool:
    found = world.judged(now=LATER, trust=trust or world.trust, receipts=[receipt], **more)
    return found.verdict == "unverifiable" and "receipt-proves-nothing" in rules(found)


def test_a_receipt_by_the_sender_itself_proves_nothing(world: World) -> None:
    assert proves_nothing(world, world.receipt(by=world.lab))


def test_a_receipt_by_another_key_of_the_sender_proves_nothing(world: World) -> None:
    second = issue(world.root, facility=LAB, name="Phòng xét nghiệm", now=NOW)
    trust = trustfile.merge(world.trust, trustfile.of_keys([second], date=NOW))
    assert proves_nothing(world, world.receipt(by=second), trust)


def test_a_receipt_by_a_stranger_proves_nothing(world: World) -> None:
    stranger = issue(new_authority("Lạ", now=NOW), facility=HOSPITAL, name="Bệnh viện", now=NOW)
    assert proves_nothing(world, world.receipt(by=stranger))


def test_a_receipt_by_a_revoked_key_proves_nothing_whenever_it_was_revoked(world: World) -> None:
    assert proves_nothing(world, world.receipt(), revoking(world, Revocation(world.hospital.kid, NOW + 9 * DAY)))


def test_a_receipt_dated_before_the_signature_proves_nothing(world: World) -> None:
    late = replace(world, signed=signed_by(world.lab.signer(), NOW + timedelta(hours=1)))
    assert proves_nothing(late, late.receipt(after=timedelta(minutes=1)))


def test_a_receipt_from_the_future_proves_nothing(world: World) -> None:
    found = world.judged(now=NOW, receipts=[world.receipt(after=timedelta(hours=1))])
    assert rules(found) == ["receipt-proves-nothing"]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_at_the_edge_of_the_calendar_is_invalid_without_a_crash(world: World, text: str) -> None:
    at = sig_t(text)
    for receipts in ([], [world.receipt(signed_at=at)]):
        assert failing(world.judged(signed_by(world.lab.signer(), at), receipts=receipts)) == [4]
    found = world.judged(receipts=[world.receipt(signed_at=at)])
    assert rules(found)[0] == ("receipt-broken" if text.startswith("9") else "receipt-proves-nothing")


def test_a_receipt_that_proves_nothing_does_no_harm(world: World) -> None:
    found = world.judged(receipts=[world.receipt(by=world.lab)])
    assert (found.verdict, rules(found)) == ("valid", ["receipt-proves-nothing"])


# receipts that spoil the file


def test_a_receipt_that_was_changed_is_invalid(world: World) -> None:
    def change(bundle: Any) -> None:
        bundle["entry"][0]["resource"]["response"]["code"] = "fatal-error"

    found = world.judged(receipts=[changed(world.receipt(), change)])
    assert (found.verdict, failing(found), rules(found)[0]) == ("invalid", [4], "receipt-broken")


def test_a_receipt_for_another_message_is_invalid(world: World) -> None:
    other = replace(world, signed=signed_by(world.lab.signer(), NOW + timedelta(seconds=1)))
    assert failing(world.judged(receipts=[other.receipt()])) == [4]
    assert failing(world.judged(receipts=[other.receipt()], trust=None)) == [4]


def test_a_message_is_not_a_receipt(world: World) -> None:
    assert failing(world.judged(receipts=[world.signed])) == [4]


@pytest.mark.parametrize("given", [b"", b"{}", b"nonsense", {"resourceType": "Bundle"}])
def test_nonsense_among_the_receipts_is_invalid(world: World, given: Any) -> None:
    assert failing(world.judged(receipts=[given])) == [4]


def test_more_receipts_than_anyone_needs_are_refused(world: World) -> None:
    found = world.judged(receipts=[world.receipt()] * (MAX_RECEIPTS + 1))
    assert (failing(found), rules(found)) == ([4], ["receipt-too-many"])


# a receipt judged by the sender, as it comes back


def test_a_receipt_is_valid_for_the_request_it_answers_and_invalid_for_another(world: World) -> None:
    message = world.judged().message
    assert message is not None
    assert verify(world.receipt(), trust=world.trust, now=NOW, expect_receipt_for=message.jws).valid
    found = verify(world.receipt(), trust=world.trust, now=NOW, expect_receipt_for=message.jws + "A")
    assert (found.verdict, failing(found), rules(found)) == ("invalid", [9], ["signature-receipt-other"])


def test_the_request_sent_back_is_not_a_receipt(world: World) -> None:
    found = world.judged(expect_receipt_for="x..y")
    assert (failing(found), rules(found)) == ([9], ["signature-not-a-receipt"])
