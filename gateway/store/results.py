"""The doctor's question: the newest results of a patient for a code, by statements made once.

``Observation?patient.identifier=…&code=SYSTEM|CODE&_sort=-date`` is asked more often than all else
together: who the Patients are, then for each one range of ``index_result``, newest first, with the
bodies. Every statement that reads a human being's rows names the person they belong to
(docs/scale.md). What is asked otherwise goes the general way (criteria.py), which comes to the
same answer; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select, union

from gateway.mapping.naming import fixed_system, linking_number
from gateway.search import cursor as cursors
from gateway.search.cursor import Cursor
from gateway.search.found import Page
from gateway.search.hit import Hit
from gateway.search.query import Criterion, Reference, SearchQuery, Token
from gateway.store.index import PARAMS, RESULT_TYPES
from gateway.store.prepared import Prepared, Row
from gateway.store.resources import Version
from gateway.store.tables import exchange, index_result, index_token, person_identifier, resource, resource_version
from gateway.store.times import moment

COUNTED = 10_000  # a total above this is left out where the query does not ask for one
_ALL = 2**62  # above every row, every time and every count

# ---- who is asked about ----------------------------------------------------------------

_patient = (resource.c.rid, resource.c.person, resource.c.id)
_OWN = (
    select(*_patient)
    .join_from(index_token, resource, resource.c.rid == index_token.c.resource_rid)
    .where(
        index_token.c.param == PARAMS["Patient"]["identifier"],
        index_token.c.code == bindparam("code"),
        index_token.c.system == bindparam("system"),
    )
)
_BY_OWN_RECORD = Prepared(_OWN)
_BY_NATIONAL_NUMBER = Prepared(  # also a linked Patient whose own record lacks it
    union(
        _OWN,
        select(*_patient)
        .join_from(person_identifier, resource, resource.c.person == person_identifier.c.person)
        .where(
            person_identifier.c.system == bindparam("national"),
            person_identifier.c.value == bindparam("number"),
            resource.c.type == "Patient",
        ),
    )
)
_BY_ID = Prepared(select(*_patient).where(resource.c.type == "Patient", resource.c.id == bindparam("id")))

# ---- their results ---------------------------------------------------------------------

_range = (
    index_result.c.person == bindparam("person"),
    index_result.c.type == bindparam("type"),
    index_result.c.code == bindparam("code"),
    index_result.c.system == bindparam("system"),
    index_result.c.subject == bindparam("subject"),
    index_result.c.resource_rid <= bindparam("newest"),
    resource.c.sensitive.is_(False),
)
_with_resource = and_(resource.c.person == index_result.c.person, resource.c.rid == index_result.c.resource_rid)
_PAGE = Prepared(
    select(
        index_result.c.time,
        resource.c.rid,
        resource.c.id,
        resource_version.c.vid,
        resource_version.c.updated,
        exchange.c.id,
        resource_version.c.body,
    )
    .join_from(index_result, resource, _with_resource)
    .join(
        resource_version,
        and_(resource_version.c.person == index_result.c.person, resource_version.c.rid == resource.c.current),
    )
    .join(exchange, exchange.c.rid == resource_version.c.exchange_rid)
    .where(
        *_range,
        index_result.c.time <= bindparam("time"),
        or_(index_result.c.time < bindparam("time"), index_result.c.resource_rid > bindparam("rid")),
    )
    .order_by(index_result.c.time.desc(), index_result.c.resource_rid)
    .limit(bindparam("most"))
)
_counted = select(index_result.c.time).join_from(index_result, resource, _with_resource).where(*_range)
_COUNT = Prepared(select(func.count()).select_from(_counted.limit(bindparam("most")).subquery()))
_NEWEST = Prepared(select(func.max(resource.c.rid)))


@dataclass(frozen=True, slots=True)
class _Patient:
    rid: int
    person: int
    id: str


def newest(conn: Connection, query: SearchQuery, cursor: Cursor | None, size: int) -> Page | None:
    """One page of the answer, without includes; None where another question is asked."""
    asked = _asked(query)
    if asked is None or size == 0:
        return None
    about, code = asked
    patients = _patients(conn, about)
    if patients is None:
        return None
    bounds = {
        "type": query.type,
        "code": code.code,
        "system": code.system,
        "newest": cursor.newest if cursor else _ALL,
    }
    rows = _rows(conn, patients, bounds, cursor, size + 1)
    following = None
    if len(rows) > size:
        time, rid = rows[size - 1][1][:2]
        last = Cursor((time,), rid, cursor.newest if cursor else _NEWEST.value(conn))
        following = cursors.write(last, query)
    whole = cursor is None and following is None
    total = len(rows) if whole else _total(conn, query, patients, bounds)
    hits = tuple(_hit(query.type, patient, row) for patient, row in rows[:size])
    return Page(query, hits, (), None if query.total == "none" else total, following, size)


def _asked(query: SearchQuery) -> tuple[Criterion, Token] | None:
    """Whom and what the question is about; None when it is another one."""
    if query.type not in RESULT_TYPES or query.include_sensitive or len(query.criteria) != 2 or len(query.sort) != 1:
        return None
    (sort,) = query.sort
    named = {criterion.parameter.rows: criterion for criterion in query.criteria if not criterion.modifier}
    about, code = named.get("subject"), named.get("code")
    if about is None or code is None or about.targets != ("Patient",):
        return None
    if sort.parameter.name != "date" or not sort.descending or len(code.values) != 1:
        return None
    (token,) = code.values
    if not isinstance(token, Token) or token.code is None or token.system is None:
        return None
    return about, token


def _patients(conn: Connection, about: Criterion) -> list[_Patient] | None:
    """The Patients asked about, each once; None where they must be looked for in another way."""
    found: set[Row] = set()
    for value in about.values:
        if isinstance(value, Token):
            if value.code is None or not value.system:
                return None
            found.update(identified(conn, value.system, value.code))
        elif isinstance(value, Reference):
            name, _, logical = value.targets[0].partition("/")
            rows = _BY_ID.all(conn, id=logical) if len(value.targets) == 1 and name == "Patient" else ()
            if not rows:
                return None
            found.update(rows)
    return [_Patient(*row) for row in sorted(found)]


def identified(conn: Connection, system: str, code: str) -> list[Row]:
    own = fixed_system(system)
    national = linking_number(own, code)
    if national is None:
        return _BY_OWN_RECORD.all(conn, code=code, system=own)
    return _BY_NATIONAL_NUMBER.all(conn, code=code, system=own, national=national[0], number=national[1])


def _rows(
    conn: Connection, patients: list[_Patient], bounds: Mapping[str, Any], cursor: Cursor | None, most: int
) -> list[tuple[_Patient, Row]]:
    """Newest first, of equal times in the order of arrival, from the cursor on."""
    after = {"time": cursor.keys[0], "rid": cursor.rid} if cursor else {"time": _ALL, "rid": 0}
    found = [
        (patient, row)
        for patient in patients
        for row in _PAGE.all(conn, person=patient.person, subject=patient.rid, most=most, **after, **bounds)
    ]
    if len(patients) > 1:
        found.sort(key=lambda one: (-one[1][0], one[1][1]))
    return found[:most]


def _total(conn: Connection, query: SearchQuery, patients: list[_Patient], bounds: Mapping[str, Any]) -> int | None:
    """How many there are of all; a result has one subject, so those of several Patients add up."""
    most = _ALL if query.total else COUNTED + 1
    total = sum(
        _COUNT.value(conn, person=patient.person, subject=patient.rid, most=most, **bounds) for patient in patients
    )
    return total if query.total or total <= COUNTED else None


def _hit(kind: str, patient: _Patient, row: Row) -> Hit:
    _, rid, logical, vid, updated, exchange_id, body = row
    version = Version(rid, kind, logical, vid, moment(updated), False, exchange_id, body)
    return Hit(rid, kind, logical, f"Patient/{patient.id}", version.content())
