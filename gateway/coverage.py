"""What of a published map an adapter honours: a row of it in one kind of message, and the counts.

An adapter that follows somebody's published map answers with one :class:`Covered` for each row of the map in
each kind of message that uses it (:meth:`gateway.adapter.SourceAdapter.coverage`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a row of the map stands."""

    HONOURED = "honoured"  # a message with the field set, then changed, showed both values at the row's target
    DELIBERATELY_NOT = "deliberately not"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class Covered:
    """One row of a published map in one kind of message; ``why`` says why it is not honoured.

    ``at``: the elements it was seen at, where the map itself does not name them.
    """

    message: str
    map: str
    row: str
    state: State
    why: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows stand how."""

    rows: int
    honoured: int
    deliberately_not: int
    not_yet: int

    @property
    def percent(self) -> float:
        """Honoured rows, in percent of all, cut to a tenth: 94.96 is not 95."""
        return self.honoured * 1000 // self.rows / 10 if self.rows else 100.0

    @classmethod
    def of(cls, states: Iterable[State]) -> Tally:
        counted = Counter(states)
        return cls(counted.total(), counted[State.HONOURED], counted[State.DELIBERATELY_NOT], counted[State.NOT_YET])


def by_map(rows: Iterable[Covered]) -> dict[tuple[str, str], Tally]:
    """(message, map) → its tally, in the order of the rows."""
    states: dict[tuple[str, str], list[State]] = {}
    for one in rows:
        states.setdefault((one.message, one.map), []).append(one.state)
    return {where: Tally.of(found) for where, found in states.items()}


def in_all(rows: Iterable[Covered]) -> Tally:
    """Every row of the map once: honoured only where it is in each kind of message that does not leave it out."""
    return Tally.of(_of_rows(rows).values())


def _of_rows(rows: Iterable[Covered]) -> Mapping[tuple[str, str], State]:
    """(map, row) → its state over all messages: the worst of them, and deliberately not when it is so in all."""
    states: dict[tuple[str, str], set[State]] = {}
    for one in rows:
        states.setdefault((one.map, one.row), set()).add(one.state)
    order = (State.NOT_YET, State.HONOURED, State.DELIBERATELY_NOT)
    return {row: next(state for state in order if state in found) for row, found in states.items()}
