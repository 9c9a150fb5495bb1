"""Persons: who the Patients of several facilities are, by national numbers alone.

Whether two are one is ``gateway.person``'s to judge; here it is read and written. Linking
reads, judges, then writes: ``hold_linking`` first, so that no other linking comes between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, tuple_, update

from gateway.store import locks
from gateway.store.tables import index_result, person, person_identifier, resource, resource_version
from gateway.store.times import micros

Identifier = tuple[str, str]  # (system, value)


def hold_linking(connection: Connection) -> None:
    """Until the transaction ends nobody else links persons."""
    locks.hold(connection, locks.Lock.PERSONS)


def holders(connection: Connection, identifiers: Iterable[Identifier]) -> dict[Identifier, int]:
    """Which person (rid) holds each of the identifiers; those nobody holds are absent."""
    table = person_identifier
    wanted = sorted(set(identifiers))
    query = select(table.c.system, table.c.value, table.c.person)
    rows = connection.execute(query.where(tuple_(table.c.system, table.c.value).in_(wanted)))
    return {(row.system, row.value): row.person for row in rows}


def identifiers_of(connection: Connection, person_rid: int) -> list[Identifier]:
    """Every national identifier a person holds, in order of system and value."""
    table = person_identifier
    query = select(table.c.system, table.c.value).where(table.c.person == person_rid)
    return [(row.system, row.value) for row in connection.execute(query.order_by(table.c.system, table.c.value))]


def add_person(connection: Connection, now: datetime) -> int:
    """A person nothing is known of yet; returns the rid."""
    return int(connection.execute(insert(person).values(created=micros(now)).returning(person.c.rid)).scalar_one())


def attach(connection: Connection, person_rid: int, identifier: Identifier, now: datetime) -> None:
    """The person holds the number from now on. A number another person holds is a Conflict of rows."""
    system, value = identifier
    if holders(connection, [identifier]).get(identifier) == person_rid:
        return
    row = {"system": system, "value": value, "person": person_rid, "since": micros(now)}
    connection.execute(insert(person_identifier).values(row))


# Whose key is asked for here may change until the transaction ends: results that are just being indexed hold it.
_KEY = select(resource.c.person).where(resource.c.rid == bindparam("patient"), resource.c.type == "Patient")
_about = (resource.c.person == bindparam("old"), resource.c.subject == bindparam("patient"))
_MOVES = (
    update(resource_version)
    .where(
        resource_version.c.person == bindparam("old"),
        resource_version.c.resource_rid.in_(select(resource.c.rid).where(*_about)),
    )
    .values(person=bindparam("new")),
    update(index_result)
    .where(index_result.c.person == bindparam("old"), index_result.c.subject == bindparam("patient"))
    .values(person=bindparam("new")),
    update(resource).where(*_about).values(person=bindparam("new")),
)


def link_patient(connection: Connection, patient_rid: int, person_rid: int | None) -> None:
    """This Patient resource is that person; None takes the link back. All that is about it gets the new key."""
    new = -patient_rid if person_rid is None else person_rid
    old = connection.execute(_KEY.with_for_update(), {"patient": patient_rid}).scalar()
    if old is None or old == new:
        return
    for move in _MOVES:
        connection.execute(move, {"patient": patient_rid, "old": old, "new": new})


def person_of(connection: Connection, patient_rid: int) -> int | None:
    """The person a Patient resource is linked to."""
    found: int | None = connection.execute(_KEY, {"patient": patient_rid}).scalar()
    return found if found is not None and found > 0 else None


def patients_of(connection: Connection, person_rids: Sequence[int]) -> list[tuple[int, str]]:
    """(resource rid, "Patient/id") of every Patient linked to one of the persons, in order of rid."""
    linked = (resource.c.person.in_(person_rids), resource.c.type == "Patient")
    query = select(resource.c.rid, resource.c.id).where(*linked).order_by(resource.c.rid)
    return [(row.rid, f"Patient/{row.id}") for row in connection.execute(query)]
