"""Terms: the decisions in force for one facility, as a process holds them until one changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.adapter import DefaultProfile, Profile
from gateway.facility import Facility
from gateway.terminology.decision import Decision, Kind

Key = tuple[Kind, str, str]  # kind, system, code


@dataclass(frozen=True, slots=True)
class Terms:
    """``version``: the number of the newest decision of all when these were read.

    ``codes``: by (system, code). ``units``: by the sender's text. ``texts``: what adapters read of the units,
    (text, UCUM code).
    """

    version: int = 0
    codes: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    units: Mapping[str, Decision] = field(default_factory=dict)
    texts: frozenset[tuple[str, str]] = frozenset()


NOTHING_DECIDED = Terms()


def terms(version: int, decisions: Iterable[Decision]) -> Terms:
    """Of the decisions for every facility and those of one, in the order they were made."""
    standing = in_force(decisions).values()
    units = {one.code: one for one in standing if one.kind == "unit"}
    return Terms(
        version,
        {(one.system, one.code): one for one in standing if one.kind == "code"},
        units,
        frozenset((text, one.target_code) for text, one in units.items() if one.adds),
    )


def profile(facility: Facility, known: Terms) -> Profile:
    """The facility as an adapter may know it, with what was decided of its units."""
    if not known.texts:
        return facility
    return DefaultProfile(facility.code, facility.decimal_comma, facility.utc_offset, facility.charset, known.texts)


def in_force(decisions: Iterable[Decision]) -> dict[Key, Decision]:
    """The newest of each code, a facility's own before that for every facility; what was taken back is none."""
    general: dict[Key, Decision] = {}
    own: dict[Key, Decision] = {}
    for one in decisions:
        key = (one.kind, one.system, one.code)
        found = own if one.facility else general
        found.pop(key, None)
        if one.equivalence:
            found[key] = one
    return general | own
