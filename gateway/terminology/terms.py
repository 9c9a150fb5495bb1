"""Terms: the decisions in force for one facility, as a process holds them until one changes.

What holds for every facility is held once, whatever the number of facilities: a national list has thousands of codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.adapter import DefaultProfile, Profile
from gateway.facility import Facility
from gateway.mapping.units import plain_unit
from gateway.terminology.decision import Decision, Kind

Key = tuple[Kind, str, str]  # kind, system, code


@dataclass(frozen=True, slots=True)
class Decisions:
    """Those in force of one owner. ``codes``: by (system, code); ``units``: by the sender's text (plain_unit)."""

    codes: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    units: Mapping[str, Decision] = field(default_factory=dict)


NONE = Decisions()


@dataclass(frozen=True, slots=True)
class Terms:
    """A facility's ``own`` decisions, which go before those ``of_all``.

    ``texts``: what adapters read of the units, (text, UCUM code).
    """

    own: Decisions = NONE
    of_all: Decisions = NONE
    texts: frozenset[tuple[str, str]] = frozenset()

    def code(self, system: str, code: str) -> Decision | None:
        key = (system, code)
        return self.own.codes.get(key) or self.of_all.codes.get(key)

    def unit(self, text: str) -> Decision | None:
        plain = plain_unit(text)
        return self.own.units.get(plain) or self.of_all.units.get(plain)


NOTHING_DECIDED = Terms()


def decisions(made: Iterable[Decision]) -> Decisions:
    """Of one owner's, in the order they were made."""
    standing = in_force(made).values()
    found = Decisions(
        {(one.system, one.code): one for one in standing if one.kind == "code"},
        {plain_unit(one.code): one for one in standing if one.kind == "unit"},
    )
    return found if standing else NONE


def terms(own: Decisions, of_all: Decisions = NONE) -> Terms:
    """Of one facility's decisions, and those for every facility."""
    if own is NONE and of_all is NONE:
        return NOTHING_DECIDED
    units = {**of_all.units, **own.units}
    return Terms(own, of_all, frozenset((text, one.target_code) for text, one in units.items() if one.adds))


def profile(facility: Facility, known: Terms) -> Profile:
    """The facility as an adapter may know it, with what was decided of its units."""
    if not known.texts:
        return facility
    return DefaultProfile(facility.code, facility.decimal_comma, facility.utc_offset, facility.charset, known.texts)


def in_force(made: Iterable[Decision]) -> dict[Key, Decision]:
    """The newest of each code, a facility's own before that for every facility; what was taken back is none."""
    general: dict[Key, Decision] = {}
    own: dict[Key, Decision] = {}
    for one in made:
        key = (one.kind, one.system, one.code)
        found = own if one.facility else general
        found.pop(key, None)
        if one.equivalence:
            found[key] = one
    return general | own
