"""Who is registered here: facilities, their clients, recipients, subscriptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, or_, select, update

from gateway.errors import Conflict, NotFound
from gateway.facility import Client, Facility, Recipient, Subscription
from gateway.jsontext import loads
from gateway.store import records, tables
from gateway.store.mapping_tables import mapping_file
from gateway.store.prepared import Prepared
from gateway.store.times import micros, moment, optional_moment


def _add(connection: Connection, table: Table, rule: str, key: str, row: dict[str, Any]) -> None:
    """Conflict (409) when the key is taken: what is registered is never overwritten in passing."""
    if connection.execute(select(table.c[key]).where(table.c[key] == row[key])).first() is not None:
        raise Conflict(rule, name=row[key])
    connection.execute(insert(table).values(row))


# ---- facilities and their clients -----------------------------------------------------


def add_facility(connection: Connection, facility: Facility, now: datetime) -> None:
    row = {"code": facility.code, "record": records.text(facility), "created": micros(now)}
    _add(connection, tables.facility, "facility-exists", "code", row)


def replace_facility(connection: Connection, facility: Facility) -> None:
    """Change how a registered facility's payloads are read; NotFound when it is not registered."""
    table = tables.facility
    changed = update(table).where(table.c.code == facility.code).values(record=records.text(facility))
    if connection.execute(changed).rowcount == 0:
        raise NotFound("facility-unknown", name=facility.code)


_FACILITY = Prepared(select(tables.facility.c.record).where(tables.facility.c.code == bindparam("wanted")))


@lru_cache(maxsize=4096)
def _facility(record: str) -> Facility:
    """The same words are the same facility: read once, since every payload asks."""
    return records.read(record, Facility)


def get_facility(connection: Connection, code: str) -> Facility | None:
    record = _FACILITY.value(connection, wanted=code)
    return None if record is None else _facility(record)


_SENDER = Prepared(
    select(
        tables.facility.c.record,
        select(func.max(tables.vocabulary_decision.c.rid)).scalar_subquery(),
        select(func.max(mapping_file.c.rid)).scalar_subquery(),
    ).where(tables.facility.c.code == bindparam("wanted"))
)


def sender(connection: Connection, code: str) -> tuple[Facility, int, int] | None:
    """A facility whose payload came, and the numbers of the newest decision on anybody's vocabulary and of the newest
    word on anybody's mapping files, 0 without any."""
    row = _SENDER.first(connection, wanted=code)
    return None if row is None else (_facility(row[0]), row[1] or 0, row[2] or 0)


def list_facilities(connection: Connection) -> list[Facility]:
    """All of them, by code."""
    table = tables.facility
    found = connection.execute(select(table.c.record).order_by(table.c.code)).scalars()
    return [records.read(record, Facility) for record in found]


def add_client(connection: Connection, client: Client, now: datetime) -> None:
    row = {
        "client_id": client.client_id,
        "facility": client.facility,
        "record": records.text(client),
        "created": micros(now),
    }
    _add(connection, tables.client, "client-exists", "client_id", row)


def replace_client(connection: Connection, client: Client) -> None:
    """Change what a client is registered with; NotFound when it is not registered."""
    table = tables.client
    changed = update(table).where(table.c.client_id == client.client_id).values(record=records.text(client))
    if connection.execute(changed).rowcount == 0:
        raise NotFound("client-unknown", name=client.client_id)


def get_client(connection: Connection, client_id: str) -> Client | None:
    table = tables.client
    record = connection.execute(select(table.c.record).where(table.c.client_id == client_id)).scalar()
    return None if record is None else records.read(record, Client)


def list_clients(connection: Connection, facility: str = "") -> list[Client]:
    """All clients, or one facility's, by client id."""
    table = tables.client
    query = select(table.c.record).order_by(table.c.client_id)
    if facility:
        query = query.where(table.c.facility == facility)
    return [records.read(record, Client) for record in connection.execute(query).scalars()]


# ---- recipients and what they get -----------------------------------------------------


