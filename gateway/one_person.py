"""Judge: which of several Patients are one person: by their numbers first, then by the merges their facility told of.

A function of the Patients as they stand, so that it does not matter which of them came first, or whether a merge came
before the numbers. Whatever contradicts is asked, and nobody is joined silently: two persons who have numbers of their
own stay two, however often they are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.person import Traits, differing, link, two_citizens

Number = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A Patient as it stands. ``name``: ``Patient/id``; ``numbers``: national ones; ``merged``: names of those that it
    replaces or is replaced by, in its facility. ``apart``: kept apart by law, so that nobody is compared with it."""

    name: str
    traits: Traits
    numbers: frozenset[Number] = frozenset()
    merged: frozenset[str] = frozenset()
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """For a person to decide: why ``patient`` is not one with ``others``."""

    rule: str
    patient: str
    others: tuple[str, ...]


@dataclass(slots=True)
class Person:
    """Patients who are one."""

    patients: list[Known]
    numbers: set[Number] = field(default_factory=set)

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.patients}

    @property
    def traits(self) -> list[Traits]:
        return [one.traits for one in self.patients if not one.apart]

    def take(self, one: Known) -> None:
        self.patients.append(one)
        self.numbers |= one.numbers


def settled(related: Sequence[Known]) -> tuple[list[Person], list[Question]]:
    """The persons, and what must be asked. A Patient in none of them is linked to nobody."""
    persons: list[Person] = []
    asked: list[Question] = []
    for one in sorted((one for one in related if one.numbers), key=lambda one: _rank(one, related)):
        _by_numbers(one, persons, asked)
    placed = {name for person in persons for name in person.names}
    free = [one for one in related if not one.numbers]
    for joined in _merged_together(free):
        _by_merges(joined, persons, asked)
    by_name = {one.name: one for one in related}
    for person in persons:
        for one in sorted(person.patients, key=lambda one: one.name):
            others = {name for name in one.merged & placed if name not in person.names and name > one.name}
            if one.name in placed and others:
                asked.append(_two_persons([one], {by_name[name].name for name in others}))
    return persons, asked


def _rank(one: Known, related: Sequence[Known]) -> tuple[int, int, str]:
    """Who has one number comes before who has several, who agrees with most before who contradicts them."""
    sharing = [other for other in related if other.numbers & one.numbers]
    return len(one.numbers), sum(bool(differing(one.traits, other.traits)) for other in sharing), one.name


def _by_numbers(one: Known, persons: list[Person], asked: list[Question]) -> None:
    holding = [person for person in persons if person.numbers & one.numbers]
    decided = link(one.traits, [(place, person.traits) for place, person in enumerate(holding)])
    known = set(one.numbers).union(*(person.numbers for person in holding))
    rule = decided.rule or ("person-two-citizen-ids" if two_citizens(known) else "")
    if rule:
        others = {name for person in holding for name in person.names}
        asked.append(Question(rule, one.name, tuple(sorted(others))))
    elif holding:
        holding[0].take(one)
    else:
        persons.append(Person([one], set(one.numbers)))


def _by_merges(joined: list[Known], persons: list[Person], asked: list[Question]) -> None:
    """Patients without a number, merged with each other, and with one person's Patients or with nobody's."""
    near = {name for one in joined for name in one.merged}
    beside = [person for person in persons if person.names & near]
    if len(beside) > 1:
        asked.append(_two_persons(joined, {name for person in beside for name in person.names & near}))
        return
    if beside:
        (person,) = beside
    elif len(joined) > 1:
        persons.append(person := Person([]))
    else:
        return
    for one in joined:
        if rule := next((rule for other in person.traits if (rule := differing(one.traits, other))), ""):
            asked.append(Question(rule, one.name, tuple(sorted(person.names))))
        else:
            person.take(one)


def _two_persons(joined: Sequence[Known], others: Iterable[str]) -> Question:
    return Question("person-merge-two-persons", joined[0].name, tuple(sorted({*others, *(o.name for o in joined[1:])})))


def _merged_together(free: Iterable[Known]) -> list[list[Known]]:
    """Those whom merges join, directly or by others, each once."""
    left = {one.name: one for one in sorted(free, key=lambda one: one.name)}
    made = []
    while left:
        first = next(iter(left))
        together, ahead = [left.pop(first)], True
        while ahead:
            near = {name for one in together for name in one.merged} & left.keys()
            near |= {name for name, one in left.items() if one.merged & {each.name for each in together}}
            together += [left.pop(name) for name in sorted(near)]
            ahead = bool(near)
        made.append(sorted(together, key=lambda one: one.name))
    return made
