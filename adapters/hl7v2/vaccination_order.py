"""ORC of a vaccination to its Immunization: numbers, who ordered, when it was recorded, how confidential it is."""

from __future__ import annotations

from adapters.hl7v2.composite import Composite
from adapters.hl7v2.datatypes.codes import codeable
from adapters.hl7v2.datatypes.identifiers import entity_number, pair_number
from adapters.hl7v2.datatypes.moments import date_time
from adapters.hl7v2.datatypes.parties import practitioner, reference
from adapters.hl7v2.scope import Scope
from adapters.hl7v2.segments import Segment, Value
from gateway.mapping.draft import Draft
from gateway.mapping.ledger import CannotPlace

NO_NUMBER = "9999"  # what CDC's guide writes for ORC-3 where nothing was given
_FUNCTION = "http://terminology.hl7.org/CodeSystem/v2-0443"
_NAMES = {"AP": "Administering Provider", "OP": "Ordering Provider"}


def place_order(orc: Segment, draft: Draft, scope: Scope) -> None:
    """HL7 map ORC[Immunization]."""
    if (control := orc.first(1)) is not None:
        scope.ledger.leave(control.path, "the message is the record of what was given; RXA says it")
    for number, kind in ((2, "placer"), (3, "filler")):
        for value in orc.said(number):
            if value.peek() == NO_NUMBER:
                scope.ledger.leave(value.path, "9999 stands for no order (CDC's guide); it is no number of anything")
            elif (made := entity_number(value, scope, kind)) is not None:
                draft.add("identifier", made)
    for value in orc.said(4):
        for component, kind in ((2, "filler-group"), (1, "group")):
            if (made := pair_number(value, scope, kind, component)) is not None:
                draft.add("identifier", made)
    for value in orc.said(9):
        if draft.get("recorded") is None:
            _recorded(value, draft, scope)
    for value in orc.said(12):
        place_performer(value, draft, "OP", scope)
    for value in orc.said(28):
        made = codeable(value, scope, "hl7v2-confidentiality")
        if made is None:
            continue
        for at, coding in enumerate(made.value.get("coding", ())):
            draft.add("meta.security", coding, made.sources.get(f"coding[{at}].code", value.path))


def _recorded(value: Value, draft: Draft, scope: Scope) -> None:
    try:
        made = date_time(value, scope)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
    else:
        if made is not None:
            draft.place("recorded", made)


def place_performer(value: Value, draft: Draft, function: str, scope: Scope) -> None:
    """``function``: of HL7 table 0443."""
    try:
        who = reference(practitioner(value, scope), value.path)
    except CannotPlace as why:
        scope.ledger.refuse_field(value.path, why)
        return
    made = Composite()
    made.put("function", {"coding": [{"system": _FUNCTION, "code": function, "display": _NAMES[function]}]})
    made.put_piece("actor", who)
    draft.add("performer", made.piece())
