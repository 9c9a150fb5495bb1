"""DG1 to Condition, and to what it is a diagnosis of: the visit, the episode of PV1-54, or an order.

Context decides: a DG1 among an order's segments says why that is ordered; any other is a diagnosis of
the message's only visit, and of its episode where the sender numbers one.
"""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.episodes import translate_episode
from adapters.hl7v2.groups import Finding
from adapters.hl7v2.named_codes import code_key, complete_code
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.order_numbers import order_number
from adapters.hl7v2.segment_actions import deletes
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.told import Told
from gateway.bundle import Resource, deterministic_id
from gateway.mapping.draft import Draft
from gateway.mapping.placing import place

DUE_TO = "http://hl7.org/fhir/StructureDefinition/condition-dueTo"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CONFIDENTIAL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}


def translate_diagnoses(told: Told) -> list[Draft]:
    """The Conditions, and the EpisodeOfCare they are diagnoses of."""
    episode = translate_episode(told)
    seen: Counter[tuple[str, ...]] = Counter()
    conditions = []
    for finding in told.groups.diagnoses:
        base = ("visit", told.visit.id) if told.visit is not None else ("patient",)
        condition = _condition(finding, base, seen, told)
        if condition is not None:
            _name(finding.segment, condition, told.visit, episode, told)
            conditions.append(condition)
    for order, visit in zip(told.groups.orders, told.own, strict=True):
        for finding in order.diagnoses:
            condition = _condition(finding, ("order", order_number(order)), seen, told)
            if condition is not None:
                _kind(finding.segment, condition, told)
                if visit is not None:
                    condition.put("encounter", visit.reference)
                order.reasons.append(condition)
                conditions.append(condition)
    _point_at_parents(conditions)
    return [*([episode] if episode is not None else []), *conditions]


def _condition(finding: Finding, base: tuple[str, ...], seen: Counter[tuple[str, ...]], told: Told) -> Draft | None:
    """None, and the exchange held, where neither code nor words say what it is, unless its number takes it back."""
    dg1, scope = finding.segment, told.scope
    number = dg1.first(20)
    numbered = number is not None and number.peek() != ""
    if not code_key(dg1) and not (numbered and dg1.text(21) == "D"):
        scope.ledger.hold("required", "hl7v2-diagnosis-missing", dg1.path(3))
        return None
    if number is not None and numbered:
        key = (*base, "number", number.peek(), number.peek(2), number.peek(3))
    else:
        key = (*base, "code", *code_key(dg1))
    seen[key] += 1
    identifier = deterministic_id(scope.facility, "Condition", *told.number, *key, str(seen[key]))
    draft = Draft("Condition", identifier)
    draft.put("subject", told.patient.reference)
    place(segment_rows("DG1"), dg1, {"Condition": draft}, scope, scope.ledger)
    complete_code(dg1, draft, scope)
    if deletes(dg1, 21, scope):
        draft.put("verificationStatus.coding[0]", {"system": _VERIFICATION, "code": "entered-in-error"}, dg1.path(21))
    for value in dg1.said(18)[:1]:
        if value.peek() == "Y":
            draft.put("meta.security[0]", dict(_CONFIDENTIAL), value.path)
        if value.peek() in ("Y", "N"):
            value.take()
    for note in finding.notes:
        if (made := annotation(note, scope)) is not None:
            draft.add("note", made)
    return draft


def _name(dg1: Segment, condition: Draft, visit: Draft | None, episode: Draft | None, told: Told) -> None:
    """Put it among the diagnoses of visit and episode; one that is taken back is named there no longer."""
    if visit is None:
        _kind(dg1, condition, told)
        return
    condition.put("encounter", visit.reference)
    if condition.get("verificationStatus") is not None:
        return
    condition.put("category[0].coding[0]", {"system": _CATEGORY, "code": "encounter-diagnosis"})
    named = {"Encounter": Draft("Encounter", "")}
    if episode is not None:
        named["EpisodeOfCare"] = Draft("EpisodeOfCare", "")
    place(segment_rows("DG1"), dg1, named, told.scope, told.scope.ledger)
    for target in (visit, episode):
        if target is not None:
            built = named[target.type]
            diagnosis: Resource = {"condition": condition.reference, **(built.get("diagnosis") or {})}
            at = target.add("diagnosis", diagnosis)
            for path, source in built.lineage.items():
                target.lineage[at + path.removeprefix("diagnosis")] = source


def _kind(dg1: Segment, condition: Draft, told: Told) -> None:
    """DG1-6 where no visit names the diagnosis with its use: what kind of Condition it is."""
    for value in dg1.said(6):
        concept = codeable(value, told.scope, "hl7v2-diagnosis-type")
        if concept is not None:
            condition.add("category", concept)


def _point_at_parents(conditions: list[Draft]) -> None:
    """DG1-22: the Condition of that number, where the message has it; its number stands in any case."""
    for condition in conditions:
        for index, extension in enumerate(condition.get("extension") or ()):
            if extension["url"] == DUE_TO:
                number = extension["valueReference"]["identifier"]
                parent = next((one for one in conditions if number in (one.get("identifier") or ())), None)
                if parent is not None and parent is not condition:
                    condition.put(f"extension[{index}].valueReference.reference", parent.reference["reference"])
