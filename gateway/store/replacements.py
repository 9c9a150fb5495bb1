"""Exchanges that took the place of others: their records were translated again."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select

from gateway.exchange import Exchange
from gateway.store import exchanges, versions
from gateway.store.exchanges import ExchangeLine
from gateway.store.mapping_tables import replacement
from gateway.store.prepared import Prepared
from gateway.store.tables import exchange, resource

_BY = Prepared(
    select(replacement.c.exchange_rid).where(
        replacement.c.facility == bindparam("whose"), replacement.c.replaced == bindparam("bundle")
    )
)

_ADD = Prepared(insert(replacement), sets=("facility", "replaced", "exchange_rid"))


def replace(connection: Connection, facility: str, bundle_id: str, by_rid: int) -> None:
    """Note that the words of a facility's Bundle count no more; the first to say so is noted."""
    if not is_replaced(connection, facility, bundle_id):
        _ADD.run(connection, facility=facility, replaced=bundle_id, exchange_rid=by_rid)


def by(connection: Connection, facility: str, bundle_id: str) -> str:
    """The id of the exchange that took its place; "" where none did."""
    rid = _BY.value(connection, whose=facility, bundle=bundle_id)
    return str(connection.execute(select(exchange.c.id).where(exchange.c.rid == rid)).scalar() or "") if rid else ""


def is_replaced(connection: Connection, facility: str, bundle_id: str) -> bool:
    return _BY.value(connection, whose=facility, bundle=bundle_id) is not None


def others_tell(connection: Connection, kind: str, name: str, but: set[str]) -> bool:
    """Whether an exchange besides these, that nothing took the place of, told of the resource ``Type/id``."""
    rid = connection.execute(select(resource.c.rid).where(resource.c.type == kind, resource.c.id == name)).scalar()
    if rid is None:
        return False
    names = set(versions.exchanges_of(connection, rid)) - but
    query = select(exchange.c.id).where(exchange.c.id.in_(names), not_replaced()).limit(1)
    return connection.execute(query).first() is not None


def standing(connection: Connection, lines: list[ExchangeLine] | None) -> list[ExchangeLine] | None:
    """Of the exchanges of a payload of ours those that nothing took the place of."""
    if lines is None:
        return None
    return [one for one in lines if not is_replaced(connection, one.facility, one.id)]


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
