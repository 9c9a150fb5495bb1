"""Whose result it is, whose word it is, and whether that word is final: identity, signature, status, remarks."""

from __future__ import annotations

from gateway.reuse.reasons import EFFECTS, reason
from gateway.reuse.result import PriorResult
from gateway.reuse.standing import Prior
from gateway.reuse.verdict import Reason

_IDENTITY = {"certain": "reuse-identity-certain", "person": "reuse-identity-by-person"}
_SIGNATURE = {
    "valid": "reuse-signature-valid",
    "invalid": "reuse-signature-invalid",
    "absent": "reuse-signature-absent",
}
# https://hl7.org/fhir/R4/valueset-observation-status.html, valueset-imagingstudy-status.html
_STATUS = {
    "final": "reuse-status-final",
    "available": "reuse-status-final",
    "amended": "reuse-status-corrected",
    "corrected": "reuse-status-corrected",
    "preliminary": "reuse-status-preliminary",
    "registered": "reuse-status-preliminary",
    "entered-in-error": "reuse-withdrawn",
    "cancelled": "reuse-withdrawn",
}
# http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation: critical, high and low; equivocal, indeterminate,
# of insufficient evidence, after a failed quality control; off the scale of the instrument.
_FLAGS = frozenset({"AA", "HH", "LL", "E", "IND", "IE", "QCF", "<", ">"})


def proof_reasons(prior: Prior) -> list[Reason]:
    """Of any prior. A word not known here is never taken for a good one."""
    found = [
        reason(_IDENTITY.get(prior.identity, "reuse-identity-conflicting")),
        reason(_SIGNATURE.get(prior.signature, "reuse-signature-unverifiable")),
        _status(prior),
    ]
    if any(note.strip() for note in prior.notes):
        found.append(reason("reuse-notes", count=len(prior.notes)))
    if isinstance(prior, PriorResult) and (flags := prior.interpretation & _FLAGS):
        found.append(reason("reuse-flagged", flags=", ".join(sorted(flags))))
    if isinstance(prior, PriorResult) and any(remark.strip() for remark in prior.specimen_remarks):
        found.append(reason("reuse-specimen-remarks", count=len(prior.specimen_remarks)))
    return found


def _status(prior: Prior) -> Reason:
    code = _STATUS.get(prior.status, "reuse-status-unknown")
    if prior.status_inferred and EFFECTS[code] == "reuse":
        return reason("reuse-status-unknown")
    if code == "reuse-status-corrected" or (code == "reuse-status-final" and prior.amended):
        return reason("reuse-status-corrected", version=prior.version)
    return reason(code)
