"""Accepted reuses: an order that was not made, and the version of a result that stands in its place; each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from gateway.jsontext import dumps, loads
from gateway.store.reuse_tables import reuse, reuse_source
from gateway.store.tables import exchange, resource, resource_version
from gateway.store.times import micros, moment

Named = tuple[str, str]  # an order's identifier: (system, value)
Source = tuple[int, int]  # (row of a resource, version relied on)


@dataclass(frozen=True, slots=True)
class Reuse:
    """``id``: of its Provenance. ``result``: "Observation/id" with its version. ``person``: of the tables of results.

    ``question``: JSON of what judging again takes, without a value. ``accepted``: aware UTC. ``card_rid``: None where
    no card led to it.
    """

    id: str
    facility: str
    client_id: str
    practitioner: str
    order: Named
    result: str
    version: int
    person: int
    kid: str
    test_group: str
    question: Mapping[str, Any]
    rules_digest: str
    basis: str
    accepted: datetime
    card_rid: int | None = None


_PLAIN = (
    "id",
    "facility",
    "client_id",
    "practitioner",
    "person",
    "kid",
    "test_group",
    "rules_digest",
    "basis",
    "card_rid",
)


def add(connection: Connection, made: Reuse, sources: Iterable[Source], exchange_rid: int) -> int:
    """Keep it with what it relied on; returns its row. ``exchange_rid``: of its signed Provenance."""
    row = {name: getattr(made, name) for name in _PLAIN}
    row |= {
        "order_system": made.order[0],
        "order_value": made.order[1],
        "result": made.result,
        "result_version": made.version,
        "question": dumps(made.question).decode(),
        "accepted": micros(made.accepted),
        "exchange_rid": exchange_rid,
    }
    rid = int(connection.execute(insert(reuse).values(row).returning(reuse.c.rid)).scalar_one())
    relied = [{"resource_rid": one, "reuse_rid": rid, "vid": vid} for one, vid in dict(sources).items()]
    connection.execute(insert(reuse_source), relied)
    return rid


def find(connection: Connection, facility: str, order: Named, result: str, version: int) -> Reuse | None:
    """The same acceptance as it was recorded before; None when it was not."""
    found = _select(
        connection,
        reuse.c.facility == facility,
        reuse.c.order_system == order[0],
        reuse.c.order_value == order[1],
        reuse.c.result == result,
        reuse.c.result_version == version,
    )
    return found[0] if found else None


def between(connection: Connection, since: datetime, until: datetime, facility: str = "") -> list[Reuse]:
    """Accepted from ``since`` on and before ``until``, in that order; of one facility, or of all with ""."""
    conditions = [reuse.c.accepted >= micros(since), reuse.c.accepted < micros(until)]
    return _select(connection, *conditions, *([reuse.c.facility == facility] if facility else []))


def stands(connection: Connection, sources: Sequence[Source], person: int) -> bool:
    """Whether each version relied on is still the current one, of the same person, and not kept apart.

    Within ``Store.write`` nobody changes it between this look and what is made of it.
    """
    for rid, vid in sources:
        current = (
            select(resource_version.c.vid, resource.c.person, resource.c.sensitive)
            .join_from(resource, resource_version, resource_version.c.rid == resource.c.current)
            .where(resource.c.rid == rid)
        )
        if tuple(connection.execute(current).one()) != (vid, person, False):
            return False
    return True


def person_of(connection: Connection, reference: str) -> int:
    """The key of the person that "Type/id" is about; 0 for nobody's, or nothing."""
    kind, _, name = reference.partition("/")
    query = select(resource.c.person).where(resource.c.type == kind, resource.c.id == name)
    return int(connection.execute(query).scalar() or 0)


def exchange_of(connection: Connection, made: Reuse) -> str:
    """The id of the exchange that its signed Provenance travels in."""
    query = select(exchange.c.id).join(reuse, reuse.c.exchange_rid == exchange.c.rid).where(reuse.c.id == made.id)
    return str(connection.execute(query).scalar_one())


def _select(connection: Connection, *conditions: Any) -> list[Reuse]:
    found = []
    for row in connection.execute(select(reuse).where(*conditions).order_by(reuse.c.accepted, reuse.c.rid)).mappings():
        plain = {name: row[name] for name in _PLAIN}
        order, version = (row["order_system"], row["order_value"]), row["result_version"]
        question, accepted = loads(row["question"]), moment(row["accepted"])
        found.append(
            Reuse(**plain, order=order, result=row["result"], version=version, question=question, accepted=accepted)
        )
    return found
