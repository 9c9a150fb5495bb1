"""MSG, PT, HD and the language of MSH, as a MessageHeader has them."""

from __future__ import annotations

from collections.abc import Callable

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes import parties
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Draft, Piece
from gateway.mapping.ledger import CannotPlace
from gateway.mapping.rows import Row
from gateway.r4.code_forms import is_language

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_PROCESSING = {"0103": (1, frozenset("DPT")), "0207": (2, frozenset("AIRT"))}


def _event(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """MSG: the event as a code, all of it as its words."""
    made = Composite()
    if event := value.take(2):
        made.put("system", f"{_TERMINOLOGY}/v2-0003")
        made.put("code", event, value.at(2))
    made.put("display", "^".join(part for component in (1, 2, 3) if (part := value.take(component))), value.path)
    return made.piece()


def _processing(value: Value, _row: Row, _scope: Scope, table: str) -> Piece | None:
    """PT: a component as a tag; a word that is not in its table is none."""
    component, known = _PROCESSING[table]
    if value.peek(component) not in known:
        return None
    at = value.at(component) if value.components > 1 else value.path
    tag = {"system": f"{_TERMINOLOGY}/v2-{table}", "code": value.take(component)}
    return Piece(tag, {"code": at})


def _language(value: Value, _row: Row, _scope: Scope, _parameter: str) -> Piece | None:
    """A language tag; its two letters are written small (RFC 5646 section 2.1.1)."""
    text = value.peek()
    if not is_language(text):
        return None
    at = value.path if value.components == 1 else value.at(1)
    return Piece.of(value.take().lower() if len(text) == 2 else value.take(), at)


def _told_already(make: Callable[[Value, Scope], Draft]) -> Callable[[Value, Row, Scope, str], Piece | None]:
    """A reference to an Organization whose field is read elsewhere too, where an error of it is told."""

    def convert(value: Value, _row: Row, scope: Scope, _parameter: str) -> Piece | None:
        try:
            return parties.reference(make(value, scope), value.path)
        except CannotPlace:
            return None

    return convert


HEADER_CONVERTERS: dict[str, Callable[[Value, Row, Scope, str], Piece | None]] = {
    "message-event": _event,
    "processing": _processing,
    "language": _language,
    "sending-organization": _told_already(parties.sender),
    "responsible-organization": _told_already(parties.organization),
}
