"""Status codes to the one status element of a resource, keeping what the FHIR code leaves out."""

from __future__ import annotations

from adapters.hl7v2.datatypes.codes import code, code_as_sent
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Value
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace


def place_status(draft: Draft, value: Value, vocabulary: str, scope: Scope) -> bool:
    """Set ``status`` from the code; False, with the field listed, when its table has no row."""
    try:
        made = code(value, scope, vocabulary)
        sent = code_as_sent(value, scope, vocabulary)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return False
    if made is not None:
        draft.place("status", made)
    if sent is not None:
        draft.place("_status", sent)
    return made is not None
