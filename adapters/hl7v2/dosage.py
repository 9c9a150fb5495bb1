"""How much of a medicine, and when: RXO-2 to RXO-4, RXO-21 to RXO-23 and TQ1 to Dosage (https://hl7.org/fhir/R4/dosage.html)."""

from __future__ import annotations

from adapters.hl7v2.asked_timing import Asked, asked_of
from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.amounts import amount
from adapters.hl7v2.datatypes.codes import system_uri
from adapters.hl7v2.groups import Order
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece, own_copy
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.units import UCUM, ucum
from gateway.mapping.values import number

_FIRST = "dosageInstruction[0]"
_ORDERED = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/dose-rate-type", "code": "ordered", "display": "Ordered"}
    ]
}


def place_dosage(order: Order, rxo: Segment, request: Draft, scope: Scope) -> None:
    """One dosageInstruction for each TQ1, each with the dose and the route; none where nothing is said of them."""
    _place_dose(rxo, request, scope)
    _place_most(rxo, request, scope)
    asked = asked_of(order, scope)
    dose = own_copy(request.get(_FIRST))
    lineage = {path[len(_FIRST) :]: source for path, source in request.lineage.items() if path.startswith(_FIRST)}
    for position, one in enumerate(asked):
        at = f"dosageInstruction[{position}]"
        if position:
            request.put(at, own_copy(dose))
            request.lineage |= {at + inner: source for inner, source in lineage.items()}
        if len(asked) > 1:
            request.put(f"{at}.sequence", position + 1)
        _place_asked(one, at, request, scope)
    if request.get("dosageInstruction") == [{}]:
        del request.resource["dosageInstruction"]


def quantity(segment: Segment, value_field: int, unit_field: int, scope: Scope) -> Piece | None:
    """A number in one field and its unit, a CWE, in another, as a Quantity; held where the number is none."""
    value = segment.first(value_field)
    if value is None:
        return None
    try:
        read = _number(value, scope)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return None
    made = Composite()
    made.put("value", read.value, value.path)
    unit = segment.first(unit_field)
    if unit is not None:
        _put_unit(made, unit, scope)
    return made.piece()


def _number(value: Value, scope: Scope) -> Piece:
    read = number(value.peek(), decimal_comma=scope.profile.decimal_comma)
    if read is None:
        raise CannotPlace("hl7v2-value-malformed", clinical=True)
    value.take()
    return Piece.of(read, value.path)


def _put_unit(made: Composite, unit: Value, scope: Scope) -> None:
    """The sender's words; UCUM by the unit table alone, else the sender's code in its own system."""
    words, name = unit.peek(2) or unit.peek(1), unit.peek(3)
    made.put("unit", words, unit.at(2) if unit.peek(2) else unit.path)
    known = next((code for text in (unit.peek(1), unit.peek(2)) if text and (code := ucum(text))), None)
    if known is not None:
        made.put("system", UCUM, unit.path)
        made.put("code", known, unit.path)
    elif unit.peek(1) and name:
        made.put("system", system_uri(name, unit.peek(1), scope), unit.at(3))
        made.put("code", unit.peek(1), unit.at(1))
    for component in (1, 2, 3):
        unit.take(component)


def _place_dose(rxo: Segment, request: Draft, scope: Scope) -> None:
    """RXO-2 alone is the dose; with RXO-3 the least of a range (HL7 v2.8.2 section 4A.4.1.2)."""
    least, most = quantity(rxo, 2, 4, scope), quantity(rxo, 3, 4, scope)
    made = Composite()
    if least is not None and most is not None:
        made.put_piece("low", least)
        made.put_piece("high", most)
        if made.value["low"]["value"] > made.value["high"]["value"]:
            for value in (*rxo.said(2), *rxo.said(3)):
                scope.ledger.refuse_field(value.path, CannotPlace("hl7v2-value-malformed", clinical=True))
        else:
            request.put(f"{_FIRST}.doseAndRate[0].type", _ORDERED)
            request.place(f"{_FIRST}.doseAndRate[0].doseRange", Piece(made.value, made.sources))
    elif least is not None:
        request.put(f"{_FIRST}.doseAndRate[0].type", _ORDERED)
        request.place(f"{_FIRST}.doseAndRate[0].doseQuantity", least)
    elif most is not None:
        for value in rxo.said(3):
            scope.ledger.refuse_field(value.path, CannotPlace("hl7v2-value-malformed", clinical=True))
    if (rate := quantity(rxo, 21, 22, scope)) is not None:
        request.place(f"{_FIRST}.doseAndRate[0].rateQuantity", rate)


def _place_most(rxo: Segment, request: Draft, scope: Scope) -> None:
    """RXO-23, the dose of a whole day."""
    for value in rxo.said(23)[:1]:
        try:
            made = amount(value, scope)
        except CannotPlace as why:
            why.clinical = True
            scope.ledger.refuse_field(value.path, why)
            continue
        if made is not None:
            day = {"value": 1, "unit": "d", "system": UCUM, "code": "d"}
            sources = {f"numerator.{inner}": source for inner, source in made.sources.items()}
            request.place(f"{_FIRST}.maxDosePerPeriod", Piece({"numerator": made.value, "denominator": day}, sources))


def _place_asked(asked: Asked, at: str, request: Draft, scope: Scope) -> None:
    if asked.timing is not None:
        request.place(f"{at}.timing", asked.timing)
    if asked.instruction is not None:
        request.place(f"{at}.text", asked.instruction)
    if asked.condition is not None:
        request.add(
            f"{at}.additionalInstruction", Piece({"text": asked.condition.value}, {"text": asked.condition.sources[""]})
        )
    if asked.quantity is not None:
        element = f"{at}.doseAndRate[0].doseQuantity"
        if request.get(element) is None and request.get(f"{at}.doseAndRate[0].doseRange") is None:
            request.place(element, asked.quantity)
        elif request.get(element) != asked.quantity.value:
            _refuse(asked.quantity, "dosageInstruction.doseAndRate.dose", scope)
    if asked.priority is not None:
        if request.get("priority") in (None, asked.priority.value):
            request.place("priority", asked.priority)
        else:
            _refuse(asked.priority, "priority", scope)


def _refuse(piece: Piece, element: str, scope: Scope) -> None:
    """Said twice, and otherwise: a person decides."""
    why = CannotPlace("element-taken", code="duplicate", clinical=True, element=f"MedicationRequest.{element}")
    scope.ledger.refuse_field(next(iter(piece.sources.values())), why)
