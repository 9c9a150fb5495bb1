"""Judge: what a payload's own signature is worth: ``valid``, ``invalid``, ``unverifiable`` or ``absent``.

The adapter found its digests and value to agree (gateway.trust.xml_signature), or refused the payload. Here is
asked whose it is: strong enough, a certificate that leads to one of the facility's authorities or is one it named,
in force when it signed. Revocation is not looked up, and every verdict says so.

Time: the signing time that is signed with it, where it says one, else now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from gateway.adapter import UNJUDGED, SourceSignature
from gateway.bundle import CANONICAL
from gateway.errors import PayloadError
from gateway.facility import Facility
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.times import offset
from gateway.outcome import Issue
from gateway.trust import certificates

Word = Literal["valid", "invalid", "unverifiable", "absent"]
SYSTEM = f"{CANONICAL}/CodeSystem/source-signature"  # the tag of the MessageHeader that tells receivers

_SKEW = timedelta(minutes=5)
_PLACE = "Signature"


@dataclass(frozen=True, slots=True)
class Attested:
    """The verdict, why, and what of it a person must see before the record goes on."""

    word: Word
    issues: tuple[Issue, ...]
    holds: tuple[Issue, ...] = ()
    signature: SourceSignature | None = None

    def as_json(self) -> dict[str, object]:
        """For the exchange's account: the verdict, and of the signature what names nobody."""
        told: dict[str, object] = {"verdict": self.word}
        if self.signature is not None and self.signature is not UNJUDGED:
            told |= {"scope": list(self.signature.scope), "algorithms": list(self.signature.algorithms)}
            told |= {"certificate": certificates.thumbprint(self.signature.chain[0]), "said_at": self.signature.said_at}
        return told


def attested(signature: SourceSignature | None, facility: Facility, at: datetime) -> Attested:
    """The verdict on what a facility's payload carries. ``at``: aware, now.

    PayloadError when it is invalid, or the facility requires a valid one and it is not.
    """
    if signature is None:
        return _short_of(facility, "absent", Issue("warning", "security", "source-signature-absent", _PLACE))
    word, issue = _judged(signature, facility, at)
    if word == "invalid":
        raise PayloadError(issue.rule, issues=[issue])
    if word == "unverifiable":
        return _short_of(facility, word, issue, signature)
    return Attested(word, (issue,), (), signature)


def _short_of(facility: Facility, word: Word, why: Issue, signature: SourceSignature | None = None) -> Attested:
    """Absent or unverifiable: the facility's setting decides."""
    if facility.signature == "require":
        required = Issue("error", "security", "source-signature-required", _PLACE)
        raise PayloadError(required.rule, issues=[required, why])
    return Attested(word, (why,), (why,) if facility.signature == "hold" else (), signature)


def _judged(signature: SourceSignature, facility: Facility, at: datetime) -> tuple[Word, Issue]:
    if signature is UNJUDGED:
        return "unverifiable", _warning("source-signature-unjudged")
    scope = ", ".join(signature.scope)
    if signature.weak and not facility.weak_signatures:
        return "invalid", _error("source-signature-weak", weak=", ".join(signature.weak))
    if not facility.signature_roots:
        return "unverifiable", _warning("source-signature-nobody-believed", scope=scope)
    try:
        chain = [certificates.from_x5c(text) for text in signature.chain]
        when = _said(signature.said_at, facility.utc_offset) or at
    except ValueError:
        return "invalid", _error("source-signature-time")
    if when > at + _SKEW:
        return "invalid", _error("source-signature-time")
    if facility.signature_subject and facility.signature_subject not in certificates.subject_values(chain[0]):
        return "invalid", _error("source-signature-subject")
    believed = certificates.from_pem(facility.signature_roots)
    if _leads(believed, chain, when):
        return "valid", Issue("information", "informational", "source-signature-valid", _PLACE, {"scope": scope})
    if not any(_leads(believed, chain, moment) for moment in _moments(chain[0])):
        return "invalid", _error("source-signature-untrusted")
    if signature.said_at or when < certificates.valid_from(chain[0]):
        return "invalid", _error("source-signature-out-of-force")
    return "unverifiable", _warning("source-signature-expired", scope=scope)


def _leads(believed: list[certificates.Certificate], chain: list[certificates.Certificate], when: datetime) -> bool:
    """To an authority of the facility's, or the certificate is itself one it named."""
    signer = chain[0]
    if signer in believed:
        return certificates.valid_from(signer) <= when <= certificates.valid_to(signer)
    roots = [one for one in believed if certificates.is_authority(one)]
    return bool(roots) and certificates.leads_to(roots, chain, when)


def _moments(signer: certificates.Certificate) -> tuple[datetime, datetime]:
    """When a path would hold if only time stands against it."""
    return certificates.valid_from(signer), certificates.valid_to(signer)


def _said(text: str, utc_offset: str) -> datetime | None:
    """The signing time; one without a zone is the facility's local time. ValueError when it is no time."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else datetime.fromisoformat(f"{read.isoformat()}{offset(utc_offset)}")).astimezone(
            UTC
        )
    except (CannotPlace, OverflowError):
        raise ValueError("not a time") from None


def _error(rule: str, **parameters: object) -> Issue:
    return Issue("error", "security", rule, _PLACE, parameters)


def _warning(rule: str, **parameters: object) -> Issue:
    return Issue("warning", "security", rule, _PLACE, parameters)
