"""Index rows: what a resource can be found by, written with the version that becomes current.

Numbers of parameters stand in every index row, so they never change: new types and names
take new numbers at the end. A number is 100 times its type's plus its name's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from gateway.bundle import Resource
from gateway.search.dates import BEGINNING, intervals
from gateway.search.parameters import PARAMETERS, Parameter
from gateway.store.elements import at, tokens
from gateway.store.prepared import Prepared, add_rows
from gateway.store.tables import index_date, index_reference, index_result, index_token
from gateway.store.tables import resource as resource_table

_TYPES = (
    "Patient", "Coverage", "Encounter", "ServiceRequest", "DiagnosticReport", "Observation", "Specimen",
    "Organization", "Practitioner", "PractitionerRole", "Location", "Device", "Media", "DocumentReference",
    "Procedure", "Condition", "ImagingStudy", "Provenance", "Task",
)  # fmt: skip
_NAMES = (
    "identifier", "subject", "patient", "code", "category", "date", "status", "based-on", "encounter", "issued",
    "authored", "collected", "started", "performer", "specimen", "result", "birthdate", "gender", "beneficiary",
    "accession", "practitioner", "organization", "created", "recorded-date", "basedon", "target", "recorded",
    "authored-on", "date-or-issued",
)  # fmt: skip

# type → name → number. `date-or-issued` is no parameter: see _dates.
PARAMS: dict[str, dict[str, int]] = {
    resource_type: {name: 100 * (place + 1) + number + 1 for number, name in enumerate(_NAMES)}
    for place, resource_type in enumerate(_TYPES)
}

RESULT_TYPES = ("Observation", "DiagnosticReport")


def number(parameter: Parameter) -> int:
    """The number in the index rows that answer ``parameter``."""
    return PARAMS[parameter.type][parameter.rows]


_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Indexed:
    """A resource to index: its row, the resource as served, its Patient's row and person, and whether the row is new.

    ``person``: the Patient's key, held until the commit by whoever gives it; None: it is looked up.
    """

    rid: int
    resource: Resource
    subject: int | None
    new: bool = False
    person: int | None = None


def index(conn: Connection, resource_rid: int, resource: Resource, subject_rid: int | None) -> None:
    """Replace the index rows of one resource by those of ``resource``, its current version."""
    index_all(conn, [Indexed(resource_rid, resource, subject_rid)])


def index_all(conn: Connection, entries: Sequence[Indexed]) -> None:
    """As :func:`index`, for all resources of an exchange at once: one statement a table."""
    unindex(conn, [entry.rid for entry in entries if not entry.new])
    made = [rows_of(conn, entry) for entry in entries]
    for place, table in enumerate(_TABLES):
        add_rows(conn, table, [row for rows in made for row in rows[place]])


def rows_of(conn: Connection, entry: Indexed) -> tuple[set[_Row], ...]:
    """The index rows of one resource, table by table."""
    return _tokens(entry), _references(entry), _dates(entry), _results(entry, conn)


def stands(conn: Connection, rid: int) -> tuple[set[_Row], ...]:
    """The index rows of a resource as they are stored; to compare with :func:`rows_of`."""
    return tuple(set(statement.all(conn, rid=rid)) for statement in _STORED)


# Held until the commit, so that nobody links the Patient to another person between this and the rows that follow.
_PERSON = Prepared(
    select(resource_table.c.person)
    .where(resource_table.c.rid == bindparam("subject"))
    .with_for_update(read=True, key_share=True)
)

_TABLES = (index_token, index_reference, index_date, index_result)
_REMOVE = tuple(Prepared(delete(table).where(table.c.resource_rid == bindparam("rid"))) for table in _TABLES)
_STORED = tuple(Prepared(select(*table.c).where(table.c.resource_rid == bindparam("rid"))) for table in _TABLES)


def unindex(conn: Connection, rids: Sequence[int]) -> None:
    """Delete every index row of these resources: they can no longer be found."""
    for statement in _REMOVE:
        statement.many(conn, [{"rid": rid} for rid in rids])


# ---- rows, in the order of each table's columns ------------------------------------------


@cache
def _indexed(resource_type: str, kind: str) -> tuple[tuple[int, str, str], ...]:
    """(number, path, implied system) of the type's parameters of ``kind`` that have rows of their own."""
    return tuple(
        (number(parameter), parameter.path, parameter.system)
        for parameter in PARAMETERS.get(resource_type, {}).values()
        if parameter.kind == kind and parameter.path and parameter.rows == parameter.name
    )


def _tokens(entry: Indexed) -> set[_Row]:
    return {
        (param, code, system, entry.rid)
        for param, path, implied in _indexed(entry.resource["resourceType"], "token")
        for value in at(entry.resource, path)
        for system, code in tokens(value, implied)
    }


def _references(entry: Indexed) -> set[_Row]:
    return {
        (param, target.partition("/_history/")[0], entry.rid)
        for param, path, _ in _indexed(entry.resource["resourceType"], "reference")
        for value in at(entry.resource, path)
        if isinstance(value, dict) and isinstance(target := value.get("reference"), str)
    }


def _dates(entry: Indexed) -> set[_Row]:
    """Each date's interval. A result without ``effective[x]`` gets its ``issued`` under a number of its own,
    for sorting alone, so that newest first holds where the source states only when it was released."""
    made = {
        (param, low, high, entry.rid)
        for param, path, _ in _indexed(entry.resource["resourceType"], "date")
        for value in at(entry.resource, path)
        for low, high in intervals(value)
    }
    numbers = PARAMS.get(entry.resource["resourceType"], {})
    if entry.resource["resourceType"] in RESULT_TYPES and not any(row[0] == numbers["date"] for row in made):
        made |= {
            (numbers["date-or-issued"], low, high, entry.rid) for low, high in intervals(entry.resource.get("issued"))
        }
    return made


def _results(entry: Indexed, conn: Connection) -> set[_Row]:
    """A row for each coding of the result's code: this person, this code, when."""
    resource, subject = entry.resource, entry.subject
    if subject is None or resource["resourceType"] not in RESULT_TYPES:
        return set()
    person = _PERSON.value(conn, subject=subject) if entry.person is None else entry.person
    time = result_time(resource)
    return {
        (person, resource["resourceType"], code, system, time, entry.rid, subject)
        for value in at(resource, "code")
        for system, code in tokens(value)
    }


def result_time(resource: Resource) -> int:
    """When a result is true: the beginning of ``effective[x]``, else of ``issued``, else the beginning of time."""
    for path in ("effective[x]", "issued"):
        lows = [low for value in at(resource, path) for low, _ in intervals(value)]
        if lows:
            return max(lows)
    return BEGINNING
