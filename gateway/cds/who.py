"""Whose results a hook asks for. The client's Patient is known here by numbers, never by its local id.

    1  the national numbers of the Patient the client sent (CCCD, BHXH, or a card that holds it)
    2  the number under which the client's own facility registers the patient
    3  without a Patient: the local id itself, where the client is registered as one whose ids are those numbers

All numbers must lead to one person, and what is known of that person must not contradict what was sent: else nobody
is answered for, and the doctor is told why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.bundle import Resource, mrn_system
from gateway.cds.hook import Hook
from gateway.errors import PreconditionFailed
from gateway.facility import Client
from gateway.jsontext import loads
from gateway.person import differing, numbers, traits, two_citizens
from gateway.prior.people import People, people
from gateway.prior.question import About
from gateway.store import Connection


@dataclass(frozen=True, slots=True)
class Subject:
    """``about``: None where nobody is known by the numbers. ``person``: the key of their rows, 0 for nobody.

    ``conflict``: why the numbers cannot be answered for, "" where they can.
    """

    about: About | None = None
    person: int = 0
    conflict: str = ""


def subject_of(connection: Connection, client: Client, hook: Hook) -> Subject:
    """PreconditionFailed (412) where the client sent no Patient and its ids say nothing here."""
    asked = list(_numbers(client, hook))
    known = [(about, found) for about in asked if (found := people(connection, about)).patients]
    if not known:
        return Subject()
    conflict = _conflict(hook.subject, [found for _, found in known])
    persons = {key for _, found in known for key in found.keys}
    return Subject(known[0][0], max(persons), conflict)


def _numbers(client: Client, hook: Hook) -> Iterable[About]:
    own = mrn_system(client.facility)
    if hook.subject is None:
        if not client.record_numbers:
            raise PreconditionFailed("cds-patient-needed", "prefetch.patient")
        yield About(own, hook.patient)
        return
    yield from (About(system, value) for system, value in numbers(hook.subject))
    for one in hook.subject.get("identifier", ()):
        if one.get("system") == own and one.get("value") and one.get("use") != "old":
            yield About(own, one["value"])


def _conflict(sent: Resource | None, found: list[People]) -> str:
    if len({row.person for one in found for row in one.patients if row.person > 0}) > 1:
        return "cds-two-persons"
    if len({frozenset(one.keys) for one in found}) > 1:  # results of one number's records would be taken for all
        return "cds-records-apart"
    if sent is None:
        return ""
    told, borne = traits(sent), numbers(sent)
    rows = {row.rid: row for one in found for row in one.patients}
    stored = [loads(row.body) for row in rows.values()]
    if two_citizens([*borne, *(number for one in stored for number in numbers(one))]):
        return "cds-two-persons"
    return next((rule for one in stored if (rule := differing(told, traits(one)))), "")
