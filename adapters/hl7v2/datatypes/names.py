"""XPN, XCN, CNN: names. A Vietnamese name is one whole: its text as sent, its parts beside it."""

from __future__ import annotations

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.moments import period
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.vocabulary import vocabulary


def human_name(value: Value, scope: Scope) -> Piece | None:
    """XPN as a HumanName."""
    made = Composite()
    if value.peek(11) == "G":  # given name first (HL7 table 0444); otherwise the order it was sent in
        value.take(11)
        order = (2, 3, 1)
    else:
        order = (1, 2, 3)
    if (target := vocabulary("hl7v2-name-type").translate(value.peek(7))) is not None:
        value.take(7)
        made.put("use", target.code, value.at(7))
    put_parts(made, value, order, suffixes=(4, 6, 14), prefix=5)
    ending = (12, 13) if value.peek(12) or value.peek(13) else (10, 0)
    if ending[1]:
        made.put_piece("period", period(value, scope, *ending))
    if "text" not in made.value and value.touched:  # a title alone names nobody
        raise CannotPlace("hl7v2-unnamed")
    return made.piece() if "text" in made.value else None


def put_parts(
    made: Composite, value: Value, order: tuple[int, int, int], *, suffixes: tuple[int, ...], prefix: int
) -> None:
    """Text, family and given from three components named in ``order``; the family's is the least of them."""
    family = min(order)
    texts = [text for component in order if (text := value.peek(component))]
    made.put("text", " ".join(texts), value.path if len(texts) > 1 else _only(value, order))
    if len(texts) > 1:
        made.put("family", value.take(family), value.at(family))
        for component in sorted(order)[1:]:
            made.add("given", value.take(component), value.at(component))
    else:  # the whole name in one component has no family part to tell
        for component in order:
            value.take(component)
    made.add("prefix", value.take(prefix), value.at(prefix))
    for component in suffixes:
        made.add("suffix", value.take(component), value.at(component))


def _only(value: Value, order: tuple[int, ...]) -> str:
    return next((value.at(component) for component in order if value.peek(component)), value.path)
