"""VXU^V04: vaccinations, each an Immunization, given or not.

RXA-21 D takes one back: entered in error, never deleted. RXA-5 998 says that no vaccine was given: not done,
whatever RXA-20 says. What OBX below a vaccination say of it (eligibility, funding, information sheets, dose number)
are its elements (adapters.hl7v2.vaccination_findings); any other OBX is an Observation that is part of it.
"""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.absent import absent, unknown_code
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.families.results import translate_results
from adapters.hl7v2.findings import translate_findings
from adapters.hl7v2.groups import Vaccination
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.order_numbers import service_code
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from adapters.hl7v2.status import place_status
from adapters.hl7v2.told import Told
from adapters.hl7v2.vaccination_findings import place_findings
from adapters.hl7v2.vaccination_order import NO_NUMBER, place_order, place_performer
from adapters.hl7v2.vaccination_place import place_location
from gateway.bundle import deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place
from gateway.mapping.units import quantity_unit
from gateway.mapping.values import number

_NONE_GIVEN = "998"  # CVX: no vaccine administered
_AMOUNT_UNKNOWN = "999"  # what CDC's guide writes for an amount that nobody knows
_INFORMATION_SOURCE = "NIP001"  # CDC's table of who tells of the vaccination
_SUBPOTENT = "http://terminology.hl7.org/CodeSystem/immunization-subpotent-reason"


def translate_vaccinations(told: Told) -> list[Draft]:
    """Every RXA, and the person's observations. PayloadError when the message has neither."""
    if not told.groups.vaccinations and not told.groups.orders and not told.groups.patient_results:
        raise PayloadError("hl7v2-no-vaccination", "RXA")
    drafts = translate_results(told) if told.groups.orders else []
    seen: Counter[tuple[str, ...]] = Counter()
    for vaccination in told.groups.vaccinations:
        drafts += _translate(vaccination, told, seen)
    return drafts


def _translate(vaccination: Vaccination, told: Told, seen: Counter[tuple[str, ...]]) -> list[Draft]:
    rxa, scope = vaccination.rxa, told.scope
    key = _key(vaccination)
    seen[key] += 1
    key = (*told.number, *key, str(seen[key]))
    draft = Draft("Immunization", deterministic_id(scope.facility, "Immunization", *key))
    _status(rxa, draft, scope)
    draft.put("patient", told.patient.reference)
    if told.visit is not None:
        draft.put("encounter", told.visit.reference)
    place(segment_rows("RXA"), rxa, {"Immunization": draft}, scope, scope.ledger)
    if draft.get("vaccineCode") is None:
        draft.put("vaccineCode", unknown_code())
        scope.ledger.hold("required", "hl7v2-vaccine-missing", rxa.path(5))
    _occurrence(rxa, draft, scope)
    _dose(rxa, draft, scope)
    _source(rxa, draft, scope)
    for value in rxa.said(10):
        place_performer(value, draft, "AP", scope)
    if vaccination.orc is not None:
        place_order(vaccination.orc, draft, scope)
    place_location(rxa, draft, scope)
    if vaccination.route is not None:
        place(segment_rows("RXR"), vaccination.route, {"Immunization": draft}, scope, scope.ledger)
    for note in vaccination.notes:
        if (made := annotation(note, scope)) is not None:
            draft.add("note", made)
    others = place_findings(vaccination.results, draft, scope)
    findings = translate_findings(told, others, ("vaccination", *key))
    for finding in findings:
        finding.put("partOf", [draft.reference])
    return [draft, *findings]


def _key(vaccination: Vaccination) -> tuple[str, ...]:
    """The filler's number, else the placer's, else vaccine and day: nothing that a correction may change before it."""
    for number_field, kind in ((3, "filler"), (2, "placer")):
        value = vaccination.orc.first(number_field) if vaccination.orc is not None else None
        if value is not None and value.peek() and value.peek() != NO_NUMBER:
            return (kind, value.peek())
    return ("said", service_code(vaccination.rxa, 5), vaccination.rxa.text(3)[:8])


