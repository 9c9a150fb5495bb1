"""Keeping versions: all resources an exchange brought, at once.

A resource belongs to the facility that first made it. Which of its versions is current is
decided by the source's own result time, not by arrival: a late older result is kept, and read
by vread and history, but never shown as the newest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.bundle import Resource
from gateway.errors import Conflict
from gateway.store.prepared import Prepared, Row, add_rows, reserve, row_of
from gateway.store.tables import exchange, resource, resource_version, restatement
from gateway.store.times import micros, moment
from gateway.store.words import Word, word

Key = tuple[str, str]  # (type, id)


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """What keeping a resource did. ``vid`` is meta.versionId, by arrival, from 1.

    ``is_current``: this version is the one a read returns. ``changed``: a version was added;
    False when the same was already there, and ``vid`` is then the one that was. ``subject``: the
    rid of the Patient the resource is about, as it now stands, ``person`` its key. ``first``: nothing
    stood before.
    """

    resource_rid: int
    vid: int
    is_current: bool
    changed: bool
    subject: int | None = None
    person: int = 0
    first: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A resource as it stands before an exchange: its row and its current version.

    ``person``: the key of ``gateway.store.tables``. ``last_vid``: the newest by arrival.
    ``micros_said``: the current version's result time.
    """

    resource_rid: int
    type: str
    id: str
    facility: str
    sensitive: bool
    subject: int | None
    person: int
    version_rid: int
    vid: int
    micros_said: int
    body: bytes
    exchange_rid: int
    last_vid: int

    @property
    def result_time(self) -> datetime:
        return moment(self.micros_said)


# ---- what stands ----------------------------------------------------------------------

_other = resource_version.alias()
_STANDING = Prepared(
    select(
        resource.c.rid,
        resource.c.type,
        resource.c.id,
        resource.c.facility,
        resource.c.sensitive,
        resource.c.subject,
        resource.c.person,
        resource_version.c.rid,
        resource_version.c.vid,
        resource_version.c.result_time,
        resource_version.c.body,
        resource_version.c.exchange_rid,
        select(func.max(_other.c.vid)).where(_other.c.resource_rid == resource.c.rid).scalar_subquery(),
    )
    .join(resource_version, resource_version.c.rid == resource.c.current)
    .where(resource.c.type == bindparam("type"), resource.c.id == bindparam("id"))
)


def current_of(connection: Connection, keys: Iterable[Key]) -> dict[Key, Standing]:
    """What stands of each (type, id); absent when nothing does.

    Within ``Store.write`` nobody adds a version between this look and what is made of it.
    """
    rows = _STANDING.each(connection, [{"type": kind, "id": name} for kind, name in dict.fromkeys(keys)])
    return {(row[1], row[2]): _standing(row) for row in rows}


def _standing(row: Row) -> Standing:
    rid, kind, name, facility, sensitive, *rest = row
    return Standing(rid, kind, name, facility, bool(sensitive), *rest)


_Whose = tuple[int | None, int]  # the rid of the Patient a resource is about, and its person key
_NOBODY: _Whose = (None, 0)

_TOLD_BY = Prepared(
    select(exchange.c.id)
    .join_from(resource_version, exchange, exchange.c.rid == resource_version.c.exchange_rid)
    .where(resource_version.c.resource_rid == bindparam("resource"))
    .union(
        select(exchange.c.id)
        .join_from(restatement, exchange, exchange.c.rid == restatement.c.exchange_rid)
        .where(restatement.c.resource_rid == bindparam("resource"))
    )
)


_NAMED = Prepared(select(exchange.c.id).where(exchange.c.rid == bindparam("rid")))


def exchange_of(connection: Connection, standing: Standing) -> str:
    """The id of the exchange that a standing version comes from."""
    return str(_NAMED.value(connection, rid=standing.exchange_rid))


def exchanges_of(connection: Connection, resource_rid: int) -> list[str]:
    """Ids of the exchanges that told of the resource: by a version, or the same again."""
    return [name for (name,) in _TOLD_BY.all(connection, resource=resource_rid)]


# ---- keeping --------------------------------------------------------------------------

