"""Resources as REST serves them, every version of them.

Read here, kept by ``gateway.store.versions``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from gateway.bundle import Resource
from gateway.jsontext import dumps, loads
from gateway.store.tables import exchange, resource, resource_version
from gateway.store.times import instant, micros, moment
from gateway.store.versions import KeptVersion, current_of, keep_version, keep_versions
from gateway.store.words import stored_body

__all__ = [
    "KeptVersion",
    "Version",
    "current",
    "current_of",
    "history",
    "keep_version",
    "keep_versions",
    "stored_body",
    "subject_of",
    "version",
]


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version. ``body`` is without meta.versionId, lastUpdated and source; ``content`` has them.

    ``meta.source`` names the exchange that brought the version, so that whoever relies on it
    finds its evidence.
    """

    resource_rid: int
    type: str
    id: str
    vid: int
    updated: datetime
    sensitive: bool
    exchange_id: str
    body: bytes

    def content(self) -> bytes:
        """The JSON as served: spliced, not parsed, so that every number keeps its token."""
        head = _head(self.type, self.id)
        rest = self.body[len(head) :]
        added = (
            f'"versionId":"{self.vid}","lastUpdated":"{instant(micros(self.updated))}",'
            f'"source":"urn:uuid:{self.exchange_id}"'
        ).encode()
        if rest.startswith(b',"meta":{'):
            return head + b',"meta":{' + added + b"," + rest[len(b',"meta":{') :]
        return head + b',"meta":{' + added + b"}" + rest

    def resource(self) -> Resource:
        """``content`` parsed, numbers keeping their tokens."""
        parsed: Resource = loads(self.content())
        return parsed


def _head(resource_type: str, logical_id: str) -> bytes:
    return dumps({"resourceType": resource_type, "id": logical_id})[:-1]


# ---- reading --------------------------------------------------------------------------

_VERSION = (
    resource.c.rid.label("resource_rid"),
    resource.c.type,
    resource.c.id,
    resource_version.c.vid,
    resource_version.c.updated,
    resource.c.sensitive,
    exchange.c.id.label("exchange_id"),
    resource_version.c.body,
)


_CURRENT = (
    select(*_VERSION)
    .join(resource_version, resource_version.c.rid == resource.c.current)
    .join(exchange, exchange.c.rid == resource_version.c.exchange_rid)
)
_EVERY = (
    select(*_VERSION)
    .join(resource_version, resource_version.c.resource_rid == resource.c.rid)
    .join(exchange, exchange.c.rid == resource_version.c.exchange_rid)
)


def _open(query: Select[Any], sensitive: bool) -> Select[Any]:
    """What the law calls sensitive is left out unless asked for by name."""
    return query if sensitive else query.where(resource.c.sensitive.is_(False))


def current(connection: Connection, resource_type: str, logical_id: str, *, sensitive: bool = False) -> Version | None:
    """The newest version by the source's time; sensitive resources only with ``sensitive``."""
    query = _CURRENT.where(resource.c.type == resource_type, resource.c.id == logical_id)
    return next(_versions(connection, _open(query, sensitive)), None)


def version(
    connection: Connection, resource_type: str, logical_id: str, vid: int, *, sensitive: bool = False
) -> Version | None:
    """One version by its number (vread)."""
    query = _EVERY.where(resource.c.type == resource_type, resource.c.id == logical_id, resource_version.c.vid == vid)
    return next(_versions(connection, _open(query, sensitive)), None)


def owner(connection: Connection, resource_type: str, logical_id: str) -> str:
    """The facility that made it, "" for nothing."""
    query = select(resource.c.facility).where(resource.c.type == resource_type, resource.c.id == logical_id)
    return connection.execute(query).scalar() or ""


def history(connection: Connection, resource_type: str, logical_id: str, *, sensitive: bool = False) -> list[Version]:
    """Every version, newest first by (result time, vid): the first is the current one."""
    query = _EVERY.where(resource.c.type == resource_type, resource.c.id == logical_id)
    query = query.order_by(resource_version.c.result_time.desc(), resource_version.c.vid.desc())
    return list(_versions(connection, _open(query, sensitive)))


def _versions(connection: Connection, query: Select[Any]) -> Iterator[Version]:
    for row in connection.execute(query).mappings():
        yield Version(**(dict(row) | {"updated": moment(row["updated"])}))


def subject_of(connection: Connection, resource_rid: int) -> int | None:
    """The rid of the Patient a resource is about."""
    found: int | None = connection.execute(select(resource.c.subject).where(resource.c.rid == resource_rid)).scalar()
    return found
