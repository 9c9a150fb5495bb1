"""What a segment's action code does to what it tells (HL7 tables 0206, 0323): nothing is ever deleted."""

from __future__ import annotations

from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment

_ACTIONS = ("A", "U", "D", "X")  # add, update, delete, no change


def deletes(segment: Segment, field: int, scope: Scope) -> bool:
    """True for D. A code of neither table is held: what it takes back, if anything, nobody knows."""
    value = segment.first(field)
    if value is None or not value.peek():
        return False
    if value.peek() not in _ACTIONS:
        scope.ledger.hold("code-invalid", "hl7v2-action-unknown", value.path)
        return False
    for component in (2, 3):
        value.take(component)
    return value.take() == "D"
