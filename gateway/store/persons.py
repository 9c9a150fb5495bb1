"""Persons: who the Patients of several facilities are, by national numbers alone.

Whether two are one is ``gateway.person``'s to judge; here it is read and written. Linking
reads, judges, then writes, within ``Store.write``: no other linking comes between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from gateway.store.index import PARAMS
from gateway.store.prepared import Prepared
from gateway.store.tables import index_result, index_token, person, person_identifier, resource, resource_version
from gateway.store.times import micros

Identifier = tuple[str, str]  # (system, value)


class PatientRow(NamedTuple):
    """A Patient as it stands. ``person``: the rid of the person it is linked to, below 1 when to none."""

    rid: int
    id: str
    facility: str
    person: int
    sensitive: bool
    body: bytes


_HELD = person_identifier.c
_HOLDER = Prepared(
    select(_HELD.system, _HELD.value, _HELD.person).where(
        _HELD.system == bindparam("named"), _HELD.value == bindparam("number")
    )
)
_NUMBERS = Prepared(
    select(_HELD.system, _HELD.value).where(_HELD.person == bindparam("whose")).order_by(_HELD.system, _HELD.value)
)
_ADD = Prepared(insert(person).returning(person.c.rid), sets=("created",))
_ATTACH = Prepared(insert(person_identifier), sets=("system", "value", "person", "since"))
_PATIENTS = Prepared(
    select(resource.c.rid, resource.c.id).where(resource.c.person == bindparam("whose"), resource.c.type == "Patient")
)
_RECORD = (
    resource.c.rid,
    resource.c.id,
    resource.c.facility,
    resource.c.person,
    resource.c.sensitive,
    resource_version.c.body,
)
_RECORDS = select(*_RECORD).join(resource_version, resource_version.c.rid == resource.c.current)
_BY_RID = Prepared(_RECORDS.where(resource.c.rid == bindparam("patient"), resource.c.type == "Patient"))
_BY_ID = Prepared(_RECORDS.where(resource.c.id == bindparam("named"), resource.c.type == "Patient"))
_BY_PERSON = Prepared(_RECORDS.where(resource.c.person == bindparam("whose"), resource.c.type == "Patient"))
_BEARING = Prepared(  # by what stands in the Patient itself, also where it is linked to nobody
    select(index_token.c.resource_rid)
    .where(
        index_token.c.param == PARAMS["Patient"]["identifier"],
        index_token.c.code == bindparam("number"),
        index_token.c.system == bindparam("named"),
    )
    .order_by(index_token.c.resource_rid)
    .limit(bindparam("most"))
)
_DETACH = Prepared(
    delete(person_identifier).where(_HELD.system == bindparam("named"), _HELD.value == bindparam("number"))
)


def holders(connection: Connection, identifiers: Iterable[Identifier]) -> dict[Identifier, int]:
    """Which person (rid) holds each of the identifiers; those nobody holds are absent."""
    asked = [{"named": system, "number": value} for system, value in sorted(set(identifiers))]
    return {(system, value): person for system, value, person in _HOLDER.each(connection, asked)}


def identifiers_of(connection: Connection, person_rid: int) -> list[Identifier]:
    """Every national identifier a person holds, in order of system and value."""
    return [(system, value) for system, value in _NUMBERS.all(connection, whose=person_rid)]


def add_person(connection: Connection, now: datetime) -> int:
    """A person nothing is known of yet; returns the rid."""
    return int(_ADD.value(connection, created=micros(now)))


def attach(connection: Connection, person_rid: int, identifier: Identifier, now: datetime) -> None:
    """The person holds the number from now on. A number another person holds is a Conflict of rows."""
    system, value = identifier
    if holders(connection, [identifier]).get(identifier) == person_rid:
        return
    _ATTACH.put(connection, system=system, value=value, person=person_rid, since=micros(now))


# Whose key is asked for here may change until the transaction ends: results that are just being indexed hold it.
_KEY = select(resource.c.person).where(resource.c.rid == bindparam("patient"), resource.c.type == "Patient")
_LINKED, _MOVING = Prepared(_KEY), Prepared(_KEY.with_for_update())
_about = (resource.c.person == bindparam("old"), resource.c.subject == bindparam("patient"))
_MOVES = (
    Prepared(
        update(resource_version)
        .where(
            resource_version.c.person == bindparam("old"),
            resource_version.c.resource_rid.in_(select(resource.c.rid).where(*_about)),
        )
        .values(person=bindparam("new"))
    ),
    Prepared(
        update(index_result)
        .where(index_result.c.person == bindparam("old"), index_result.c.subject == bindparam("patient"))
        .values(person=bindparam("new"))
    ),
    Prepared(update(resource).where(*_about).values(person=bindparam("new"))),
)


def link_patient(connection: Connection, patient_rid: int, person_rid: int | None) -> None:
    """This Patient resource is that person; None takes the link back. All that is about it gets the new key."""
    new = -patient_rid if person_rid is None else person_rid
    old = _MOVING.value(connection, patient=patient_rid)
    if old is None or old == new:
        return
    for move in _MOVES:
        move.put(connection, patient=patient_rid, old=old, new=new)


def person_of(connection: Connection, patient_rid: int) -> int | None:
    """The person a Patient resource is linked to."""
    found: int | None = _LINKED.value(connection, patient=patient_rid)
    return found if found is not None and found > 0 else None


def detach(connection: Connection, identifier: Identifier) -> None:
    """Nobody holds the number any more."""
    system, value = identifier
    _DETACH.put(connection, named=system, number=value)


def patient_row(connection: Connection, patient_rid: int) -> PatientRow | None:
    """A Patient as it stands."""
    row = _BY_RID.first(connection, patient=patient_rid)
    return None if row is None else PatientRow(*row)


def rows_named(connection: Connection, ids: Iterable[str]) -> list[PatientRow]:
    """Those of these logical ids; unknown ones are absent."""
    return [PatientRow(*row) for row in _BY_ID.each(connection, [{"named": one} for one in sorted(set(ids))])]


def rows_of(connection: Connection, person_rids: Iterable[int]) -> list[PatientRow]:
    """All Patients linked to one of the persons."""
    return [
        PatientRow(*row) for row in _BY_PERSON.each(connection, [{"whose": rid} for rid in sorted(set(person_rids))])
    ]


def bearing(connection: Connection, identifiers: Iterable[Identifier], most: int) -> list[int]:
    """The rids of the first Patients (``most`` of each number) in which one of the identifiers stands."""
    found = {
        rid
        for system, value in sorted(set(identifiers))
        for (rid,) in _BEARING.all(connection, number=value, named=system, most=most)
    }
    return sorted(found)


def patients_of(connection: Connection, person_rids: Sequence[int]) -> list[tuple[int, str]]:
    """(resource rid, "Patient/id") of every Patient linked to one of the persons, in order of rid."""
    rows = _PATIENTS.each(connection, [{"whose": rid} for rid in set(person_rids)])
    return sorted((rid, f"Patient/{logical_id}") for rid, logical_id in rows)