def _none_given(rxa: Segment) -> bool:
    value = rxa.first(5)
    return value is not None and value.peek() == _NONE_GIVEN and value.peek(3).upper() in ("CVX", "")


def _status(rxa: Segment, draft: Draft, scope: Scope) -> None:
    """RXA-21 D, else RXA-20, else completed (HL7's row: RXA tells of what was given)."""
    action, said = rxa.first(21), rxa.first(20)
    if action is not None and action.take() == "D":
        draft.put("status", "entered-in-error", action.path)
        return
    if action is not None:
        scope.ledger.leave(action.path, "each message tells the whole vaccination; RXA-20 says its status")
    if said is None:
        if _none_given(rxa):
            draft.put("status", "not-done", rxa.path(5))
        else:
            draft.put("status", "completed")
        return
    if not place_status(draft, said, "hl7v2-completion-status", scope):
        draft.put("_status", absent())
        scope.ledger.hold("code-invalid", "hl7v2-vaccination-status-unknown", said.path)
        return
    if said.peek() == "PA":
        draft.put("isSubpotent", True, said.path)
        coding = {"system": _SUBPOTENT, "code": "partial", "display": "Partial Dose"}
        draft.add("subpotentReason", Piece({"coding": [coding]}, {"coding[0].code": said.path}))
    if _none_given(rxa) and draft.get("status") == "completed":
        draft.put("status", "not-done", rxa.path(5))
        scope.ledger.hold("business-rule", "hl7v2-vaccination-contradiction", said.path)


def _occurrence(rxa: Segment, draft: Draft, scope: Scope) -> None:
    """RXA-3; RXA-4 is the same moment (section 4A.4.7.4), or stays listed."""
    begun, ended = rxa.first(3), rxa.first(4)
    made: Piece | None = None
    try:
        made = date_time(begun, scope) if begun is not None else None
    except CannotPlace as why:
        scope.ledger.refuse_field(rxa.path(3), why)
    if made is not None:
        draft.place("occurrenceDateTime", made)
    else:
        draft.put("_occurrenceDateTime", absent())
        if draft.get("status") != "not-done":
            scope.ledger.hold("required", "hl7v2-vaccination-time-missing", rxa.path(3))
    if begun is not None and ended is not None and ended.raw == begun.raw:
        scope.ledger.leave(ended.path, "the same moment as RXA-3")


def _dose(rxa: Segment, draft: Draft, scope: Scope) -> None:
    amount, unit = rxa.first(6), rxa.first(7)
    if amount is None:
        return
    text = amount.peek()
    if text == _AMOUNT_UNKNOWN and unit is None:
        scope.ledger.remark("information", "value", "hl7v2-amount-unknown", amount.path)
        amount.take()
        return
    read = number(text, decimal_comma=scope.profile.decimal_comma)
    if read is None:
        scope.ledger.refuse_field(amount.path, CannotPlace("hl7v2-value-malformed", clinical=True))
        return
    amount.take()
    draft.put("doseQuantity.value", read, amount.path)
    if unit is not None:
        component = next((one for one in (1, 2, 9) if unit.peek(one)), 1)
        for name, item in quantity_unit(unit.take(component)).items():
            draft.put(f"doseQuantity.{name}", item, unit.path if unit.components == 1 else unit.at(component))


def _source(rxa: Segment, draft: Draft, scope: Scope) -> None:
    """RXA-9: by CDC's codes 00 the giver's own record, any other somebody else's word; without them a note."""
    for value in rxa.said(9):
        made = codeable(value, scope)
        if made is None:
            continue
        if value.peek(3).upper() != _INFORMATION_SOURCE:
            codings = made.value.get("coding", ())
            words = [made.value.get("text"), *(one.get(name) for name in ("display", "code") for one in codings)]
            text = next(one for one in words if one)
            draft.add("note", Piece({"text": text}, {"text": value.path}))
        elif value.peek() == "00":
            draft.put("primarySource", True, value.path)
        elif draft.get("reportOrigin") is None:
            draft.put("primarySource", False, value.path)
            draft.place("reportOrigin", made)
