"""What is known of earlier results before one is reused: asked of one person, in a handful of statements.

Whose they are, then all of a code by ``index_result`` (time and row alone), then the newest of them with their
bodies, exchanges and former versions, then what stands around them. Every statement that reads a human being's rows
names the person (docs/scale.md), and none returns what is kept apart as sensitive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, exists, func, literal_column, or_, select

from gateway.search.dates import END
from gateway.store import persons
from gateway.store.index import PARAMS, RESULT_TYPES
from gateway.store.persons import PatientRow
from gateway.store.prepared import Prepared, Row
from gateway.store.results import identified
from gateway.store.tables import (
    exchange,
    index_date,
    index_reference,
    index_result,
    index_token,
    resource,
    resource_version,
    review_task,
)
from gateway.store.times import moment

Code = tuple[str, str]


class Timed(NamedTuple):
    """When a result began and ended, in microseconds since 1970-01-01 UTC; sorted, the newest beginning first.

    ``end``: where what was written of its time ends, END where nobody knows. ``apart``: kept apart as sensitive, so
    that nothing of it but that it is there may be used.
    """

    minus_begin: int
    person: int
    row: int
    end: int
    apart: bool  # of SQLite 0 or 1
    system: str
    code: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A current version with the exchange that brought it. ``former``: other versions of it exist.

    ``sender``: the facility that signed the exchange; ``kid``: its key, "" where it is not signed. ``subject``: the
    row of its Patient. ``body``: as stored.
    """

    person: int
    rid: int
    type: str
    id: str
    subject: int
    vid: int
    updated: datetime
    body: bytes
    exchange_rid: int
    exchange: str
    sender: str
    kid: str
    digest: bytes
    former: bool


# ---- who ------------------------------------------------------------------------------


def patients_named(connection: Connection, logical_id: str) -> list[PatientRow]:
    """The Patient, and all that are linked to the same person; [] for one that is not there or is kept apart."""
    return _with_linked(connection, [row for row in persons.rows_named(connection, [logical_id]) if not row.sensitive])


def patients_numbered(connection: Connection, system: str, value: str) -> list[PatientRow]:
    """All Patients of the person who holds the number, and each that bears it and is linked to nobody."""
    rids = [rid for rid, _, _ in identified(connection, system, value)]
    found = [row for rid in rids if (row := persons.patient_row(connection, rid)) is not None]
    return _with_linked(connection, [row for row in found if not row.sensitive])


def _with_linked(connection: Connection, found: Sequence[PatientRow]) -> list[PatientRow]:
    linked = persons.rows_of(connection, {row.person for row in found if row.person > 0})
    return sorted({row.rid: row for row in (*found, *linked) if not row.sensitive}.values())


_OPEN = Prepared(
    select(review_task.c.detail).where(
        review_task.c.status == "requested",
        review_task.c.kind == "person-link",
        review_task.c.detail.contains(bindparam("named"), autoescape=False),
    )
)


def questioned(connection: Connection, patients: Iterable[PatientRow]) -> set[int]:
    """The rows of those Patients about whom a question stands that a person has not answered."""
    return {row.rid for row in patients if _OPEN.first(connection, named=f'"Patient/{row.id}"') is not None}


# ---- their results --------------------------------------------------------------------

_of_result = and_(resource.c.person == index_result.c.person, resource.c.rid == index_result.c.resource_rid)


def _times(kind: str) -> Prepared:
    param, dated, issued = index_date.c.param, PARAMS[kind]["date"], PARAMS[kind]["date-or-issued"]
    ends = (
        select(func.max(index_date.c.high))
        .where(index_date.c.resource_rid == index_result.c.resource_rid, or_(param == dated, param == issued))
        .scalar_subquery()
    )
    result = index_result.c
    return Prepared(
        select(
            -result.time,
            result.person,
            result.resource_rid,
            func.coalesce(ends, literal_column(str(END))),
            resource.c.sensitive,
            result.system,
            result.code,
        )
        .join_from(index_result, resource, _of_result)
        .where(
            result.person == bindparam("whose"),
            result.type == bindparam("kind"),
            result.code == bindparam("wanted"),
            result.system == bindparam("among"),
        )
    )


_TIMES = {kind: _times(kind) for kind in RESULT_TYPES}


def timed(
    connection: Connection, people: Iterable[int], codes: Iterable[Code], kind: str = "Observation"
) -> dict[Code, list[Timed]]:
    """Every result of these persons by each of the codes it bears, in no order; those kept apart among them.

    ``kind``: ``Observation`` or ``DiagnosticReport``.
    """
    asked = [
        {"whose": person, "kind": kind, "wanted": code, "among": system}
        for person in sorted(set(people))
        for system, code in sorted(set(codes))
    ]
    made: dict[Code, list[Timed]] = {}
    for one in map(Timed._make, _TIMES[kind].each(connection, asked)):
        made.setdefault((one.system, one.code), []).append(one)
    return made


_other = resource_version.alias()
_KEPT = (
    select(
        resource.c.person,
        resource.c.rid,
        resource.c.type,
        resource.c.id,
        resource.c.subject,
        resource_version.c.vid,
        resource_version.c.updated,
        resource_version.c.body,
        exchange.c.rid,
        exchange.c.id,
        exchange.c.facility,
        exchange.c.kid,
        exchange.c.bundle_sha256,
        exists()
        .where(_other.c.resource_rid == resource.c.rid, _other.c.vid != resource_version.c.vid)
        .select_from(_other)
        .label("former"),
    )
    .join_from(
        resource,
        resource_version,
        and_(resource_version.c.person == resource.c.person, resource_version.c.rid == resource.c.current),
    )
    .join(exchange, exchange.c.rid == resource_version.c.exchange_rid)
    .where(resource.c.person == bindparam("whose"), resource.c.sensitive.is_(False))
)
_BY_ROW = Prepared(_KEPT.where(resource.c.rid == bindparam("row")))
_BY_TYPE = Prepared(_KEPT.where(resource.c.type == bindparam("kind")))


