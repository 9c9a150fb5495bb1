"""Converters of what visits, their places and their events say; ``converters`` has them in its table."""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import escape

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes import identifiers, parties, places
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.rows import Row
from gateway.mapping.units import UCUM
from gateway.mapping.values import number

CLASSIFICATION = "http://hl7.org/fhir/StructureDefinition/subject-locationClassification"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ROLES = {"ATND": "attender", "REF": "referrer", "CON": "consultant", "ADM": "admitter", "PART": "Participation"}


def _participant(value: Value, _row: Row, scope: Scope, parameter: str) -> Piece | None:
    draft = parties.practitioner(value, scope)
    made = Composite()
    role = _ROLES[parameter]
    made.put("type", [{"coding": [{"system": PARTICIPATION, "code": parameter, "display": role}], "text": role}])
    made.put_piece("individual", parties.reference(draft, value.path))
    return made.piece()


def _placed(value: Value, _row: Row, scope: Scope, parameter: str) -> Piece | None:
    where = places.place_reference(value, scope)
    if where is None:
        return None
    status, _, classified = parameter.partition(":")
    made = Composite()
    made.put_piece("location", where)
    made.put("status", status)
    if classified:  # the code as HL7's map has it; what it names as its system is a value set
        made.put("extension", [{"url": CLASSIFICATION, "valueCodeableConcept": {"coding": [{"code": classified}]}}])
    return made.piece()


def _prior_visit_number(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    made = identifiers.visit_number(value, scope)
    return Piece({**made.value, "use": "old"}, made.sources) if made is not None else None


def _days(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
    """NM as a Duration in days."""
    days = number(value.peek(), decimal_comma=scope.profile.decimal_comma)
    if days is None or value.peek().startswith("-"):
        raise CannotPlace("hl7v2-value-malformed")
    value.take()
    made = {"value": days, "unit": "days", "system": UCUM, "code": "d"}
    return Piece(made, {"value": value.path})


def _narrative(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """A text for readers, beside what the elements say."""
    text = value.whole().strip()
    if not text:
        return None
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(text)}</div>'
    return Piece({"status": "additional", "div": div}, {"div": value.path})


def _protected(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """Y: a security label; N asks for none."""
    said = value.take()
    if said not in ("Y", "N"):
        raise CannotPlace("hl7v2-value-malformed")
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    return Piece(label, {"code": value.path}) if said == "Y" else None


def _name_said(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """XON as a text: its name, else its number."""
    component = 1 if value.peek() else 10
    text = value.take_all(component)
    return Piece.of(text, value.at(component) if value.components > 1 else value.path) if text else None


VISIT_CONVERTERS: dict[str, Callable[[Value, Row, Scope, str], Piece | None]] = {
    "participant": _participant,
    "placed": _placed,
    "prior-visit-number": _prior_visit_number,
    "days": _days,
    "narrative": _narrative,
    "protected": _protected,
    "name-said": _name_said,
}
