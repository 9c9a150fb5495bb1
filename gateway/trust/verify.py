"""Verifying a signed message: ten numbered steps, in this order, the same as in docs/signature.md.

     1 form         it is a signed message, and nothing in it is more or less than that
     2 algorithm    the protected header is the listed one; the algorithm is allowed and fits the key
     3 signature    the JWS over the canonical bytes
     4 chain        the certificate leads to a trusted root, when signed
     5 revocation   the key was not revoked, by the dated trust file
     6 facility     the key may sign for MessageHeader.sender, at that time
     7 provenance   the Provenance agrees with the header
     8 digits       every number as it was written (lexS256)
     9 payload      the source bytes (payS256) where at hand; of a receipt, the request (irtS256)
    10 log          inclusion in the log, where given

A step that fails makes the message invalid and ends the checking. One that cannot be
carried out makes it unverifiable, and the later ones still run, so that a changed file is
invalid with or without trust.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from gateway.bundle import Resource
from gateway.errors import PayloadError
from gateway.outcome import Issue, Verdict
from gateway.trust import content, standing
from gateway.trust.base64url import digest
from gateway.trust.case import SKEW, Case
from gateway.trust.form import SignedMessage, parsed, read
from gateway.trust.trustfile import TrustFile
from gateway.trust.verification import Step, Verification, broken, nothing_to_check, passed

MAX_RECEIPTS = 100
_ANY_TIME = datetime(9999, 1, 1, tzinfo=UTC)  # a receipt's integrity does not depend on when it is read


def _step_10_log(_case: Case) -> Verdict:
    """No message carries a log inclusion yet, so there is none to check."""
    return nothing_to_check()


_AFTER_FORM: tuple[tuple[int, str, Callable[[Case], Verdict]], ...] = (
    (2, "algorithm", content.step_2_algorithm),
    (3, "signature", content.step_3_signature),
    (4, "chain", standing.step_4_chain),
    (5, "revocation", standing.step_5_revocation),
    (6, "facility", standing.step_6_facility),
    (7, "provenance", content.step_7_provenance),
    (8, "digits", content.step_8_digits),
    (9, "payload", content.step_9_payload),
    (10, "log", _step_10_log),
)


def verify(
    given: bytes | str | Resource,
    *,
    trust: TrustFile | None,
    now: datetime,
    payload: bytes | None = None,
    receipts: Sequence[bytes | str | Resource] = (),
    expect_receipt_for: str | None = None,
    expect_receipt_sha256: str | None = None,
) -> Verification:
    """Judge a signed Bundle: its bytes, or the value ``gateway.jsontext.loads`` made of them.

    ``payload``: the record's bytes, if at hand. ``receipts``: signed responses to this message,
    which may prove when it existed. ``expect_receipt_for``: the compact JWS of a request, when
    the Bundle must be the receipt for it; ``expect_receipt_sha256`` its base64url SHA-256, where
    that alone was kept. ``now`` is aware. Never raises for what it is given.
    """
    try:
        message = read(parsed(given))
    except PayloadError as refused:
        return refused_form(refused.issues)
    request = expect_receipt_sha256 if expect_receipt_for is None else digest(expect_receipt_for.encode())
    case = Case(message, trust, now, payload, request)
    steps = [Step(1, "form", passed())]
    for number, name, check in _AFTER_FORM:
        if any(step.verdict.word == "fail" for step in steps):
            steps.append(Step(number, name, Verdict("skip")))
            continue
        if number == 4:
            _hear_receipts(case, receipts)
        steps.append(Step(number, name, check(case)))
    return Verification(tuple(steps), message, case.signed_at)


def refused_form(issues: Sequence[Issue]) -> Verification:
    """Step 1 failed: nothing after it has a meaning."""
    later = (Step(number, name, Verdict("skip")) for number, name, _ in _AFTER_FORM)
    return Verification((Step(1, "form", broken(issues)), *later))


def _hear_receipts(case: Case, receipts: Sequence[bytes | str | Resource]) -> None:
    """Find the earliest time a believed receipt proves.

    A receipt that was tampered with, or answers another message, spoils the file it came in.
    One from a stranger, from the sender itself, from a revoked key, or dated before the
    signature or after now, proves nothing and does no harm.
    """
    if len(receipts) > MAX_RECEIPTS:
        case.receipt_broken = True
        case.receipt_issues = [Issue("error", "security", "receipt-too-many", "receipts", {"limit": MAX_RECEIPTS})]
        return
    for index, given in enumerate(receipts):
        place = f"receipts[{index}]"
        alone = verify(given, trust=None, now=_ANY_TIME, expect_receipt_for=case.message.jws)
        if alone.message is None or alone.verdict == "invalid" or not _answers(alone.message, case.message):
            case.receipt_broken = True
            case.receipt_issues = [Issue("error", "security", "receipt-broken", place), *alone.issues]
            return
        if alone.signed_at is not None and _believed(alone.message, alone.signed_at, case):
            case.witnessed = min(case.witnessed or alone.signed_at, alone.signed_at)
        else:
            case.receipt_issues.append(Issue("information", "informational", "receipt-proves-nothing", place))


def _answers(receipt: SignedMessage, message: SignedMessage) -> bool:
    return bool(receipt.header["response"]["identifier"] == message.header["id"])


def _believed(receipt: SignedMessage, signed_at: datetime, case: Case) -> bool:
    """True when a trusted facility other than the sender signed the receipt.

    Its own certificate is judged at its own time: to forge both, somebody must hold both keys.
    """
    if case.trust is None or receipt.sender == case.message.sender:
        return False
    kid = receipt.protected["kid"]
    if kid == case.message.protected["kid"] or case.trust.revoked_at(kid) is not None:
        return False
    if signed_at + SKEW < case.claimed or signed_at > case.now + SKEW:
        return False
    return verify(receipt.bundle, trust=case.trust, now=signed_at, expect_receipt_for=case.message.jws).valid
