"""All that a province's hospitals send in some weeks, in the order of their sending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import chain, count
from random import Random

from gateway.simulator.province import papers, results, visits
from gateway.simulator.province.event import Event
from gateway.simulator.province.people import Person, people

FACILITIES = ("79001", "01999", "31006")
_FIRST_DAY = datetime(2026, 10, 5, 7, tzinfo=timezone(timedelta(hours=7)))
_WEEKS = 5
_OF_A_PERSON = 17  # messages, about


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as its facility sends it. ``kind``: MSH-9."""

    facility: str
    at: datetime
    kind: str
    data: bytes


def traffic(seed: int, number: int, facilities: tuple[str, ...] = FACILITIES) -> list[Sent]:
    """The first ``number`` messages, the oldest first; a person in about seventeen of them."""
    dice = Random(seed)  # noqa: S311  # traffic, not secrets
    orders = (f"{seed % 100:02}{place:06}" for place in count(1))
    told: list[Event] = []
    while len(told) < number:
        told = list(_all(dice, facilities, max(6, number // _OF_A_PERSON), orders))
    told = sorted(told, key=lambda one: one.at)[:number]
    return [
        Sent(one.person.facility, one.at, one.kind, one.written(place, one.person.facility))
        for place, one in enumerate(told, 1)
    ]


def _all(dice: Random, facilities: tuple[str, ...], population: int, orders: Iterator[str]) -> Iterator[Event]:
    for records in people(dice, facilities, population):
        ended = _FIRST_DAY
        for person in records:
            begin = _FIRST_DAY + timedelta(minutes=dice.randint(0, _WEEKS * 7 * 24 * 60))
            mine = list(_of(dice, person, begin, orders))
            yield from mine
            ended = max(ended, *(one.at for one in mine))
        first, *others = records
        for other in others:
            if other.facility == first.facility:
                at = ended - timedelta(
                    days=dice.choice((-1, 0, 2))
                )  # some are heard of under the prior number after it
                yield visits.merge(first, other, at)


def _of(dice: Random, person: Person, begin: datetime, orders: Iterator[str]) -> Iterator[Event]:
    """What one hospital tells of one of its patients."""
    later = begin + timedelta(minutes=30)
    parts: list[Iterator[Event]] = [visits.registration(dice, person, begin - timedelta(minutes=5))]
    kept = visits.stay if dice.random() < 0.6 else visits.consultation
    parts.append(kept(dice, person, 1, begin))
    parts.append(results.of_all(dice, person, 1, [next(orders) for _ in range(dice.randint(1, 3))], later))
    if dice.random() < 0.5:
        parts.append(papers.document(dice, person, 1, next(orders), later + timedelta(days=1)))
    if dice.random() < 0.5:
        parts.append(papers.appointment(dice, person, next(orders), later + timedelta(days=2)))
    if dice.random() < 0.3:
        parts.append(papers.medicine(dice, person, 1, next(orders), later))
    if dice.random() < 0.3:
        parts.append(papers.vaccination(dice, person, next(orders), later))
    return chain.from_iterable(parts)
