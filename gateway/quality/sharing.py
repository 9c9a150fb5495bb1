"""The authority's view: who shares, what, how late, and how often others use it. Who needs help stands first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.quality.figures import Counts, Heard, Lag, Period, added
from gateway.quality.placing import DIMENSIONS, Dimension


@dataclass(frozen=True, slots=True)
class Used:
    """By others than the facility itself. ``delivered``: to recipients that gave a receipt; ``read``: answers that
    held data of it; ``reused``: orders that were not made, since a result of it stands in their place."""

    delivered: int = 0
    read: int = 0
    reused: int = 0


@dataclass(frozen=True, slots=True)
class Shared:
    """One facility. ``name``: "" for one that sends to another gateway. ``formats``: records by adapter."""

    facility: str
    name: str
    counts: Counts = field(default_factory=Counts)
    formats: Mapping[str, int] = field(default_factory=dict)
    lag: Lag = field(default_factory=Lag)
    heard: Heard = field(default_factory=Heard)
    used: Used = field(default_factory=Used)

    @property
    def worst(self) -> Dimension | None:
        """Which of the four is lowest; None where all have too few."""
        known = [(share, name) for name in DIMENSIONS if (share := self.counts.four[name].share) is not None]
        return min(known, key=lambda one: one[0])[1] if known else None


@dataclass(frozen=True, slots=True)
class Sharing:
    """Of all facilities over a time, who needs help first."""

    period: Period
    late_after: timedelta
    facilities: tuple[Shared, ...]

    @property
    def total(self) -> Counts:
        return added(one.counts for one in self.facilities)

    @property
    def silent(self) -> int:
        """Facilities of which nothing came."""
        return sum(1 for one in self.facilities if not one.counts.records)

    @property
    def used(self) -> Used:
        every = [one.used for one in self.facilities]
        return Used(
            sum(one.delivered for one in every), sum(one.read for one in every), sum(one.reused for one in every)
        )


def who_needs_help_first(found: Iterable[Shared]) -> tuple[Shared, ...]:
    """Of whom nothing came; then by the lowest of the four; of whom too few came last. Alike: by code."""

    def need(one: Shared) -> tuple[int, float, str]:
        if not one.counts.records:
            return 0, 0.0, one.facility
        if one.worst is None:
            return 2, 0.0, one.facility
        return 1, one.counts.four[one.worst].share or 0.0, one.facility

    return tuple(sorted(found, key=need))
