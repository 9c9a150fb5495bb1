"""The numbers of an insurance: IN1-49 who is insured, IN1-36 the policy, and the card that both may be.

A Vietnamese insurance number or card is one where the number is declared so, or the plan is (IN1-2, -3, -15, -35),
and it is well-formed; no other number becomes one.
"""

from __future__ import annotations

from adapters.hl7v2.attempts import attempt
from adapters.hl7v2.datatypes.converters import COVERAGE_CLASS
from adapters.hl7v2.datatypes.identifiers import insurance_system, kind_of, patient_number
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.bundle import BHYT
from gateway.mapping.draft import Draft, Piece

# Named so by HL7's map; R4's own subscriberId has no system.
SUBSCRIBER_ID = "http://hl7.org/fhir/5.0/StructureDefinition/extension-subscriberId"
_DECLARING = (2, 3, 15, 35)  # fields that may say that this is the health insurance
_HEALTH = ("bhyt", "bhxh")


def policy_key(in1: Segment) -> tuple[str, ...]:
    """Plan, and the insured's number, else the policy's, else the insurer's."""
    number = in1.text(49) or in1.text(36)
    return ("policy", in1.text(2), number) if number else ("plan", in1.text(2), in1.text(3) or in1.text(4))


def place_numbers(in1: Segment, draft: Draft, scope: Scope) -> None:
    health = any(kind_of(value.peek()) in _HEALTH for field in _DECLARING for value in in1.said(field))
    for field in (49, 10):
        for value in in1.said(field):
            if field == 49 or value.peek(5) == "SN":
                _subscriber_number(value, draft, health, scope)
    _group(in1, draft)
    for value in in1.said(36)[:1]:
        number = value.take()
        if number:
            system = _health_system(number, value, scope) if health else ""
            system = system or scope.system("policy")
            _identifier(draft, system, number, value)
            if system == BHYT and draft.get("subscriberId") is None:
                draft.put("subscriberId", number, value.path)


def _subscriber_number(value: Value, draft: Draft, health: bool, scope: Scope) -> None:
    number = attempt(lambda one, told: patient_number(one, told, "insured"), value, scope)
    if number is None:
        return
    declared = _health_system(number.value["value"], value, scope) if health else ""
    made = Piece({**number.value, "system": declared or number.value["system"]}, number.sources)
    sources = {f"valueIdentifier.{path}": source for path, source in made.sources.items()}
    draft.add("extension", Piece({"url": SUBSCRIBER_ID, "valueIdentifier": made.value}, sources))
    if draft.get("subscriberId") is None:
        draft.put("subscriberId", made.value["value"], value.path)
    if made.value["system"] == BHYT:
        _identifier(draft, BHYT, made.value["value"], value)


def _health_system(number: str, value: Value, scope: Scope) -> str:
    system = insurance_system(number)
    if not system:
        scope.ledger.remark("warning", "value", "hl7v2-number-malformed", value.path, kind="bhyt")
    return system


def _identifier(draft: Draft, system: str, number: str, value: Value) -> None:
    made = {"system": system, "value": number}
    if made not in (draft.get("identifier") or ()):
        draft.add("identifier", Piece(made, {"value": value.path}))


def _group(in1: Segment, draft: Draft) -> None:
    """IN1-8 and -9: the group, by its number, else by its name, since R4 requires a value."""
    number, name = in1.first(8), in1.first(9)
    known = number or name
    if known is None or not known.peek():
        return
    kind = {"coding": [{"system": COVERAGE_CLASS, "code": "group", "display": "Group"}]}
    at = draft.add("class", {"type": kind})
    draft.put(f"{at}.value", known.take(), known.path)
    if number is not None and name is not None and name.peek():
        draft.put(f"{at}.name", name.take(), name.path)
