"""PID, PD1 and the notes below them to Patient. A message without a patient is refused."""

from __future__ import annotations

import re

from adapters.hl7v2.datatypes.moments import birth
from adapters.hl7v2.datatypes.parties import sender
from adapters.hl7v2.groups import Groups
from adapters.hl7v2.notes import annotation
from adapters.hl7v2.order_numbers import order_number
from adapters.hl7v2.patient_traits import put_animal, put_county
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segment_maps import segment_rows
from adapters.hl7v2.segments import Segment
from gateway.bundle import BHXH, BHYT, CANONICAL, CCCD, Resource, deterministic_id
from gateway.errors import PayloadError
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.placing import place

_TRAITS = (2, 4, 7, 8, 19)  # other numbers, birth, sex: said twice of one patient they are the same
RECORD = re.compile(r"urn:vn:cskcb:[^:]+:mrn(?::[^:]+)?\Z")  # record numbers, the sender's or another authority's
PATIENT_NOTE = f"{CANONICAL}/StructureDefinition/patient-note"


def translate_patient(groups: Groups, header: Segment, scope: Scope) -> tuple[Draft, tuple[str, str]]:
    """(the Patient, the number the facility knows it by, for the ids of everything else)."""
    if not groups.patients:
        raise PayloadError("patient-missing", "PID")
    pid = groups.patients[0]
    draft = Draft("Patient", "")
    place(segment_rows("PID"), pid, {"Patient": draft}, scope, scope.ledger)
    if not draft.count("identifier") and not draft.count("name"):
        raise PayloadError("patient-missing", "PID")
    _refuse_another(groups, pid)
    for detail in groups.details:
        place(segment_rows("PD1"), detail, {"Patient": draft}, scope, scope.ledger)
    _birth(pid, draft, scope)
    _sender(header, draft, scope)
    put_county(pid, draft, scope)
    put_animal(pid, draft, scope)
    for note in groups.patient_notes:
        made = annotation(note, scope)
        if made is not None:
            extension = {"url": PATIENT_NOTE, "valueAnnotation": made.value}
            sources = {f"valueAnnotation.{inner}": source for inner, source in made.sources.items()}
            draft.add("extension", Piece(extension, sources))
    number = known_by(draft, scope, next((found for order in groups.orders if (found := order_number(order))), ""))
    if number[0] == "name":
        scope.ledger.hold("required", "hl7v2-patient-without-number", pid.path(3))
    draft.resource["id"] = deterministic_id(scope.facility, "Patient", *number)
    return draft, number


def known_by(draft: Draft, scope: Scope, order: str) -> tuple[str, str]:
    """What a patient's id is made of: record numbers (the facility's own first) before national ones.

    Without any, the ``order`` number and the name: two people of one name and birth year are
    common, and one person seen twice is better than two taken for one.
    """
    own, national = scope.system("mrn"), (CCCD, BHXH, BHYT)

    def rank(number: Resource) -> int:
        if RECORD.match(number["system"]):
            return 0 if number["system"] == own else 1
        return 2 + national.index(number["system"]) if number["system"] in national else 9

    if numbers := sorted(draft.get("identifier") or [], key=rank):
        return str(numbers[0]["system"]), str(numbers[0]["value"])
    name = str(draft.get("name[0].text") or "")
    if order:
        return "order", f"{order}|{name}"
    return "name", "|".join([name, *(str(draft.get(trait) or "") for trait in ("birthDate", "gender"))])


def _refuse_another(groups: Groups, pid: Segment) -> None:
    """A second PID must be the same patient said again; results of two never share a Bundle."""
    for other in groups.patients[1:]:
        if other.raw(3) != pid.raw(3) or _otherwise(other, pid):
            raise PayloadError("hl7v2-two-patients", other.label)


def is_another(other: Segment, pid: Segment) -> bool:
    """True unless both have a number in common, the name, and no other birth date or sex."""
    return not _numbers(other) & _numbers(pid) or _otherwise(other, pid)


def _otherwise(other: Segment, pid: Segment) -> bool:
    return other.raw(5) != pid.raw(5) or any(_differ(pid, other, number) for number in _TRAITS)


def _numbers(pid: Segment) -> set[tuple[str, str]]:
    return {(value.peek(), value.peek(4)) for value in pid.said(3) if value.peek()}


def _differ(pid: Segment, other: Segment, number: int) -> bool:
    one, another = pid.raw(number), other.raw(number)
    return bool(one and another) and one != another


def _birth(pid: Segment, draft: Draft, scope: Scope) -> None:
    for value in pid.said(7)[:1]:
        try:
            day, moment = birth(value, scope)
        except CannotPlace as why:
            scope.ledger.refuse_field(value.path, why)
            continue
        if day is not None:
            draft.place("birthDate", day)
        if moment is not None:
            draft.add("_birthDate.extension", moment)


def _sender(header: Segment, draft: Draft, scope: Scope) -> None:
    value = header.first(4)
    if value is None:
        return
    try:
        organization = sender(value, scope)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
    else:
        draft.put("managingOrganization", organization.reference, value.path)
