"""CQ, NM: amounts of a specimen. Units become UCUM by the unit table alone."""

from __future__ import annotations

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.units import quantity_unit
from gateway.mapping.values import number


def amount(value: Value, scope: Scope) -> Piece | None:
    """CQ as a SimpleQuantity (no comparator)."""
    made = Composite()
    text = value.peek()
    if not text:
        return None
    read = number(text, decimal_comma=scope.profile.decimal_comma)
    if read is None:
        raise CannotPlace("hl7v2-value-malformed")
    value.take()
    made.put("value", read, value.at(1))
    for name, item in quantity_unit(value.take(2), scope.profile.units).items():
        made.put(name, item, value.at(2))
    return made.piece()
