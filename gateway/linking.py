"""A kept Patient is linked to the person who holds its numbers, or a person is asked to decide."""

from __future__ import annotations

from datetime import datetime

from gateway import person
from gateway.bundle import Resource
from gateway.jsontext import loads
from gateway.store import Connection, persons, reviews


def link_person(connection: Connection, patient_rid: int, patient: Resource, now: datetime) -> None:
    """Link the Patient to the person who holds its numbers, or ask a person to decide."""
    numbers = person.numbers(patient)
    if not numbers:
        return
    held = persons.holders(connection, numbers)
    candidates = set(held.values())
    standing = persons.person_of(connection, patient_rid)
    if standing is not None:
        candidates.add(standing)
    decided = person.link(
        person.traits(patient),
        [(rid, _traits_of(connection, rid, patient_rid)) for rid in sorted(candidates)],
    )
    known = {number for rid in candidates for number in persons.identifiers_of(connection, rid)}
    if not decided.rule and person.two_citizens([*known, *numbers]):
        decided = person.Link(None, "person-two-citizen-ids")
    if decided.rule:
        others = [name for _, name in persons.patients_of(connection, sorted(candidates))]
        detail = {"patient": f"Patient/{patient['id']}", "others": sorted(set(others))}
        reviews.add_review(connection, kind="person-link", rule=decided.rule, detail=detail, now=now)
        persons.link_patient(connection, patient_rid, None)
        return
    joined = decided.person if decided.person is not None else persons.add_person(connection, now)
    for number in numbers:
        if held.get(number) != joined:
            persons.attach(connection, joined, number, now)
    if joined != standing:
        persons.link_patient(connection, patient_rid, joined)


def numbers_of(connection: Connection, patient_rid: int) -> list[tuple[str, str]]:
    """Every national number of the person a Patient is linked to; [] when it is linked to none."""
    linked = persons.person_of(connection, patient_rid)
    return [] if linked is None else persons.identifiers_of(connection, linked)


def _traits_of(connection: Connection, person_rid: int, but: int) -> list[person.Traits]:
    """The traits of a person's other Patients."""
    return [person.traits(loads(body)) for rid, body in persons.bodies_of(connection, person_rid) if rid != but]
