"""Steps 4, 5 and 6: whom the trust file believes, and when. A file's own ``x5c`` is never trust.

Two times matter. ``sigT`` is what the signer claims. ``existed_by`` is when the signature
surely existed: the earliest believed receipt, else now. What must hold at the time of
signing must hold at both, for anybody who holds a key can write any ``sigT``: broken at
``sigT`` is invalid, good at ``sigT`` but no longer at ``existed_by`` cannot be told.
"""

from __future__ import annotations

from datetime import datetime

from gateway.outcome import Verdict
from gateway.trust import certificates
from gateway.trust.case import SKEW, Case
from gateway.trust.form import SignedMessage
from gateway.trust.instants import written
from gateway.trust.trustfile import TrustFile
from gateway.trust.verification import VerificationWord, failed, not_carried_out, passed


def step_4_chain(case: Case) -> Verdict:
    """The certificates lead to a trusted root, valid when signed."""
    if case.receipt_broken:
        return Verdict("fail", tuple(case.receipt_issues))
    if case.claimed > case.now + SKEW:
        return failed("signature-from-the-future", "sigT")
    if case.trust is None:
        return not_carried_out("trust-not-given")
    roots = case.trust.roots
    if not certificates.leads_to(roots, case.chain, case.claimed):
        return failed("trust-no-path", "x5c")
    if not certificates.leads_to(roots, case.chain, case.existed_by):
        verdict = not_carried_out("trust-expired", "x5c")
        return Verdict(verdict.word, (*verdict.issues, *case.receipt_issues))
    return passed(*case.receipt_issues)


def step_5_revocation(case: Case) -> Verdict:
    """The key was not revoked when it signed, as far as the dated trust file knows."""
    if case.trust is None:
        return not_carried_out("trust-not-given")
    revoked = case.trust.revoked_at(case.message.protected["kid"])
    if revoked is None or case.existed_by < revoked:
        return passed()
    if revoked <= case.claimed:
        return failed("trust-revoked", "kid", at=written(revoked))
    # Who stole the key can date a signature back to before its revocation; without a witness
    # that is the likelier story, so this is invalid and not merely unverifiable.
    return failed("trust-revoked-unproven", "kid", at=written(revoked))


def step_6_facility(case: Case) -> Verdict:
    """The key may sign for MessageHeader.sender, at that time."""
    if case.trust is None:
        return not_carried_out("trust-not-given")
    bindings = case.trust.bindings_of(case.message.protected["kid"])
    if not bindings:
        return failed("trust-key-unknown", "kid")
    for_sender = [one for one in bindings if one.facility == case.message.sender]
    if not for_sender:
        return failed("trust-wrong-facility", "MessageHeader.sender")
    then = [one for one in for_sender if one.start <= case.claimed < one.end]
    if not then:
        return failed("trust-not-bound-then", "MessageHeader.sender")
    if not any(one.start <= case.existed_by < one.end for one in then):
        return not_carried_out("trust-expired", "MessageHeader.sender")
    return passed()


def stands(message: SignedMessage, signed_at: datetime, trust: TrustFile | None, now: datetime) -> VerificationWord:
    """Steps 4 to 6 alone, as of ``now``, for a message whose other steps have passed before: those never change."""
    chain = [certificates.from_x5c(one) for one in message.protected["x5c"]]
    case = Case(message, trust, now, chain=chain, signed_at=signed_at)
    words = [step(case).word for step in (step_4_chain, step_5_revocation, step_6_facility)]
    if "fail" in words:
        return "invalid"
    return "valid" if set(words) == {"pass"} else "unverifiable"
