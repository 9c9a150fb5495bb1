"""XAD, XTN: addresses and contact points."""

from __future__ import annotations

import re

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.moments import period
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.vocabulary import vocabulary

PREFERRED = "http://hl7.org/fhir/StructureDefinition/iso21090-preferred"
# HL7 table 0185 → the element of a ContactPoint that says so, and what it says
_WAYS = {
    "B": ("system", "pager"),
    "C": ("use", "mobile"),
    "E": ("system", "email"),
    "F": ("system", "fax"),
    "H": ("use", "home"),
    "O": ("use", "work"),
}


def address(value: Value, scope: Scope) -> Piece | None:
    """XAD as an Address; one undivided text where the sender does not divide it."""
    made = Composite()
    if (target := vocabulary("hl7v2-address-use").translate(value.peek(7))) is not None:
        value.take(7)
        made.put("use", target.code, value.at(7))
    if value.components == 1 and value.peek():
        made.put("text", value.take_all(1), value.path)
    else:
        made.add("line", value.take_all(1), value.at(1))
        made.add("line", value.take(2), value.at(2))
        made.add("line", value.take(8), value.at(8))
    for name, component in (("city", 3), ("district", 9), ("state", 4), ("postalCode", 5), ("country", 6)):
        made.put(name, value.take(component), value.at(component))
    made.put_piece("period", period(value, scope, 13, 14))
    return made.piece()


def contact_point(value: Value, scope: Scope, use: str = "") -> Piece | None:
    """XTN as a ContactPoint; ``use`` is what the field itself implies (PID-13 home, PID-14 work)."""
    made = Composite()
    equipment = value.peek(3)
    mail = equipment in ("Internet", "X.400") or (not equipment and bool(value.peek(4)))
    target = vocabulary("hl7v2-telecom-system").translate(equipment)
    if target is not None:
        value.take(3)
    system = "email" if mail else target.code if target is not None else "phone" if not equipment else "other"
    made.put("system", system, value.at(3) if target is not None else "")
    if mail:
        made.put("value", value.take(4) or value.take(1), value.at(4))
    else:
        _put_number(made, value)
    said = vocabulary("hl7v2-telecom-use").translate(value.peek(2))
    if equipment == "CP":
        made.put("use", "mobile", value.at(3))
    elif said is not None:
        value.take(2)
        made.put("use", said.code, value.at(2))
    elif not value.peek(2):
        made.put("use", use)
    made.put_piece("period", period(value, scope, 13, 14))
    rank = value.peek(18)
    if re.match(r"[1-9][0-9]{0,3}\Z", rank):
        value.take(18)
        made.put("rank", int(rank), value.at(18))
    if "value" not in made.value and value.touched:  # a kind of telephone without its number
        raise CannotPlace("hl7v2-value-malformed")
    return made.piece() if "value" in made.value else None


def _put_number(made: Composite, value: Value) -> None:
    if text := value.take(1):
        made.put("value", text, value.at(1) if value.components > 1 else value.path)
    elif text := value.take(12):
        made.put("value", text, value.at(12))
    elif value.peek(7):
        country, area, local = value.take(5), value.take(6), value.take(7)
        extension = value.take(8)
        number = " ".join(part for part in (f"+{country}" if country else "", area, local) if part)
        made.put("value", f"{number} X{extension}" if extension else number, value.path)


def mark_preferred(value: Value, contact_points: list[Piece]) -> None:
    """A code of HL7 table 0185: the first contact point of that kind is the preferred one; the code is left where
    none is."""
    element, said = _WAYS.get(value.peek(), ("", ""))
    at = next((at for at, one in enumerate(contact_points) if element and one.value.get(element) == said), None)
    if at is not None:
        value.take()
        one = contact_points[at]
        contact_points[at] = Piece(
            {"extension": [{"url": PREFERRED, "valueBoolean": True}], **one.value},
            {"extension[0].valueBoolean": value.path, **one.sources},
        )
