"""Order numbers: one is one patient's, collected on one date; another's is never a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, select, update

from gateway.errors import Conflict
from gateway.exchange import OrderClaim
from gateway.store.tables import order_claim


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
            values = {"facility": facility, "number": one.number, "patient": one.patient, "collected": one.collected}
            connection.execute(insert(order_claim).values(values))
        elif not earlier.collected and one.collected:
            dated = update(order_claim).where(order_claim.c.facility == facility, order_claim.c.number == one.number)
            connection.execute(dated.values(collected=one.collected))
        else:
            continue
        known[one.number] = one


def _known(
    connection: Connection, facility: str, claims: Sequence[OrderClaim], *, lock: bool = False
) -> dict[str, OrderClaim]:
    table = order_claim
    query = select(table.c.number, table.c.patient, table.c.collected).where(
        table.c.facility == facility, table.c.number.in_({one.number for one in claims})
    )
    if lock:  # of two exchanges that complete one date at once the second sees the first's
        query = query.order_by(table.c.number).with_for_update(key_share=True)
    rows = connection.execute(query)
    return {row.number: OrderClaim(row.number, row.patient, row.collected) for row in rows}
