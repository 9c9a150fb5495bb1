"""Judge: all that was said of one resource, told again in the order in which its sources said it.

What stands is a fold of ``gateway.revision.revise`` over the words, the oldest first. A word that is
the newest is put on top of what stands; one that comes late, or speaks of the same moment, has
its place in the middle, and then all are told again: so what stands depends on what was said alone, and
never on the order in which it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from gateway.bundle import Resource
from gateway.jsontext import dumps
from gateway.revision import UNFINISHED, revise

_DIGITS = re.compile("([0-9]+)")
_TAKES_BACK = {"amended": 1, "corrected": 1, "cancelled": 2, "entered-in-error": 2}


@dataclass(frozen=True, slots=True)
class Said:
    """A word, and when it was said; times are aware.

    ``at``: the source's own result time, None where it says none. ``recorded``: when its message was made, by
    the sender; ``told``: when its own gateway took it, ``exchange`` that exchange's id; ``number``: the sender's own
    of its message, "" without one. ``message``: the id of its Bundle; ``replaces``: of those
    whose record it says again.
    """

    resource: Resource
    at: datetime | None
    recorded: datetime | None
    told: datetime
    exchange: str
    number: str = ""
    message: str = ""
    replaces: frozenset[str] = frozenset()


def counting(words: Iterable[Said]) -> list[Said]:
    """Those that no other takes the place of. What takes one's place was told when that one was."""
    told = list(words)
    gone = frozenset().union(*(one.replaces for one in told))
    when: dict[str, datetime] = {}
    for one in sorted(told, key=lambda one: one.told):  # what was replaced came before what replaced it
        first = min((when[name] for name in one.replaces if name in when), default=one.told)
        when.setdefault(one.message, min(first, one.told))
    return [
        replace(one, told=when[one.message]) if one.replaces else one
        for one in told
        if not one.message or one.message not in gone
    ]


def in_order(words: Iterable[Said]) -> list[Said]:
    """The oldest first. Of words at one time a finished result comes after an unfinished one, then the later message;
    of messages made at one time (many senders write no seconds) what corrects or takes back comes last, then the one
    with the higher number, then the one that its own gateway took later: so says the signed message, to the
    microsecond, wherever and whenever it is read. Only of words taken at one instant does their content decide.

    A word without a time speaks of the moment of the last one that was told before it. A word whose record was
    translated again is none any more.
    """
    told = sorted(counting(words), key=lambda one: (one.told, one.exchange))
    timed: list[tuple[datetime, Said]] = []
    last: datetime | None = None
    for one in told:
        at = one.at or last or _first(told)
        last = at if last is None else max(last, at)
        timed.append((at, one))
    return [one for _, one in sorted(timed, key=_place)]


def told_again(words: Iterable[Said]) -> Resource:
    """What stands after all words; ValueError without any."""
    ordered = [one.resource for one in in_order(words)]
    if not ordered:
        raise ValueError("no word")
    return reduce(revise, ordered)


def changes_nothing(standing: Resource, late: Resource) -> bool:
    """True when all the late word says stands already as it says it: whatever lay between, it may stay as it is."""
    return all(standing.get(key) == value for key, value in late.items() if key != "meta")


_Place = tuple[datetime, bool, datetime, int, list[str | int], datetime, bytes, str]


def _place(timed: tuple[datetime, Said]) -> _Place:
    """When a word was taken by its first gateway decides where its sender says too little, when it came here never."""
    at, one = timed
    status = str(one.resource.get("status"))
    made = one.recorded or one.told
    corrects = _TAKES_BACK.get(status, 0)
    number = _counted(one.number)
    return at, status not in UNFINISHED, made, corrects, number, one.told, dumps(one.resource), one.exchange


def _counted(number: str) -> list[str | int]:
    """So that A10 comes after A9: words and numbers in turn, a word first."""
    return [int(part) if place % 2 else part for place, part in enumerate(_DIGITS.split(number))]


def _first(told: list[Said]) -> datetime:
    """Before any time said: nothing is known of when the first word speaks."""
    return min((one.at for one in told if one.at is not None), default=told[0].told)
