"""Resources as REST serves them, every version of them.

A resource belongs to the facility that first made it. Which of its versions is current is
decided by the source's own result time, not by arrival: a late older result is kept, and read
by vread and history, but never shown as the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.bundle import Resource
from gateway.errors import Conflict
from gateway.jsontext import dumps, loads
from gateway.store.tables import exchange, resource, resource_version, restatement
from gateway.store.times import instant, micros, moment

_AT_ONCE = 500  # row ids in one IN list


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """What keeping a resource did. ``vid`` is meta.versionId, by arrival, from 1.

    ``is_current``: this version is the one a read returns. ``changed``: a version was added;
    False when the same was already there, and ``vid`` is then the one that was.
    """

    resource_rid: int
    vid: int
    is_current: bool
    changed: bool


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


# ---- keeping --------------------------------------------------------------------------

# Made once: building a statement costs several times what running it does, and an exchange
# keeps twenty resources.
_patient = resource.alias()
_FIND = (
    select(resource.c.rid, resource.c.facility, resource.c.current, resource.c.sensitive)
    .where(resource.c.type == bindparam("type"), resource.c.id == bindparam("id"))
    .with_for_update(key_share=True)
)
_ADD_RESOURCE = insert(resource).returning(resource.c.rid)
_ADD_VERSION = insert(resource_version).returning(resource_version.c.rid)
_SHOW = (
    update(resource)
    .where(resource.c.rid == bindparam("resource"))
    .values(
        current=bindparam("version"),
        # The Patient it is about; NULL when it names none that is kept.
        subject=select(_patient.c.rid)
        .where(_patient.c.type == "Patient", _patient.c.id == bindparam("patient"))
        .scalar_subquery(),
    )
)
_SHOW_PATIENT = (  # a Patient is about itself
    update(resource)
    .where(resource.c.rid == bindparam("resource"))
    .values(current=bindparam("version"), subject=resource.c.rid)
)


def keep_version(
    connection: Connection,
    exchange_rid: int,
    facility: str,
    made: Resource,
    result_time: datetime,
    now: datetime,
    *,
    sensitive: bool = False,
) -> KeptVersion:
    """Keep a resource (as served: references ``Type/id``) that an exchange brought.

    The same content again adds no version. Conflict (409) when another facility made
    ``Type/id``. Patients are kept before what is about them, so that ``subject`` finds them.
    """
    body = stored_body(made)
    time = micros(result_time)
    row = connection.execute(_FIND, {"type": made["resourceType"], "id": made["id"]}).mappings().first()
    if row is None:
        values = {"type": made["resourceType"], "id": made["id"], "facility": facility, "sensitive": sensitive}
        rid = int(connection.execute(_ADD_RESOURCE, values).scalar_one())
        return _add_version(connection, rid, exchange_rid, made, body, time, now, vid=1, current=True)
    if row["facility"] != facility:
        raise Conflict("resource-of-another-facility", f"{made['resourceType']}/{made['id']}")
    if sensitive and not row["sensitive"]:  # once sensitive, always: a later reading of the list never opens it
        connection.execute(update(resource).where(resource.c.rid == row["rid"]).values(sensitive=True))
    same = _same_again(connection, row, exchange_rid, body, time)
    if same is not None:
        return same
    newest, last = connection.execute(
        select(
            select(resource_version.c.result_time).where(resource_version.c.rid == row["current"]).scalar_subquery(),
            select(func.max(resource_version.c.vid))
            .where(resource_version.c.resource_rid == row["rid"])
            .scalar_subquery(),
        )
    ).one()
    return _add_version(
        connection, row["rid"], exchange_rid, made, body, time, now, vid=last + 1, current=time >= newest
    )


def _same_again(
    connection: Connection, row: RowMapping, exchange_rid: int, body: bytes, time: int
) -> KeptVersion | None:
    """The version that says the same already: the current one, or an older one of the same result time.

    The exchange is noted as holding it too (a correction goes to its recipients), and the
    current version's result time moves up to the latest that said so: what lies between
    is older than the last word.
    """
    version = resource_version
    query = select(version.c.rid, version.c.vid, version.c.result_time, version.c.exchange_rid).where(
        version.c.resource_rid == row["rid"],
        version.c.body == body,
        or_(version.c.rid == row["current"], version.c.result_time == time),
    )
    found = connection.execute(query.order_by((version.c.rid == row["current"]).desc(), version.c.vid.desc())).first()
    if found is None:
        return None
    is_current = found.rid == row["current"]
    if is_current and time > found.result_time:
        connection.execute(update(version).where(version.c.rid == found.rid).values(result_time=time))
    if found.exchange_rid != exchange_rid:
        kind = postgresql if connection.dialect.name == "postgresql" else sqlite
        noted = kind.insert(restatement).values(resource_rid=row["rid"], exchange_rid=exchange_rid)
        connection.execute(noted.on_conflict_do_nothing())
    return KeptVersion(row["rid"], found.vid, is_current, changed=False)


def _add_version(
    connection: Connection,
    rid: int,
    exchange_rid: int,
    made: Resource,
    body: bytes,
    time: int,
    now: datetime,
    *,
    vid: int,
    current: bool,
) -> KeptVersion:
    values = {
        "resource_rid": rid,
        "vid": vid,
        "result_time": time,
        "updated": micros(now),
        "exchange_rid": exchange_rid,
        "body": body,
    }
    version_rid = connection.execute(_ADD_VERSION, values).scalar_one()
    if current:
        shown = {"resource": rid, "version": version_rid}
        if made["resourceType"] == "Patient":
            connection.execute(_SHOW_PATIENT, shown)
        else:
            connection.execute(_SHOW, shown | {"patient": _patient_id(made)})
    return KeptVersion(rid, vid, current, changed=True)


def _patient_id(made: Resource) -> str:
    """The id of the Patient a resource is about, "" when it names none."""
    for element in ("subject", "patient", "beneficiary"):
        named = made.get(element)
        reference = named.get("reference", "") if isinstance(named, dict) else ""
        if reference.startswith("Patient/"):
            return str(reference.removeprefix("Patient/"))
    return ""


def stored_body(made: Resource) -> bytes:
    """The bytes kept: resourceType, id and meta first, without meta.versionId and meta.lastUpdated."""
    meta = {
        key: value for key, value in made.get("meta", {}).items() if key not in ("versionId", "lastUpdated", "source")
    }
    ordered: dict[str, Any] = {"resourceType": made["resourceType"], "id": made["id"]}
    if meta:
        ordered["meta"] = meta
    ordered.update((key, value) for key, value in made.items() if key not in ("resourceType", "id", "meta"))
    return dumps(ordered)


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


def history(connection: Connection, resource_type: str, logical_id: str, *, sensitive: bool = False) -> list[Version]:
    """Every version, newest first by (result time, vid): the first is the current one."""
    query = _EVERY.where(resource.c.type == resource_type, resource.c.id == logical_id)
    query = query.order_by(resource_version.c.result_time.desc(), resource_version.c.vid.desc())
    return list(_versions(connection, _open(query, sensitive)))


def current_many(connection: Connection, rids: Sequence[int], *, sensitive: bool = False) -> list[Version]:
    """The current versions of resource rids, in the order asked; those left out are simply absent."""
    found: dict[int, Version] = {}
    for start in range(0, len(rids), _AT_ONCE):
        query = _CURRENT.where(resource.c.rid.in_(rids[start : start + _AT_ONCE]))
        found.update((one.resource_rid, one) for one in _versions(connection, _open(query, sensitive)))
    return [found[rid] for rid in rids if rid in found]


def _versions(connection: Connection, query: Select[Any]) -> Iterator[Version]:
    for row in connection.execute(query).mappings():
        yield Version(**(dict(row) | {"updated": moment(row["updated"])}))


def current_time(connection: Connection, resource_rid: int) -> datetime:
    """The source's result time of the version that is current."""
    query = select(resource_version.c.result_time).join(resource, resource.c.current == resource_version.c.rid)
    return moment(connection.execute(query.where(resource.c.rid == resource_rid)).scalar_one())


def subject_of(connection: Connection, resource_rid: int) -> int | None:
    """The rid of the Patient a resource is about."""
    found: int | None = connection.execute(select(resource.c.subject).where(resource.c.rid == resource_rid)).scalar()
    return found
