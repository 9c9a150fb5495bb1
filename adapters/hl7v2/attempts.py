"""A conversion outside the rows, with the same end: a bad field costs that field, with an issue."""

from __future__ import annotations

from collections.abc import Callable

from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Piece
from gateway.mapping.ledger import CannotPlace


def attempt(convert: Callable[[Value, Scope], Piece | None], value: Value, scope: Scope) -> Piece | None:
    """What the conversion makes; None, and the field listed, where it has no place."""
    try:
        return convert(value, scope)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return None
