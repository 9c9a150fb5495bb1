"""PR1 to Procedure. Whether it was done, planned or refused no field says: its status is ``unknown``."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.datatypes.parties import practitioner, reference
from adapters.hl7v2.groups import Finding
from adapters.hl7v2.named_codes import code_key, complete_code
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_actions import deletes
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.told import Told
from gateway.bundle import Resource, deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place
from gateway.mapping.times import earliest

_SNOMED = "http://snomed.info/sct"
_CPT = "http://www.ama-assn.org/go/cpt"
# Fields that name performers, and what HL7's map says they do; PR1-12 says nothing of it.
_PERFORMERS: tuple[tuple[int, Resource | None], ...] = (
    (8, {"coding": [{"system": _SNOMED, "code": "88189002", "display": "Anesthesiologist"}]}),
    (11, {"coding": [{"system": _SNOMED, "code": "304292004", "display": "Surgeon"}]}),
    (12, None),
)
_MINUTES = re.compile(r"[0-9]{1,5}\Z")


def translate_procedures(told: Told) -> list[Draft]:
    """One Procedure a segment; one that does not say what was done is held, unless its number takes it back."""
    seen: Counter[tuple[str, ...]] = Counter()
    procedures = []
    for finding in told.groups.procedures:
        key = _key(finding.segment)
        if not code_key(finding.segment) and (not key or finding.segment.text(20) != "D"):
            told.scope.ledger.hold("required", "hl7v2-procedure-missing", finding.segment.path(3))
            continue
        seen[key] += 1
        identifier = deterministic_id(told.scope.facility, "Procedure", *told.number, *key, str(seen[key]))
        procedures.append(_procedure(finding, Draft("Procedure", identifier), told))
    for procedure in procedures:
        _point_at_parent(procedure, procedures)
    return procedures


def _key(pr1: Segment) -> tuple[str, ...]:
    """PR1-19, else code and day: the same procedure of another day is another one."""
    number = pr1.first(19)
    if number is not None and number.peek():
        return ("number", number.peek(), number.peek(2), number.peek(3))
    return ("code", *code_key(pr1), pr1.text(5)[:8]) if code_key(pr1) else ()


def _procedure(finding: Finding, draft: Draft, told: Told) -> Draft:
    pr1, scope = finding.segment, told.scope
    draft.put("status", "unknown")
    if deletes(pr1, 20, scope):
        draft.put("status", "entered-in-error", pr1.path(20))
    draft.put("subject", told.patient.reference)
    if told.visit is not None:
        draft.put("encounter", told.visit.reference)
    place(segment_rows("PR1"), pr1, {"Procedure": draft}, scope, scope.ledger)
    complete_code(pr1, draft, scope)
    _modifiers(pr1, draft)
    _performed(pr1, draft, scope)
    _performers(pr1, draft, scope)
    for note in finding.notes:
        if (made := annotation(note, scope)) is not None:
            draft.add("note", made)
    return draft


def _performers(pr1: Segment, draft: Draft, scope: Scope) -> None:
    for number, function in _PERFORMERS:
        for value in pr1.said(number):
            actor = attempt(_staff, value, scope)
            if actor is not None:
                made = Composite()
                made.put("function", function, value.path)
                made.put_piece("actor", actor)
                draft.add("performer", made.piece())


def _staff(value: Value, scope: Scope) -> Piece:
    return reference(practitioner(value, scope), value.path)


def _modifiers(pr1: Segment, draft: Draft) -> None:
    """PR1-16: behind a CPT code, as its owner writes them; another system's code would be no code any more."""
    code = draft.get("code.coding[0]") or {}
    for value in pr1.said(16):
        if code.get("system") == _CPT and value.peek():
            source = f"{draft.lineage['code.coding[0].code'].partition(' ')[0]} (behind it {value.path})"
            draft.put("code.coding[0].code", f"{code['code']}:{value.take()}", source)
            for component in (2, 3):
                value.take(component)
        elif text := next((text for component in (2, 9, 5, 1, 4) if (text := value.peek(component))), ""):
            value.whole()
            draft.add("note", Piece({"text": text}, {"text": value.path}))


def _performed(pr1: Segment, draft: Draft, scope: Scope) -> None:
    """PR1-5, and with the minutes of PR1-7 a Period, where PR1-5 is told to the minute."""
    begun, lasted = pr1.first(5), pr1.first(7)
    if begun is None:
        return
    moment = attempt(date_time, begun, scope)
    if moment is None:
        return
    if lasted is None or "T" not in moment.value or not _MINUTES.match(lasted.peek()):
        draft.place("performedDateTime", moment)
        return
    start = earliest(moment.value)
    end = (start + timedelta(minutes=int(lasted.take()))).isoformat(timespec="seconds")
    draft.place("performedPeriod.start", moment)
    draft.put("performedPeriod.end", end, lasted.path)


def _point_at_parent(procedure: Draft, procedures: list[Draft]) -> None:
    """PR1-25: the Procedure of that number, where the message has it; its number stands in any case."""
    for index, part in enumerate(procedure.get("partOf") or ()):
        parent = next((one for one in procedures if part["identifier"] in (one.get("identifier") or ())), None)
        if parent is not None and parent is not procedure:
            procedure.put(f"partOf[{index}].reference", parent.reference["reference"])
