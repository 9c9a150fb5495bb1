"""Index rows: what a resource can be found by, written with the version that becomes current.

Numbers of parameters stand in every index row, so they never change: new types and names
take new numbers at the end. A number is 100 times its type's plus its name's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select

from gateway.bundle import Resource
from gateway.mapping.naming import fixed_system
from gateway.search.dates import BEGINNING, intervals
from gateway.search.parameters import PARAMETERS, Parameter
from gateway.store import tables
from gateway.store.tables import index_date, index_reference, index_result, index_token

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


@dataclass(frozen=True, slots=True)
class Indexed:
    """A resource to index: its row, the resource as served, its Patient's row, and whether the row is new."""

    rid: int
    resource: Resource
    subject: int | None
    new: bool = False


def index(conn: Connection, resource_rid: int, resource: Resource, subject_rid: int | None) -> None:
    """Replace the index rows of one resource by those of ``resource``, its current version."""
    index_all(conn, [Indexed(resource_rid, resource, subject_rid)])


def index_all(conn: Connection, entries: Sequence[Indexed]) -> None:
    """As :func:`index`, for all resources of an exchange at once: one statement a table."""
    unindex(conn, [entry.rid for entry in entries if not entry.new])
    persons = _persons(conn, entries)
    for table, rows in (
        (index_token, [row for entry in entries for row in _tokens(entry)]),
        (index_reference, [row for entry in entries for row in _references(entry)]),
        (index_date, [row for entry in entries for row in _dates(entry)]),
        (index_result, [row for entry in entries for row in _results(entry, persons)]),
    ):
        if rows:
            names = table.columns.keys()
            conn.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


# Held until the commit, so that nobody links the Patient to another person between this and the rows that follow.
_PERSONS = (
    select(tables.resource.c.rid, tables.resource.c.person)
    .where(tables.resource.c.rid.in_(bindparam("subjects", expanding=True)))
    .with_for_update(read=True, key_share=True)
)


def _persons(conn: Connection, entries: Sequence[Indexed]) -> dict[int, int]:
    """Patient's row → the person it is, of the Patients whose results these are."""
    subjects = sorted({entry.subject for entry in entries if entry.subject is not None and _is_result(entry)})
    return {row.rid: row.person for row in conn.execute(_PERSONS, {"subjects": subjects})} if subjects else {}


_TABLES: tuple[Table, ...] = (index_token, index_reference, index_date, index_result)


def unindex(conn: Connection, rids: Sequence[int]) -> None:
    """Delete every index row of these resources: they can no longer be found."""
    for start in range(0, len(rids), 500):
        some = rids[start : start + 500]
        for table in _TABLES:
            conn.execute(delete(table).where(table.c.resource_rid.in_(some)))


# ---- rows, in the order of each table's columns ------------------------------------------

_Row = tuple[Any, ...]


def _indexed(resource: Resource, kind: str) -> Iterator[tuple[Parameter, int]]:
    """The parameters of ``kind`` that have rows of their own."""
    for parameter in PARAMETERS.get(resource["resourceType"], {}).values():
        if parameter.kind == kind and parameter.path and parameter.rows == parameter.name:
            yield parameter, number(parameter)


def _tokens(entry: Indexed) -> set[_Row]:
    return {
        (param, code, system, entry.rid)
        for parameter, param in _indexed(entry.resource, "token")
        for value in at(entry.resource, parameter.path)
        for system, code in tokens(value, parameter.system)
    }


def _references(entry: Indexed) -> set[_Row]:
    return {
        (param, target.partition("/_history/")[0], entry.rid)
        for parameter, param in _indexed(entry.resource, "reference")
        for value in at(entry.resource, parameter.path)
        if isinstance(value, dict) and isinstance(target := value.get("reference"), str)
    }


def _dates(entry: Indexed) -> set[_Row]:
    """Each date's interval. A result without ``effective[x]`` gets its ``issued`` under a number of its own,
    for sorting alone, so that newest first holds where the source states only when it was released."""
    made = {
        (param, low, high, entry.rid)
        for parameter, param in _indexed(entry.resource, "date")
        for value in at(entry.resource, parameter.path)
        for low, high in intervals(value)
    }
    numbers = PARAMS.get(entry.resource["resourceType"], {})
    if entry.resource["resourceType"] in RESULT_TYPES and not any(row[0] == numbers["date"] for row in made):
        made |= {
            (numbers["date-or-issued"], low, high, entry.rid) for low, high in intervals(entry.resource.get("issued"))
        }
    return made


def _is_result(entry: Indexed) -> bool:
    return entry.resource["resourceType"] in RESULT_TYPES


def _results(entry: Indexed, persons: Mapping[int, int]) -> set[_Row]:
    """A row for each coding of the result's code: this person, this code, when."""
    resource, subject = entry.resource, entry.subject
    if subject is None or not _is_result(entry):
        return set()
    time, person = result_time(resource), persons[subject]
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


# ---- elements ----------------------------------------------------------------------------

_CHOICES = ("DateTime", "Period", "Timing", "Instant", "Date")


def at(resource: Any, path: str) -> Iterator[Any]:
    """Every value at ``path``: dots go down, lists are walked, ``[x]`` is any date type, ``a|b`` is both."""
    for one in path.split("|"):
        yield from _down(resource, one.split("."))


def _down(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _down(item, steps)
    elif not steps:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        for name in _spelled(steps[0]):
            if name in value:
                yield from _down(value[name], steps[1:])


def _spelled(step: str) -> Iterable[str]:
    return [step[:-3] + choice for choice in _CHOICES] if step.endswith("[x]") else [step]


def tokens(value: Any, implied: str = "") -> Iterator[tuple[str, str]]:
    """(system, code) of a CodeableConcept, Coding, Identifier or code; aliases of identifier systems are resolved."""
    if isinstance(value, str):
        yield implied, value
    elif isinstance(value, dict):
        if "coding" in value:
            for coding in value["coding"]:
                yield from tokens(coding)
        elif "value" in value:
            yield fixed_system(value.get("system", "")), value["value"]
        elif "code" in value:
            yield value.get("system", ""), value["code"]
