"""Steps 2, 3, 7, 8 and 9: what the message's own bytes decide, without asking whom to trust."""

from __future__ import annotations

from gateway.errors import SenderError
from gateway.outcome import Verdict
from gateway.r4.canonical import both
from gateway.trust import certificates
from gateway.trust.algorithms import ALGORITHMS, fitting, holds
from gateway.trust.base64url import decode, digest
from gateway.trust.case import Case
from gateway.trust.instants import instant, sig_t
from gateway.trust.jwk import kid
from gateway.trust.protected import CANON, MESSAGE_KEYS, RECEIPT_KEYS, SR_CMS, signing_input
from gateway.trust.provenance import facility_reference
from gateway.trust.verification import broken, failed, nothing_to_check, passed

_LONGEST_CHAIN = 5  # certificates in x5c; a longer one only costs the verifier time


def step_2_algorithm(case: Case) -> Verdict:
    """The protected header is the listed one, its algorithm allowed and fit for the key it names."""
    header = case.message.protected
    # RFC 8725 section 3.1: the verifier's list decides, never the header
    if header.get("alg") not in ALGORITHMS:
        return failed("signature-algorithm", "alg")
    if set(header) != (RECEIPT_KEYS if case.message.is_receipt else MESSAGE_KEYS):
        return failed("signature-header-members", "JWS")
    for name, fixed in (("typ", "JOSE"), ("canon", CANON), ("srCms", SR_CMS)):
        if header[name] != fixed:
            return failed("signature-header-value", name)
    try:
        case.signed_at = sig_t(header["sigT"])
    except ValueError:
        return failed("signature-header-value", "sigT")
    for name in ("lexS256", "payS256", "irtS256"):
        if name in header and not _is_digest(header[name]):
            return failed("signature-header-value", name)
    x5c = header["x5c"]
    if not isinstance(x5c, list) or not 1 <= len(x5c) <= _LONGEST_CHAIN:
        return failed("signature-header-value", "x5c")
    try:
        case.chain = [certificates.from_x5c(one) for one in x5c]
    except ValueError:
        return failed("signature-certificate-unreadable", "x5c")
    case.key = certificates.signing_key_of(case.chain[0])
    if case.key is None or header["alg"] not in fitting(case.key):
        return failed("signature-algorithm-unfit", "alg")
    if header["kid"] != kid(case.key):
        return failed("signature-kid", "kid")
    return passed()


def step_3_signature(case: Case) -> Verdict:
    """The JWS holds over the RFC 8785 form of the Bundle without its signing entry."""
    try:
        payload, case.digits = both(case.message.unsigned)
    except SenderError as refused:
        return broken(refused.issues)
    signed = signing_input(case.message.first, payload)
    if case.key is None or not holds(case.message.protected["alg"], case.key, case.message.signature, signed):
        return failed("signature-differs", "JWS")
    return passed()


def step_7_provenance(case: Case) -> Verdict:
    """The Provenance says the same as the header: who, and when to the same instant."""
    provenance = case.message.provenance
    signature = provenance["signature"][0]
    for name, text in (
        ("Provenance.recorded", provenance["recorded"]),
        ("Provenance.signature.when", signature["when"]),
    ):
        try:
            agrees = instant(text) == case.claimed
        except ValueError:
            agrees = False
        if not agrees:
            return failed("signature-time-differs", name)
    who = facility_reference(case.message.sender)
    for name, given in (
        ("Provenance.agent.who", provenance["agent"][0]["who"]),
        ("Provenance.signature.who", signature["who"]),
    ):
        if given != who:
            return failed("signature-who-differs", name)
    return passed()


def step_8_digits(case: Case) -> Verdict:
    """Every number still has the digits it was signed with; RFC 8785 alone writes 5.10 as 5.1."""
    if digest(case.digits) != case.message.protected["lexS256"]:
        return failed("signature-digits-differ", "lexS256")
    return passed()


def step_9_payload(case: Case) -> Verdict:
    """The record's bytes are those signed for; of a receipt, the request is the one it answers."""
    if case.message.is_receipt:
        if case.request is None:
            return nothing_to_check()
        if case.request != case.message.protected["irtS256"]:
            return failed("signature-receipt-other", "irtS256")
        return passed()
    if case.request is not None:
        return failed("signature-not-a-receipt", "MessageHeader.response")
    if case.payload is None:
        return nothing_to_check()
    if digest(case.payload) != case.message.protected["payS256"]:
        return failed("signature-payload-differs", "payS256")
    return passed()


def _is_digest(value: object) -> bool:
    """43 characters of base64url, which are 32 octets."""
    if not isinstance(value, str):
        return False
    try:
        return len(decode(value)) == 32
    except ValueError:
        return False
