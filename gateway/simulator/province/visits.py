"""What a hospital tells of its patients: who comes, is moved and leaves, who is registered anew, who is two in one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from gateway.simulator.province.event import Event, message, stamp, written
from gateway.simulator.province.people import Person

_WARDS = ("K01", "K02", "K03")


def visit_number(person: Person, count: int) -> str:
    """PV1-19 of a patient's visit."""
    return f"LK{person.number}{count:02}"


def of_visit(person: Person, count: int, kind: str = "O", ward: str = "K01^P101", **more: str) -> str:
    """PV1; ``more``: by field number, ``f44``."""
    number = f"{visit_number(person, count)}^^^{person.facility}^VN"
    fields = {1: "1", 2: kind, 3: ward, 7: "BS001^TRẦN^THỊ MẪU", 19: number}
    return written("PV1", fields | {int(name[1:]): text for name, text in more.items()})


def stay(dice: Random, person: Person, count: int, begin: datetime) -> Iterator[Event]:
    """Days in a ward, with what is taken back on the way."""
    came = stamp(begin)
    first, second = (f"{ward}^P{dice.randint(1, 9):02}^G{dice.randint(1, 6)}" for ward in dice.sample(_WARDS, 2))

    def told(event: str, at: datetime, happened: datetime, ward: str, who: Person = person, **more: str) -> Event:
        visit = of_visit(who, count, "I", ward, f44=came, **more)
        evn = f"EVN|{event}|{stamp(happened)}||||{stamp(happened)}"
        return message(at, who, "HIS", f"ADT^{event}^{_STRUCTURES.get(event, 'ADT_A01')}", evn, visit)

    yield told("A01", begin, begin, first)
    if dice.random() < 0.15:
        yield told("A11", (at := begin + timedelta(hours=1)), at, first)
        return
    if dice.random() < 0.3:  # corrected in the second of the admission
        yield told("A08", begin, begin, first, person.moved(dice))
    moved = begin + timedelta(hours=dice.randint(5, 30))
    ward = first
    if dice.random() < 0.7:
        late = timedelta(hours=dice.choice((0, 0, 0, 9)))  # told only when the shift ended
        yield told("A02", moved + late, moved, second, f6=first)
        ward = second
        if dice.random() < 0.3:
            yield told("A12", (at := moved + timedelta(hours=10)), at, first, f6=second)
            ward = first
    if dice.random() < 0.5:
        yield told("A08", (at := moved + timedelta(hours=11)), at, ward, person.moved(dice))
    left = moved + timedelta(hours=dice.randint(24, 90))
    yield told("A03", left, left, ward, f36="01", f45=stamp(left))
    if dice.random() < 0.25:
        yield told("A13", (at := left + timedelta(minutes=40)), at, ward)
        left += timedelta(hours=6)
        yield told("A03", left, left, ward, f36="01", f45=stamp(left))


def consultation(dice: Random, person: Person, count: int, begin: datetime) -> Iterator[Event]:
    """A morning as an outpatient."""
    ended = begin + timedelta(hours=dice.randint(1, 4))
    visit = {"f44": stamp(begin)}
    yield message(begin, person, "HIS", "ADT^A04^ADT_A01", f"EVN|A04|{stamp(begin)}", of_visit(person, count, **visit))
    last = of_visit(person, count, **visit, f36="01", f45=stamp(ended))
    yield message(ended, person, "HIS", "ADT^A03^ADT_A03", f"EVN|A03|{stamp(ended)}", last)


def registration(dice: Random, person: Person, begin: datetime) -> Iterator[Event]:
    """A patient is registered, some with a number or a name that is wrong, and moves house."""
    later = begin + timedelta(days=dice.randint(1, 9))
    none = "PV1|1|N"
    first = dice.choice((person, person, person.mistaken(dice)))
    yield message(begin, first, "HIS", "ADT^A28^ADT_A05", f"EVN|A28|{stamp(begin)}", none)
    yield message(later, person.moved(dice), "HIS", "ADT^A31^ADT_A05", f"EVN|A31|{stamp(later)}", none)


def merge(surviving: Person, prior: Person, at: datetime) -> Event:
    """Two numbers were one patient."""
    mrg = f"MRG|{prior.number}^^^{prior.facility}^MR||||||{prior.name}"
    return message(at, surviving, "HIS", "ADT^A40^ADT_A39", f"EVN|A40|{stamp(at)}", mrg)


_STRUCTURES = {"A02": "ADT_A02", "A03": "ADT_A03", "A11": "ADT_A09", "A12": "ADT_A12"}
