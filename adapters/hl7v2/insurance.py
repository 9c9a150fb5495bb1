"""IN1 to Coverage, and IN3's case manager to CareTeam.

The status is that of what was said, not of the insurance, whose period says from when to when it holds: active
until the sender takes the IN1 back. Who pays and holds the policy: insurers; who is insured: insured; by which
number: policies.
"""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.datatypes.moments import mend_period
from adapters.hl7v2.insured import place_insured
from adapters.hl7v2.insurers import place_payors, place_policy_holder
from adapters.hl7v2.policies import place_numbers, policy_key
from adapters.hl7v2.segment_actions import deletes
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.bundle import Resource, deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place

# Of HL7's map IN3[CareTeam].
_CASE_MANAGER: Resource = {
    "coding": [{"system": "http://snomed.info/sct", "code": "768832004", "display": "Case manager"}],
    "text": "case manager",
}


def translate_insurances(told: Told) -> list[Draft]:
    """A Coverage for each IN1, a CareTeam for each case manager, and the insured who are not the patient."""
    drafts: list[Draft] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for insurance in told.groups.insurances:
        key = policy_key(insurance.in1) if insurance.in1 is not None else ("without IN1",)
        seen[key] += 1
        known = (*key, str(seen[key]))
        if insurance.in1 is not None:
            drafts += _coverage(insurance.in1, known, told)
        for position, in3 in enumerate(insurance.in3, 1):
            drafts += _care_team(in3, (*known, str(position)), told)
    return drafts


def _coverage(in1: Segment, key: tuple[str, ...], told: Told) -> list[Draft]:
    draft = Draft("Coverage", deterministic_id(told.scope.facility, "Coverage", *told.number, *key))
    if deletes(in1, 55, told.scope):
        draft.put("status", "entered-in-error", in1.path(55))
    else:
        draft.put("status", "active")
    draft.put("beneficiary", told.patient.reference)
    place(segment_rows("IN1"), in1, {"Coverage": draft}, told.scope, told.scope.ledger)
    mend_period(draft, "period", told.scope.ledger)
    place_numbers(in1, draft, told.scope)
    place_payors(in1, draft, told.scope)
    place_policy_holder(in1, draft, told.scope)
    return [draft, *place_insured(in1, draft, told)]


def _care_team(in3: Segment, key: tuple[str, ...], told: Told) -> list[Draft]:
    """IN3-21 is a name alone, so each time it is said otherwise it is somebody else."""
    value = in3.first(21)
    name = value.whole().strip() if value is not None else ""
    if value is None or not name:
        return []
    manager = told.scope.directory.enter(
        "Practitioner", Piece({"name": [{"text": name}]}, {"name[0].text": value.path})
    )
    draft = Draft("CareTeam", deterministic_id(told.scope.facility, "CareTeam", *told.number, *key))
    draft.put("subject", told.patient.reference)
    if told.visit is not None:
        draft.put("encounter", told.visit.reference)
    draft.put("participant[0].role[0]", _CASE_MANAGER, value.path)
    draft.put("participant[0].member", manager.reference, value.path)
    return [draft]