_SAME_BEFORE = Prepared(
    select(resource_version.c.vid, resource_version.c.exchange_rid)
    .where(
        resource_version.c.resource_rid == bindparam("resource"),
        resource_version.c.result_time == bindparam("time"),
        resource_version.c.body == bindparam("body"),
    )
    .order_by(resource_version.c.vid.desc())
    .limit(1)
)
# Until the transaction ends nobody links the Patient to another person than the rows say that are written here.
_PATIENT = Prepared(
    select(resource.c.rid, resource.c.person)
    .where(resource.c.type == "Patient", resource.c.id == bindparam("patient"))
    .with_for_update(read=True, key_share=True)
)
_SHOW = Prepared(
    update(resource)
    .where(resource.c.rid == bindparam("resource"))
    .values(current=bindparam("version"), subject=bindparam("patient"), person=bindparam("whose"))
)
_REKEY = Prepared(
    update(resource_version)
    .where(resource_version.c.resource_rid == bindparam("resource"))
    .values(person=bindparam("whose"))
)
_CLOSE = Prepared(update(resource).where(resource.c.rid == bindparam("resource")).values(sensitive=True))
_MOVE = Prepared(
    update(resource_version)
    .where(resource_version.c.rid == bindparam("version"))
    .values(result_time=bindparam("time"), exchange_rid=bindparam("exchange"))
)
_noted: dict[str, Any] = {"resource_rid": bindparam("resource"), "exchange_rid": bindparam("exchange")}
_NOTE = {
    "sqlite": Prepared(sqlite.insert(restatement).values(_noted).on_conflict_do_nothing()),
    "postgresql": Prepared(postgresql.insert(restatement).values(_noted).on_conflict_do_nothing()),
}


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
    """As :func:`keep_versions`, for one resource."""
    return keep_versions(connection, exchange_rid, facility, [(word(made), result_time, sensitive)], now)[0]


def keep_versions(
    connection: Connection,
    exchange_rid: int,
    facility: str,
    brought: Sequence[tuple[Word, datetime, bool]],
    now: datetime,
    standing: Mapping[Key, Standing] | None = None,
    last: frozenset[Key] = frozenset(),
) -> list[KeptVersion]:
    """Keep what an exchange says: each word, the source's result time, and whether it is sensitive;
    what became of each, in their order.

    The same content again adds no version; an older version said again with its own time neither, if that is
    earlier than the current one's.
    Conflict (409) when another facility made ``Type/id``. ``subject`` finds the Patients of the
    exchange and those kept before. ``standing``: what ``current_of`` said in this transaction,
    where nothing was kept since. ``last``: whose word comes after what stands, though it says the same of
    the same moment.
    """
    keys = [one.key for one, _, _ in brought]
    if len(set(keys)) < len(keys):  # one said twice in one exchange: the second finds the first
        return [
            kept for one in brought for kept in keep_versions(connection, exchange_rid, facility, [one], now, last=last)
        ]
    if standing is None:
        standing = current_of(connection, keys)
    keeping = _Keeping(connection, exchange_rid, facility, micros(now), standing, keys)
    kept = [keeping.keep(*one, last=one[0].key in last) for one in brought]
    keeping.write()
    return kept


_resource_row = row_of(resource)
_version_row = row_of(resource_version)


