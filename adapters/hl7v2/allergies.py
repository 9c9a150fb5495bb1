"""AL1 and IAM to AllergyIntolerance. What the sender takes back is said to be in error, never deleted.

What an allergy's status means stands in docs/adapters/hl7v2.md: an AL1, and an IAM that says nothing
else, is ``active``, as HL7's map has it: whoever looks for what a patient must not be given must find it.
"""

from __future__ import annotations

from collections import Counter

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.names import human_name
from adapters.hl7v2.groups import Finding
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_actions import deletes
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment, Value
from adapters.hl7v2.told import Told
from gateway.bundle import Resource, deterministic_id
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.placing import place
from gateway.mapping.vocabulary import vocabulary

_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"


def translate_allergies(told: Told) -> list[Draft]:
    """One AllergyIntolerance a segment. An allergy to nobody knows what is held, unless its number takes it back."""
    drafts = []
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in told.groups.allergies:
        key = _key(finding.segment)
        if not _allergen(finding.segment) and (not key or finding.segment.text(6) != "D"):
            told.scope.ledger.hold("required", "hl7v2-allergen-missing", finding.segment.path(3))
            continue
        seen[key] += 1
        identifier = deterministic_id(told.scope.facility, "AllergyIntolerance", *told.number, *key, str(seen[key]))
        drafts += _allergy(finding, Draft("AllergyIntolerance", identifier), told)
    return drafts


def _key(segment: Segment) -> tuple[str, ...]:
    """IAM-7, else what the allergy is to: an AL1 and an IAM of one allergen speak of one allergy."""
    number = segment.first(7) if segment.name == "IAM" else None
    if number is not None and number.peek():
        return ("number", number.peek(), number.peek(2), number.peek(3))
    return ("code", *_allergen(segment)) if _allergen(segment) else ()


def _allergen(segment: Segment) -> tuple[str, ...]:
    for value in segment.said(3):
        for component in (1, 4, 2, 5, 9):
            if text := value.peek(component):
                return (text, value.peek(component + 2) if component in (1, 4) else "")
    return ()


def _allergy(finding: Finding, draft: Draft, told: Told) -> list[Draft]:
    segment, scope = finding.segment, told.scope
    draft.put("patient", told.patient.reference)
    place(segment_rows(segment.name), segment, {"AllergyIntolerance": draft}, scope, scope.ledger)
    if draft.get("_criticality") is not None and draft.get("criticality") is None:
        draft.put("criticality", "unable-to-assess")  # required binding: a code as sent may not stand there alone
    made = [draft]
    if segment.name == "IAM":
        _clinician_code(segment, draft, scope)
        _standing(segment, draft, scope)
        made += _recorder(segment, draft, told)
    else:
        draft.put("clinicalStatus", _status(_CLINICAL, "active"))
    for note in finding.notes:
        if (piece := annotation(note, scope)) is not None:
            draft.add("note", piece)
    return made


def _status(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _standing(iam: Segment, draft: Draft, scope: Scope) -> None:
    """IAM-17, and IAM-6 where it deletes. An allergy in error has no clinical status (constraint ait-2)."""
    clinical, verified, told_by = "active", "", ""
    for value in iam.said(17)[:1]:
        status = vocabulary("hl7v2-allergy-status").translate(value.peek())
        sure = vocabulary("hl7v2-allergy-verification").translate(value.peek())
        if status is None and sure is None:
            scope.ledger.hold("code-invalid", "hl7v2-allergy-status-unknown", value.path)
        else:
            told_by = value.path
            clinical, verified = (one.code if one is not None else "" for one in (status, sure))
            _take(value)
    if deletes(iam, 6, scope) and clinical == "active":
        clinical, verified, told_by = "", "entered-in-error", iam.path(6)
    if clinical:
        draft.put("clinicalStatus", _status(_CLINICAL, clinical), told_by)
    if verified:
        draft.put("verificationStatus", _status(_VERIFICATION, verified), told_by)


def _take(value: Value) -> None:
    """Code, text and system of a code that was decided about."""
    for component in (1, 2, 3):
        value.take(component)


def _clinician_code(iam: Segment, draft: Draft, scope: Scope) -> None:
    """IAM-27: what the clinician called the allergen, further codings of the one code; other words are a note."""
    for value in iam.said(27):
        piece = codeable(value, scope)
        if piece is None:
            continue
        for index, one in enumerate(piece.value.get("coding", ())):
            if one not in (draft.get("code.coding") or ()):
                sources = {
                    path.partition("].")[2]: source
                    for path, source in piece.sources.items()
                    if path.startswith(f"coding[{index}].")
                }
                draft.add("code.coding", Piece(one, sources))
        text, known = piece.value.get("text"), draft.get("code.text")
        if text and not known:
            draft.put("code.text", text, value.path)
        elif text and text != known:
            draft.add("note", Piece({"text": text}, {"text": value.path}))


def _recorder(iam: Segment, draft: Draft, told: Told) -> list[Draft]:
    """IAM-14 by IAM-15: the patient, a relative, or without IAM-15 a member of staff."""
    relation = iam.first(15)
    for value in iam.said(14)[:1]:
        name = attempt(human_name, value, told.scope)
        if name is None:
            continue
        if relation is None:
            staff = told.scope.directory.enter("Practitioner", _named(name))
            draft.put("recorder", staff.reference, value.path)
        elif relation.peek() == "SEL":
            _take(relation)
            draft.put("recorder", {**told.patient.reference, "display": name.value["text"]}, value.path)
        else:
            relative = _relative(name, relation.peek(), draft, told)
            if (concept := codeable(relation, told.scope, "hl7v2-relationship")) is not None:
                relative.add("relationship", concept)
            draft.put("recorder", relative.reference, value.path)
            return [relative]
    return []


def _named(name: Piece) -> Piece:
    return Piece({"name": [name.value]}, {f"name[0].{path}": source for path, source in name.sources.items()})


def _relative(name: Piece, relation: str, draft: Draft, told: Told) -> Draft:
    key = ("reported", draft.id, relation, str(name.value["text"]))
    relative = Draft("RelatedPerson", deterministic_id(told.scope.facility, "RelatedPerson", *told.number, *key))
    relative.put("patient", told.patient.reference)
    relative.add("name", name)
    return relative
