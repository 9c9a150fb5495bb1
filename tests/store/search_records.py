"""Resources put into a store the way intake does it: kept as a version, then indexed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from gateway.bundle import Resource
from gateway.search import Page, parse
from gateway.store import index, persons, resources, tables
from gateway.store.search import search

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
BASE = "https://gateway.example/fhir"
LOINC = "http://loinc.org"
HBA1C = "4548-4"


def keep(
    conn: Connection, exchange: int, made: Resource, *, sensitive: bool = False, facility: str = "01001", later: int = 0
) -> int:
    """Keep and index a resource ``later`` seconds after NOW; returns its row."""
    when = NOW + timedelta(seconds=later)
    kept = resources.keep_version(conn, exchange, facility, made, when, when, sensitive=sensitive)
    if kept.is_current and kept.changed:
        index.index(conn, kept.resource_rid, made, resources.subject_of(conn, kept.resource_rid))
    return kept.resource_rid


def person(conn: Connection, numbers: dict[str, str], *patients: int) -> None:
    """One person who holds the numbers, and whose records are these Patients."""
    rid = conn.execute(insert(tables.person).values(created=0).returning(tables.person.c.rid)).scalar_one()
    for system, value in numbers.items():
        conn.execute(insert(tables.person_identifier).values(system=system, value=value, person=rid, since=0))
    for one in patients:
        persons.link_patient(conn, one, rid)


def patient(logical_id: str, **elements: Any) -> Resource:
    return {"resourceType": "Patient", "id": logical_id, **elements}


def observation(logical_id: str, subject: str = "Patient/p1", code: str = HBA1C, **elements: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "id": logical_id,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": subject},
        **elements,
    }


def ask(conn: Connection, resource_type: str, *pairs: tuple[str, str], limit: int = 500) -> Page:
    return search(conn, parse(resource_type, pairs, base_url=BASE), now=NOW, limit=limit)


def found(conn: Connection, resource_type: str, *pairs: tuple[str, str]) -> list[str]:
    """The ids of the first page's matches, in order."""
    return [hit.resource["id"] for hit in ask(conn, resource_type, *pairs).matches]
