"""Who the patient of a question is, across facilities, and how sure it is that each Patient is that person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.errors import NotFound
from gateway.jsontext import loads
from gateway.person import numbers
from gateway.prior.question import About
from gateway.reuse.result import Identity
from gateway.reuse.taken import moment_of
from gateway.store import Connection, prior
from gateway.store.persons import PatientRow

_LOCAL = timedelta(hours=7)  # a birth date is a day of Viet Nam's


@dataclass(frozen=True, slots=True)
class People:
    """``identity``: by the Patient's row. ``born``: the days all birth dates leave; None where they contradict."""

    patients: tuple[PatientRow, ...]
    identity: Mapping[int, Identity]
    born: tuple[date, date] | None

    @property
    def keys(self) -> set[int]:
        """The person keys their rows are kept under."""
        return {key_of(row) for row in self.patients}

    @property
    def names(self) -> list[str]:
        return sorted(f"Patient/{row.id}" for row in self.patients)


def key_of(row: PatientRow) -> int:
    return row.person if row.person > 0 else -row.rid


def people(connection: Connection, about: About) -> People:
    """NotFound for the id of a Patient that is not there; a number nobody bears is nobody, and no result is theirs."""
    if about.system:
        found = prior.patients_numbered(connection, about.system, about.value)
        own = 0
    else:
        found = prior.patients_named(connection, about.value)
        if not found:
            raise NotFound("resource-unknown")
        own = next(row.rid for row in found if row.id == about.value)
    open_questions = prior.questioned(connection, found)
    read = {row.rid: loads(row.body) for row in found}
    several = len({key_of(row) for row in found}) > 1
    identity: dict[int, Identity] = {}
    for row in found:
        if row.rid == own:
            identity[row.rid] = "certain"
        elif row.rid in open_questions or (several and row.person < 1):
            identity[row.rid] = "conflicting"
        else:  # who is linked without a number of their own is so by the word of a registration desk: a merge
            identity[row.rid] = "certain" if numbers(read[row.rid]) or len(found) == 1 else "person"
    if several and not own and len({key_of(row) for row in found if row.person > 0}) > 1:
        identity = dict.fromkeys(identity, "conflicting")  # one number, two persons
    return People(tuple(found), identity, _born(str(one.get("birthDate", "")) for one in read.values()))


def _born(dates: Iterable[str]) -> tuple[date, date] | None:
    found = [moment_of(text) for text in dates if text]
    days = [((one[0] + _LOCAL).date(), (one[1] + _LOCAL).date()) for one in found if one is not None]
    if not days:
        return None
    earliest, latest = max(day for day, _ in days), min(day for _, day in days)
    return (earliest, latest) if earliest <= latest else None
