"""Where a vaccine was given: RXA-27 with its address RXA-28, else RXA-11, which 2.7 gave up for them."""

from __future__ import annotations

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.contacts import address
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft, Piece

# point of care, room, bed, building, floor, description of a PL; the facility in PL.4 and LA2.4
_WORDS = {27: (4, 7, 8, 1, 2, 3, 9), 11: (4, 7, 8, 1, 2, 3)}


def place_location(rxa: Segment, draft: Draft, scope: Scope) -> None:
    """The Location, entered in the message's directory."""
    for number in (27, 11):
        value = rxa.first(number)
        where = rxa.first(28) if number == 27 else None
        made = _location(value, where, number, scope) if value is not None or where is not None else None
        if made is not None:
            draft.put("location", scope.directory.enter("Location", made).reference, rxa.path(number))
            return


def _location(value: Value | None, where: Value | None, number: int, scope: Scope) -> Piece | None:
    made = Composite()
    if value is not None:
        texts = [text for component in _WORDS[number] if (text := value.take(component))]
        made.put("name", " / ".join(texts), value.path)
    if where is not None:
        made.put_piece("address", address(where, scope))
    return made.piece()
