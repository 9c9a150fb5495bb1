"""What a card keeps of its draft order, and the acceptance its reader means by feedback.

A draft is named by its own identifier where it has one, else by its id, as a number of its facility's. Whom it is
about is kept as the key of a person alone: their numbers are looked up when the offer is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.bundle import Resource
from gateway.errors import Conflict
from gateway.prior.question import About, Question
from gateway.reused.acceptance import NOBODY, Accepted, of_another
from gateway.reused.question import as_json, asked_again
from gateway.store import Connection, persons
from gateway.store.cards import Offered
from gateway.store.reuses import Named

_LONGEST = 255  # characters of a number that is kept


def order_system(facility: str) -> str:
    """The system of orders that their software names by nothing but its own id."""
    return f"urn:vn:cskcb:{facility}:order"


def offer(draft: Resource, question: Question, user: Named, facility: str) -> dict[str, object]:
    """``draft``: the ServiceRequest, with an id. ``question``: with the one order. ``user``: who makes it."""
    return {"order": list(_named(draft, facility)), "user": list(user), "question": as_json(question)}


def accepted_offer(connection: Connection, offered: Offered, happened: datetime) -> Accepted:
    """The acceptance of what a card offered; Conflict where it offered nothing, or its patient is nobody any more."""
    order = _pair(offered.asked.get("order"))
    if offered.decision != "reuse" or order == NOBODY:
        raise Conflict("reuse-not-offered")
    question = asked_again(offered.asked.get("question", {}), _about(connection, offered.person))
    user = _pair(offered.asked.get("user"))
    members = () if offered.result else tuple(offered.shown)
    return Accepted(
        question, order, offered.result, offered.version, happened, user, card_rid=offered.rid, members=members
    )


def _named(draft: Resource, facility: str) -> Named:
    listed = draft.get("identifier")
    for one in listed if isinstance(listed, list) else ():
        system, value = (one.get("system"), one.get("value")) if isinstance(one, Mapping) else (None, None)
        if _fit(system) and " " not in str(system) and _fit(value) and not of_another(str(system), facility):
            return str(system), str(value)
    return order_system(facility), str(draft["id"])


def _fit(text: Any) -> bool:
    """For a record that is valid R4: in one line, without control characters."""
    return isinstance(text, str) and bool(text.strip()) and len(text) <= _LONGEST and text.isprintable()


def _pair(kept: Any) -> Named:
    return (str(kept[0]), str(kept[1])) if isinstance(kept, list) and len(kept) == 2 else NOBODY


def _about(connection: Connection, person: int) -> About:
    """By a national number of the person; of somebody without one by the id of a Patient, merged ones among them."""
    numbers = persons.identifiers_of(connection, person) if person > 0 else []
    if numbers:
        return About(*numbers[0])
    rows = persons.rows_of(connection, {person}) if person > 0 else [persons.patient_row(connection, -person)]
    for row in rows:
        if row is not None and not row.sensitive:
            return About("", row.id)
    raise Conflict("reuse-patient-gone")
