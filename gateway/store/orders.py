"""Order numbers: one is one patient's, collected on one date; another's is never a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.errors import Conflict
from gateway.exchange import OrderClaim
from gateway.store.prepared import Prepared
from gateway.store.tables import order_claim

_named = (order_claim.c.facility == bindparam("owner"), order_claim.c.number == bindparam("claimed"))
_STATED = select(order_claim.c.number, order_claim.c.patient, order_claim.c.collected).where(*_named)
_KNOWN = Prepared(_STATED)
_LOCK = Prepared(_STATED.with_for_update(key_share=True))  # of two exchanges that complete one date the second waits
_ADD = Prepared(insert(order_claim), sets=("facility", "number", "patient", "collected"))
_DATE = Prepared(update(order_claim).where(*_named), sets=("collected",))

_GONE = Prepared(
    delete(order_claim).where(
        *_named, order_claim.c.patient == bindparam("whose"), order_claim.c.collected == bindparam("day")
    )
)


def conflicting(connection: Connection, facility: str, claims: Sequence[OrderClaim]) -> list[OrderClaim]:
    """Those claims that contradict what is stored, or one another: the exchange is then held.

    Another patient contradicts; so does another date, where both have one.
    """
    return _contradicting(_known(connection, facility, claims), claims)


def _contradicting(known: Mapping[str, OrderClaim], claims: Sequence[OrderClaim]) -> list[OrderClaim]:
    standing = dict(known)
    found: list[OrderClaim] = []
    for one in claims:
        earlier = standing.setdefault(one.number, one)
        if earlier.patient != one.patient or (earlier.collected and one.collected not in ("", earlier.collected)):
            found.append(one)
        elif not earlier.collected:
            standing[one.number] = one
    return found


def claim_orders(connection: Connection, facility: str, claims: Sequence[OrderClaim]) -> None:
    """Keep the claims of an exchange; one kept without a date is completed by the first that has one.

    Conflict (409), and nothing kept, when any contradicts.
    """
    known = _known(connection, facility, claims, lock=True)
    if _contradicting(known, claims):
        raise Conflict("order-of-another")
    for one in claims:
        earlier = known.get(one.number)
        if earlier is None:
            _ADD.put(connection, facility=facility, number=one.number, patient=one.patient, collected=one.collected)
        elif not earlier.collected and one.collected:
            _DATE.put(connection, owner=facility, claimed=one.number, collected=one.collected)
        else:
            continue
        known[one.number] = one


def _known(
    connection: Connection, facility: str, claims: Sequence[OrderClaim], *, lock: bool = False
) -> dict[str, OrderClaim]:
    asked = [{"owner": facility, "claimed": number} for number in sorted({one.number for one in claims})]
    rows = (_LOCK if lock else _KNOWN).each(connection, asked)
    return {number: OrderClaim(number, patient, collected) for number, patient, collected in rows}


def take_back(connection: Connection, facility: str, claims: Sequence[OrderClaim]) -> None:
    """Forget those claims that stand as they are given: their record is about to claim anew."""
    for one in claims:
        _GONE.run(connection, owner=facility, claimed=one.number, whose=one.patient, day=one.collected)