class _Keeping:
    """One call of keep_versions: what is to be written is gathered, then written table by table."""

    def __init__(
        self,
        connection: Connection,
        exchange_rid: int,
        facility: str,
        now: int,
        standing: Mapping[Key, Standing],
        keys: Sequence[Key],
    ) -> None:
        self._connection = connection
        self._exchange = exchange_rid
        self._facility = facility
        self._now = now
        self._standing = standing
        fresh = [key for key in keys if key not in standing]
        self._fresh = dict(zip(fresh, reserve(connection, resource, len(fresh)), strict=True))
        self._version_rids = iter(
            reserve(connection, resource_version, len(keys))
        )  # those of what is the same stay unused
        self._patients: dict[str, _Whose] = {
            **{name: (rid, -rid) for (kind, name), rid in self._fresh.items() if kind == "Patient"},
            **{name: (one.resource_rid, one.person) for (kind, name), one in standing.items() if kind == "Patient"},
        }
        self._resources: list[Row] = []
        self._versions: list[Row] = []
        self._shown: list[dict[str, Any]] = []
        self._rekeyed: list[dict[str, Any]] = []
        self._closed: list[dict[str, Any]] = []
        self._moved: list[dict[str, Any]] = []
        self._noted: list[dict[str, Any]] = []

    def keep(self, made: Word, result_time: datetime, sensitive: bool, last: bool) -> KeptVersion:
        key, body = made.key, made.body
        before = self._standing.get(key)
        time = micros(result_time)
        if before is None:
            rid = self._fresh[key]
            subject, person = self._whose(made)
            version_rid = self._version(rid, 1, time, body, person)
            self._resources.append(
                _resource_row(
                    rid=rid,
                    type=key[0],
                    id=key[1],
                    facility=self._facility,
                    sensitive=sensitive,
                    current=version_rid,
                    subject=subject,
                    person=person,
                )
            )
            return KeptVersion(rid, 1, True, changed=True, subject=subject, person=person, first=True)
        if before.facility != self._facility:
            raise Conflict("resource-of-another-facility", f"{before.type}/{before.id}")
        if sensitive and not before.sensitive:  # once sensitive, always: a later reading of the list never opens it
            self._closed.append({"resource": before.resource_rid})
        return self._same_again(before, time, body, last) or self._changed(before, made, time, body)

    def _same_again(self, before: Standing, time: int, body: bytes, last: bool) -> KeptVersion | None:
        """The version that says the same already: the current one, or an older one of the same, earlier time.

        The exchange is noted as holding it too (a correction goes to its recipients), and the
        current version's result time and exchange move up to the latest that said so: what lies between
        is older than the last word, and where the version comes from (``meta.source``) does not depend on
        which of those that said it came first.
        """
        vid, exchange_rid, is_current = before.vid, before.exchange_rid, before.body == body
        if is_current:
            if time > before.micros_said or last:
                moved = {"version": before.version_rid, "time": time, "exchange": self._exchange}
                self._moved.append(moved)
                if exchange_rid != self._exchange:
                    self._noted.append({"resource": before.resource_rid, "exchange": exchange_rid})
                exchange_rid = self._exchange
        else:
            if before.last_vid == 1 or time >= before.micros_said:  # what stood before stands again
                return None
            found = _SAME_BEFORE.first(self._connection, resource=before.resource_rid, time=time, body=body)
            if found is None:
                return None
            vid, exchange_rid = found
        if exchange_rid != self._exchange:
            self._noted.append({"resource": before.resource_rid, "exchange": self._exchange})
        return KeptVersion(
            before.resource_rid, vid, is_current, changed=False, subject=before.subject, person=before.person
        )

    def _changed(self, before: Standing, made: Word, time: int, body: bytes) -> KeptVersion:
        rid, vid = before.resource_rid, before.last_vid + 1
        if time < before.micros_said:
            self._version(rid, vid, time, body, before.person)
            return KeptVersion(rid, vid, False, changed=True, subject=before.subject, person=before.person)
        subject, person = self._whose(made)
        version_rid = self._version(rid, vid, time, body, person)
        self._shown.append({"resource": rid, "version": version_rid, "patient": subject, "whose": person})
        if person != before.person:
            self._rekeyed.append({"resource": rid, "whose": person})
        return KeptVersion(rid, vid, True, changed=True, subject=subject, person=person)

    def _version(self, rid: int, vid: int, time: int, body: bytes, person: int) -> int:
        version_rid = next(self._version_rids)
        self._versions.append(
            _version_row(
                rid=version_rid,
                resource_rid=rid,
                vid=vid,
                result_time=time,
                updated=self._now,
                exchange_rid=self._exchange,
                body=body,
                person=person,
            )
        )
        return version_rid

    def _whose(self, made: Word) -> _Whose:
        """Whom a resource is about; a Patient is about itself."""
        patient = made.patient
        if not patient:
            return _NOBODY
        if patient not in self._patients:
            self._patients[patient] = _PATIENT.first(self._connection, patient=patient) or _NOBODY
        return self._patients[patient]

    def write(self) -> None:
        connection = self._connection
        add_rows(connection, resource, self._resources)
        add_rows(connection, resource_version, self._versions)
        _SHOW.many(connection, self._shown)
        _REKEY.many(connection, self._rekeyed)
        _CLOSE.many(connection, self._closed)
        _MOVE.many(connection, self._moved)
        _NOTE[connection.dialect.name].many(connection, self._noted)
