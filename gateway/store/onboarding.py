"""What the rows say of a facility's way to its first delivery. Each question is answered by an index."""

from __future__ import annotations

from sqlalchemy import Connection, Select, exists, func, select

from gateway.onboarding import Codes, Passed
from gateway.store import holding, vocabulary
from gateway.store.tables import delivery, exchange, payload
from gateway.terminology.terms import in_force

MOST = 10_000  # resources with one code: enough to weigh it against what waits
_ON_THE_WAY = ("ready", "in-progress", "on-hold")


def passed(connection: Connection, facility: str) -> Passed:
    """Of the payloads the facility itself brought; what another gateway sent here of its results counts for nothing."""
    read_by = connection.execute(select(payload.c.adapter).where(payload.c.facility == facility).limit(1)).scalar()
    if read_by is None:
        return Passed()
    own = select(exchange.c.rid).join(payload, payload.c.rid == exchange.c.payload_rid)
    own = own.where(payload.c.facility == facility)

    def there(query: Select[tuple[int]]) -> bool:
        return bool(connection.execute(select(exists(query))).scalar())

    def sent(*statuses: str) -> int:
        query = select(func.count()).select_from(delivery).join(exchange, exchange.c.rid == delivery.c.exchange_rid)
        found = query.where(delivery.c.status.in_(statuses), exchange.c.facility == facility, exchange.c.origin == "")
        return int(connection.execute(found).scalar_one())

    held = select(func.count()).select_from(exchange)
    held = held.where(exchange.c.status == "held", exchange.c.facility == facility, exchange.c.origin == "")
    arrived = own.join(delivery, delivery.c.exchange_rid == exchange.c.rid).where(delivery.c.status == "completed")
    return Passed(
        read_by=str(read_by),
        kept=there(own.where(exchange.c.status.in_(("kept", "delivered", "failed")))),
        held=int(connection.execute(held).scalar_one()),
        delivered=there(arrived),
        waiting=sent(*_ON_THE_WAY),
        failed=sent("failed"),
    )


def codes(connection: Connection, facility: str) -> Codes:
    """By how often each came; a decision for every facility counts as one of its own.

    What is decided is no more counted as unknown, so of such a code what is stored with it counts, up to MOST.
    """
    decided = in_force(vocabulary.history(connection, facility))
    waits, counted = [], 0
    for one in vocabulary.list_seen(connection, facility):
        if (one.kind, one.system, one.code) not in decided:
            waits.append(one.seen)
        elif one.kind == "unit":
            counted += one.seen
        else:
            counted += max(one.seen, holding.count_resources(connection, facility, one.system, one.code, MOST))
    return Codes(sum(waits) + counted, counted, len(waits))
