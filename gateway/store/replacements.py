"""Exchanges that took the place of others: their records were translated again."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select

from gateway.exchange import Exchange
from gateway.store import exchanges
from gateway.store.mapping_tables import replacement
from gateway.store.prepared import Prepared
from gateway.store.tables import exchange

_BY = Prepared(
    select(replacement.c.exchange_rid).where(
        replacement.c.facility == bindparam("whose"), replacement.c.replaced == bindparam("bundle")
    )
)


def replace(connection: Connection, facility: str, bundle_id: str, by_rid: int) -> None:
    """Note that the words of a facility's Bundle count no more."""
    noted = insert(replacement).values(facility=facility, replaced=bundle_id, exchange_rid=by_rid)
    connection.execute(noted)


def is_replaced(connection: Connection, facility: str, bundle_id: str) -> bool:
    return _BY.value(connection, whose=facility, bundle=bundle_id) is not None


def not_replaced() -> ColumnElement[bool]:
    """Of an exchange of ours, whose id is its Bundle's."""
    return ~(
        select(replacement.c.exchange_rid)
        .where(replacement.c.facility == exchange.c.facility, replacement.c.replaced == exchange.c.id)
        .exists()
    )


def in_force(connection: Connection, payload_rid: int) -> list[Exchange]:
    """The exchanges of a payload that nothing took the place of, whole, by their records' places."""
    query = (
        select(exchange.c.id)
        .where(exchange.c.payload_rid == payload_rid, not_replaced())
        .order_by(exchange.c.position, exchange.c.rid)
    )
    found = (exchanges.get(connection, name) for name in connection.scalars(query).all())
    return [one for one in found if one is not None]
