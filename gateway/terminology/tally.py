"""Tally: how often codes without a standard came, counted in this process and written now and then.

A code never written before is written with the exchange that brought it, in its transaction; how often
it came again is written with the next exchange after EVERY seconds. A process that dies takes counts of
that long with it, never a code.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from gateway.terminology.decision import Kind
from gateway.terminology.standards import Sighting

EVERY = timedelta(seconds=5)
MOST_KNOWN = 100_000  # codes of all facilities whose first sight is remembered; then all are written anew

Key = tuple[str, Kind, str, str]  # facility, kind, system, code


class Count(NamedTuple):
    """``sighting``: the newest; ``times``: how often; ``last``: aware UTC."""

    sighting: Sighting
    times: int
    last: datetime


Counts = Mapping[Key, Count]


def counted(facility: str, sightings: Iterable[Sighting], now: datetime) -> dict[Key, Count]:
    """The sightings of one payload, by code."""
    found: dict[Key, Count] = {}
    for one in sightings:
        key = (facility, one[0], one[1], one[2])
        before = found.get(key)
        found[key] = Count(one, before.times + 1 if before else 1, now)
    return found


class Tally:
    """Of one process; asked from many threads."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._waiting: dict[Key, Count] = {}
        self._known: set[Key] = set()
        self._written: datetime | None = None

    def carried(self, own: Counts, now: datetime) -> Counts:
        """What an exchange is to write beside itself: nothing, or all that waits with its ``own``."""
        if not own and not self._waiting:
            return {}
        with self._gate:
            due = self._written is None or now - self._written >= EVERY
            if not due and self._known.issuperset(own):
                return {}
            return self._taken(own, now)

    def rest(self, now: datetime) -> Counts:
        """All that waits, to be written before the process ends."""
        with self._gate:
            return self._taken({}, now)

    def _taken(self, own: Counts, now: datetime) -> Counts:
        taken, self._waiting = self._waiting, {}
        _add(taken, own)
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known.update(taken)
        self._written = now
        return taken

    def wait(self, own: Counts) -> None:
        """An exchange is kept that wrote no counts: its own wait for another."""
        with self._gate:
            _add(self._waiting, own)

    def give_back(self, carried: Counts, own: Counts) -> None:
        """An exchange that was to write them was not kept: it is not counted, and the others wait again."""
        with self._gate:
            self._known.difference_update(carried)
            for key, count in carried.items():
                left = count.times - (own[key].times if key in own else 0)
                if left:
                    _add(self._waiting, {key: Count(count.sighting, left, count.last)})


def _add(to: dict[Key, Count], more: Counts) -> None:
    for key, count in more.items():
        before = to.get(key)
        to[key] = Count(count.sighting, before.times + count.times, count.last) if before else count