def kept(connection: Connection, rows: Iterable[tuple[int, int]]) -> list[Kept]:
    """The current versions of (person, row), as far as they may be shown."""
    asked = [{"whose": person, "row": rid} for person, rid in sorted(set(rows))]
    return [_kept(row) for row in _BY_ROW.each(connection, asked)]


def studies(connection: Connection, people: Iterable[int]) -> list[Kept]:
    """Every ImagingStudy of these persons."""
    asked = [{"whose": person, "kind": "ImagingStudy"} for person in sorted(set(people))]
    return [_kept(row) for row in _BY_TYPE.each(connection, asked)]


_APART = Prepared(
    select(resource_version.c.body)
    .join_from(
        resource,
        resource_version,
        and_(resource_version.c.person == resource.c.person, resource_version.c.rid == resource.c.current),
    )
    .where(resource.c.person == bindparam("whose"), resource.c.type == "ImagingStudy", resource.c.sensitive.is_(True))
)


def studies_apart(connection: Connection, people: Iterable[int]) -> list[bytes]:
    """Bodies of the ImagingStudies that are kept apart, of which nothing but that they are there may be used."""
    return [bytes(body) for (body,) in _APART.each(connection, [{"whose": person} for person in sorted(set(people))])]


def _kept(row: Row) -> Kept:
    *before, updated, body, exchange_rid, name, sender, kid, digest, others = row
    brought = (exchange_rid, name, sender, kid, bytes(digest), bool(others))
    values: list[Any] = [*before, moment(updated), bytes(body), *brought]
    return Kept(*values)


_FORMER = Prepared(
    select(resource_version.c.resource_rid, resource_version.c.vid, resource_version.c.body).where(
        resource_version.c.person == bindparam("whose"), resource_version.c.resource_rid == bindparam("row")
    )
)


def former(connection: Connection, found: Iterable[Kept]) -> dict[int, list[bytes]]:
    """The other versions of what has any, by row."""
    current = {one.rid: one for one in found if one.former}
    made: dict[int, list[bytes]] = {}
    asked = [{"whose": one.person, "row": one.rid} for one in current.values()]
    for rid, vid, body in _FORMER.each(connection, asked):
        if vid != current[rid].vid:
            made.setdefault(rid, []).append(bytes(body))
    return made


# ---- what stands around them ----------------------------------------------------------

_around = (resource.c.person == bindparam("whose"), resource.c.sensitive.is_(False))
_now = and_(resource_version.c.person == resource.c.person, resource_version.c.rid == resource.c.current)
_REFERRING = Prepared(
    select(index_reference.c.target, resource.c.rid)
    .join_from(index_reference, resource, resource.c.rid == index_reference.c.resource_rid)
    .where(index_reference.c.target == bindparam("referred"), index_reference.c.param == bindparam("meaning"), *_around)
)
_NUMBERED = Prepared(
    select(index_token.c.system, index_token.c.code, resource.c.rid)
    .join_from(index_token, resource, resource.c.rid == index_token.c.resource_rid)
    .where(
        index_token.c.param == bindparam("meaning"),
        index_token.c.code == bindparam("number"),
        index_token.c.system == bindparam("among"),
        *_around,
    )
)
_NAMED = Prepared(
    select(resource.c.type, resource.c.id, resource_version.c.body)
    .join_from(resource, resource_version, _now)
    .where(
        resource.c.type == bindparam("kind"),
        resource.c.id == bindparam("named"),
        or_(resource.c.person == bindparam("whose"), resource.c.person == 0),
        resource.c.sensitive.is_(False),
    )
)
_REPORT = PARAMS["DiagnosticReport"]


def reports_of(connection: Connection, wanted: Iterable[tuple[int, str]], element: str) -> dict[str, list[int]]:
    """Rows of the reports that name each, by its reference. ``wanted``: (person, ``Type/id``); ``element``: ``result``
    or ``study``."""
    asked = [{"whose": one, "referred": target, "meaning": _REPORT[element]} for one, target in sorted(set(wanted))]
    made: dict[str, list[int]] = {}
    for target, rid in _REFERRING.each(connection, asked):
        made.setdefault(target, []).append(rid)
    return made


def reports_numbered(
    connection: Connection, wanted: Iterable[tuple[int, str, str, str]]
) -> dict[tuple[str, str], list[int]]:
    """Rows of the reports that bear or name a number: (person, ``study`` or ``identifier``, system, value)."""
    asked = [
        {"whose": one, "meaning": _REPORT[name], "among": system, "number": value}
        for one, name, system, value in sorted(set(wanted))
    ]
    made: dict[tuple[str, str], list[int]] = {}
    for system, value, rid in _NUMBERED.each(connection, asked):
        made.setdefault((system, value), []).append(rid)
    return made


def named(connection: Connection, wanted: Iterable[tuple[int, str]]) -> dict[str, bytes]:
    """Bodies by reference, of what is the person's own or nobody's: Specimen, Organization, Endpoint."""
    asked = []
    for person, reference in sorted(set(wanted)):
        kind, _, logical = reference.partition("/")
        asked.append({"whose": person, "kind": kind, "named": logical})
    return {f"{kind}/{logical}": bytes(body) for kind, logical, body in _NAMED.each(connection, asked)}
