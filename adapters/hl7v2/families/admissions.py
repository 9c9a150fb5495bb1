"""ADT: what happened to a patient's visit. Patient and Encounter are made as for any message (visit_events)."""

from __future__ import annotations

from adapters.hl7v2.account_numbers import translate_prior_account
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place


def translate_admission(told: Told) -> list[Draft]:
    """What MRG says beside a change of class (A06, A07): the numbers that account and visit had before."""
    made: list[Draft] = []
    for segment in told.groups.priors:
        account = Draft("Account", "")
        drafts = {"Account": account, **({"Encounter": told.visit} if told.visit is not None else {})}
        place(segment_rows("MRG"), segment, drafts, told.scope, told.scope.ledger)
        _same_patient(segment, told)
        made += translate_prior_account(account, told.patient, told)
    return made


def _same_patient(segment: Segment, told: Told) -> None:
    """MRG-1 must name the patient by a number it has: anything else is a merge, and this message is none."""
    prior = Draft("Patient", "")
    place(segment_rows("MRG"), segment, {"Patient": prior}, told.scope, told.scope.ledger)
    known = {(one.get("system"), one["value"]) for one in told.patient.get("identifier") or []}
    if any((one.get("system"), one["value"]) not in known for one in prior.get("identifier") or []):
        told.scope.ledger.hold("business-rule", "hl7v2-merge-elsewhere", segment.path(1))