def add_recipient(connection: Connection, recipient: Recipient, now: datetime) -> None:
    row = {
        "name": recipient.name,
        "record": records.text(replace(recipient, private_jwk={})),
        "private_jwk": records.text(recipient.private_jwk),
        "created": micros(now),
    }
    _add(connection, tables.recipient, "recipient-exists", "name", row)


def replace_recipient(connection: Connection, recipient: Recipient) -> None:
    """Change where a recipient is, whom to believe there, or our client there; NotFound when it is not registered."""
    table = tables.recipient
    values = {
        "record": records.text(replace(recipient, private_jwk={})),
        "private_jwk": records.text(recipient.private_jwk),
    }
    if connection.execute(update(table).where(table.c.name == recipient.name).values(values)).rowcount == 0:
        raise NotFound("recipient-unknown", name=recipient.name)


_REGISTERED = select(tables.recipient.c.record, tables.recipient.c.private_jwk)
_RECIPIENT = Prepared(_REGISTERED.where(tables.recipient.c.name == bindparam("wanted")))
_RECIPIENTS = Prepared(_REGISTERED.order_by(tables.recipient.c.name))


def get_recipient(connection: Connection, name: str) -> Recipient | None:
    """With its private key: for the worker that sends, not for showing."""
    row = _RECIPIENT.first(connection, wanted=name)
    return None if row is None else _recipient(*row)


def list_recipients(connection: Connection) -> list[Recipient]:
    """All of them, by name, with their private keys."""
    return [_recipient(*row) for row in _RECIPIENTS.all(connection)]


@lru_cache(maxsize=1024)
def _recipient(record: str, private_jwk: str) -> Recipient:
    """As :func:`_facility`. What is given out is shared: it is read, and replaced, never written into."""
    return replace(records.read(record, Recipient), private_jwk=loads(private_jwk or "{}"))


def add_subscription(connection: Connection, subscription: Subscription, now: datetime) -> Subscription:
    """Begins at its own ``since``, else ``now``. NotFound when its recipient is not registered."""
    if get_recipient(connection, subscription.recipient) is None:
        raise NotFound("recipient-unknown", name=subscription.recipient)
    begun = replace(subscription, since=subscription.since or now)
    row = {
        "id": begun.id,
        "recipient": begun.recipient,
        "record": records.text(begun),
        "since": micros(begun.since or now),
        "ended": None if begun.ended is None else micros(begun.ended),
    }
    _add(connection, tables.subscription, "subscription-exists", "id", row)
    return begun


_HELD = tables.subscription.c
_WANTED = select(_HELD.record, _HELD.since, _HELD.ended)
_EVER = Prepared(_WANTED.order_by(_HELD.since, _HELD.id))
_ONE = Prepared(_WANTED.where(_HELD.id == bindparam("wanted")))
_ACTIVE = Prepared(
    _WANTED.where(_HELD.since <= bindparam("now"), or_(_HELD.ended.is_(None), _HELD.ended > bindparam("now"))).order_by(
        _HELD.since, _HELD.id
    )
)


def list_subscriptions(connection: Connection, active_at: datetime | None = None) -> list[Subscription]:
    """All that ever were, or those active at a time; in the order they began."""
    if active_at is None:
        return [_subscription(*row) for row in _EVER.all(connection)]
    return [_subscription(*row) for row in _ACTIVE.all(connection, now=micros(active_at))]


def end_subscription(connection: Connection, subscription_id: str, now: datetime) -> Subscription:
    """It stays as history. NotFound for an unknown one; one that has ended keeps its end."""
    table = tables.subscription
    row = _ONE.first(connection, wanted=subscription_id)
    if row is None:
        raise NotFound("subscription-unknown", name=subscription_id)
    found = _subscription(*row)
    if found.ended is not None:
        return found
    connection.execute(update(table).where(table.c.id == subscription_id).values(ended=micros(now)))
    return replace(found, ended=now)


@lru_cache(maxsize=4096)
def _subscription(record: str, since: int, ended: int | None) -> Subscription:
    return replace(records.read(record, Subscription), since=moment(since), ended=optional_moment(ended))
