"""Telling another process what is decided: once, and again when it changes, not with every payload."""

from __future__ import annotations

from gateway.terminology.terms import NONE, NOTHING_DECIDED, Decisions, Terms, terms

# A facility's own decisions, and those for every facility; None: as told before, or none yet.
Told = tuple[Decisions | None, Decisions | None]


class Teller:
    """What one other process was told. The same objects are the same decisions."""

    def __init__(self) -> None:
        self._own: dict[str, Decisions] = {}
        self._of_all = NONE

    def tell(self, facility: str, known: Terms) -> Told:
        own = of_all = None
        if self._own.get(facility, NONE) is not known.own:
            own = self._own[facility] = known.own
        if self._of_all is not known.of_all:
            of_all = self._of_all = known.of_all
        return own, of_all


class Hearer:
    """In the other process."""

    def __init__(self) -> None:
        self._own: dict[str, Decisions] = {}
        self._of_all = NONE
        self._made: dict[str, Terms] = {}

    def hear(self, facility: str, told: Told) -> Terms:
        own, of_all = told
        if of_all is not None:
            self._of_all = of_all
            self._made.clear()
        if own is not None:
            self._own[facility] = own
            self._made.pop(facility, None)
        if facility not in self._own and not self._of_all.codes and not self._of_all.units:
            return NOTHING_DECIDED
        if facility not in self._made:
            self._made[facility] = terms(self._own.get(facility, NONE), self._of_all)
        return self._made[facility]
