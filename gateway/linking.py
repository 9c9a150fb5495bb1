"""The Patients that a kept one has to do with are told anew which person each is, or a person is asked to decide.

By national numbers across facilities, and by the merges a facility told of: all of them together, each time
(gateway.one_person), so that nothing depends on which came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from gateway import person
from gateway.bundle import Resource
from gateway.jsontext import loads
from gateway.mapping.naming import fixed_system
from gateway.one_person import Known, Number, Person, Question, settled
from gateway.store import Connection, alerts, persons, reviews
from gateway.store.alerts import Moved
from gateway.store.persons import PatientRow

MOST = 100  # Patients that are looked at together; a number that more of them bear was invented by somebody
_KIND = "person-link"
_GATEWAY = "gateway"


def link_person(connection: Connection, patient_rid: int, now: datetime, *, new: bool = False) -> bool:
    """Settle who the Patient is, and all it has to do with; True when a link changed. ``new``: nothing of it was
    known, so nobody was asked about it."""
    related = _related(connection, patient_rid, new)
    if len(related) == 1 and not person.numbers(loads(related[0].body)) and related[0].person < 1:
        return False
    known = {row.rid: _known(row) for row in related}
    decided, asked = settled(list(known.values()))
    if asked or len(known) > 1 or not new:
        _ask(connection, asked, known, now)
    rids = {one.name: rid for rid, one in known.items()}
    linked, lost = _persons(connection, decided, related, now)
    wanted: dict[int, int | None] = dict.fromkeys(known)
    for one, rid in zip(decided, linked, strict=True):
        wanted |= {rids[each.name]: rid for each in one.patients}
    changed = [row.rid for row in related if wanted[row.rid] != (row.person if row.person > 0 else None)]
    for rid in changed:
        persons.link_patient(connection, rid, wanted[rid])
    before = {row.rid: row.person for row in related}
    moved = [Moved(rid, before[rid], wanted[rid] or -rid) for rid in changed if before[rid] > 0]
    if moved or lost:  # whoever reused a result of theirs must ask anew whose it is
        alerts.raise_moved(connection, moved, lost, now)
    return bool(changed)


def numbers_of(connection: Connection, patient_rid: int) -> list[tuple[str, str]]:
    """Every national number of the person a Patient is linked to; [] when it is linked to none."""
    linked = persons.person_of(connection, patient_rid)
    return [] if linked is None else persons.identifiers_of(connection, linked)


# ---- whom it has to do with -----------------------------------------------------------


def _related(connection: Connection, patient_rid: int, new: bool) -> list[PatientRow]:
    """The Patient and all that numbers, merges or links join it with, directly or by others."""
    first = persons.patient_row(connection, patient_rid)
    if first is None:
        return []
    found: dict[int, PatientRow] = {}
    ahead = [first] if new else [first, *_asked_about(connection, first)]
    while ahead and len(found) < MOST:
        found |= {row.rid: row for row in ahead}
        ahead = [row for row in _beside(connection, ahead, found) if row.rid not in found]
    return sorted(found.values(), key=lambda row: row.rid)


def _asked_about(connection: Connection, row: PatientRow) -> list[PatientRow]:
    """The others of what is asked of the Patient: what it says now may be the answer."""
    tasks = reviews.about(connection, _KIND, [f"Patient/{row.id}"])
    named = {
        name
        for task in tasks
        if task.status == "requested"
        for name in (task.detail["patient"], *task.detail["others"])
    }
    return persons.rows_named(connection, (name.removeprefix("Patient/") for name in named - {f"Patient/{row.id}"}))


def _beside(connection: Connection, rows: Sequence[PatientRow], found: Mapping[int, PatientRow]) -> list[PatientRow]:
    read = [(row, loads(row.body)) for row in rows]
    numbers = {number for _, one in read for number in person.numbers(one)}
    written = {
        (fixed_system(each.get("system", "")), each["value"])
        for _, one in read
        for each in one.get("identifier", ())
        if "value" in each and person.numbers({"identifier": [each]})
    }
    whose = {*persons.holders(connection, numbers).values(), *(row.person for row in rows if row.person > 0)}
    beside = persons.rows_of(connection, whose)
    known = {*found, *(row.rid for row in beside)}
    bearing = (
        persons.patient_row(connection, rid)
        for rid in persons.bearing(connection, numbers | written, MOST)
        if rid not in known
    )
    facilities = {row.facility for row in rows}
    merged = persons.rows_named(connection, (name for _, one in read for name in _merged(one)))
    return [
        *beside,
        *(row for row in bearing if row is not None),
        *(row for row in merged if row.facility in facilities),
    ]


def _known(row: PatientRow) -> Known:
    made: Resource = loads(row.body)
    return Known(
        f"Patient/{row.id}",
        person.traits(made),
        frozenset(person.numbers(made)),
        frozenset(f"Patient/{name}" for name in _merged(made)),
        bool(row.sensitive),
    )


def _merged(patient: Resource) -> list[str]:
    """Logical ids of the Patients it replaces, or is replaced by."""
    links = patient.get("link", ())
    named = (one.get("other", {}).get("reference", "") for one in links if one.get("type", "").startswith("replace"))
    return [name.removeprefix("Patient/") for name in named if name.startswith("Patient/")]


# ---- what is decided ------------------------------------------------------------------


def _persons(
    connection: Connection, decided: Sequence[Person], related: Sequence[PatientRow], now: datetime
) -> tuple[list[int], set[int]]:
    """The row of each person: one that its Patients or numbers had before, else a new one. Each holds its numbers.
    And the rows of those who hold a number no more."""
    row_of = {f"Patient/{row.id}": row.person for row in related if row.person > 0}
    standing = {*row_of.values()}
    held: dict[Number, int] = {
        number: rid for rid in sorted(standing) for number in persons.identifiers_of(connection, rid)
    }
    held |= persons.holders(connection, {number for one in decided for number in one.numbers})
    used: set[int] = set()
    chosen = []
    for one in decided:
        before = [row_of[name] for name in sorted(one.names & row_of.keys())]
        before += [held[number] for number in sorted(one.numbers & held.keys())]
        free = [rid for rid in before if rid not in used]
        rid = max(free, key=lambda rid: (free.count(rid), -rid)) if free else persons.add_person(connection, now)
        used.add(rid)
        chosen.append(rid)
    wanted = {number: rid for one, rid in zip(decided, chosen, strict=True) for number in one.numbers}
    whole = len(related) < MOST
    lost = set()
    for number, rid in sorted(held.items()):
        if wanted.get(number, rid if not whole else None) != rid:
            persons.detach(connection, number)
            lost.add(rid)
    for number, rid in sorted(wanted.items()):
        if held.get(number) != rid:
            persons.attach(connection, rid, number, now)
    return chosen, lost


def _ask(connection: Connection, asked: Iterable[Question], known: Mapping[int, Known], now: datetime) -> None:
    """What is to be asked of these Patients now, once; what was asked and is no longer so is closed."""
    wanted = [(one.rule, {"patient": one.patient, "others": list(one.others)}) for one in asked]
    answered = []
    for task in reviews.about(connection, _KIND, {one.name for one in known.values()}):
        if task.status != "requested":
            answered += [(task.rule, task.detail)] if task.decided_by != _GATEWAY else []
        elif (task.rule, task.detail) not in wanted:
            reviews.decide_review(connection, task.id, who=_GATEWAY, why="no longer so", now=now)
    for rule, detail in wanted:
        if (rule, detail) not in answered:
            reviews.add_review(connection, kind=_KIND, rule=rule, detail=detail, now=now)
