"""Figures of a facility's data over a time: ratios by format and week, how late, and what each cause cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gateway.quality.placing import Dimension, Place, placed
from gateway.reuse.precedence import VIET_NAM

FEW = 10  # of fewer no ratio is told: one record more would turn it over
LATE_AFTER = timedelta(hours=24)  # since it was issued; a patient who is sent on is asked for it the next day
COSTLIEST = 10
_MONDAY = 3  # days from Thursday 1970-01-01 to the Monday before it


@dataclass(frozen=True, slots=True)
class Period:
    """Aware, from ``since`` on and before ``until``."""

    since: datetime
    until: datetime

    @property
    def days(self) -> int:
        """Calendar days of Viet Nam that it touches."""
        last = (self.until - timedelta(microseconds=1)).astimezone(VIET_NAM).date()
        return (last - self.since.astimezone(VIET_NAM).date()).days + 1


@dataclass(frozen=True, slots=True)
class Ratio:
    """``met`` of ``of``."""

    met: int = 0
    of: int = 0

    @property
    def share(self) -> float | None:
        """From 0 to 1; None of too few (``FEW``), or none at all."""
        return None if self.of < FEW else self.met / self.of

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(self.met + other.met, self.of + other.of)


@dataclass(frozen=True, slots=True)
class Counts:
    """``records`` of them all; ``results`` in those that were read."""

    records: int = 0
    results: int = 0
    reports: int = 0
    studies: int = 0
    papers: int = 0
    correct: Ratio = Ratio()
    complete: Ratio = Ratio()
    clean: Ratio = Ratio()
    live: Ratio = Ratio()

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def four(self) -> Mapping[Dimension, Ratio]:
        return {"correct": self.correct, "complete": self.complete, "clean": self.clean, "live": self.live}


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds from issued to received, of half and of nine in ten records; None where no record has a time."""

    median: int | None = None
    p90: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What one facility sent in one format in one week."""

    facility: str
    adapter: str
    week: date  # its Monday, in Viet Nam
    counts: Counts


@dataclass(frozen=True, slots=True)
class Cost:
    """What a rule cost. ``records`` it touched, ``number`` times, ``kept_out`` of them refused or held by it;
    ``results``: in the records it kept out. ``place``: where it was last seen first, a path and never a value."""

    rule: str
    records: int
    number: int
    kept_out: int
    results: int
    place: str
    said: Mapping[str, object] = field(default_factory=dict)
    adapters: tuple[str, ...] = ()

    @property
    def where(self) -> Place:
        return placed(self.rule, keeps_out=self.kept_out > 0)


@dataclass(frozen=True, slots=True)
class Heard:
    """``days``: of Viet Nam on which a message came. ``last``: when the last one did, None without any."""

    days: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """Of one facility. ``costs``: the costliest first, all of them. ``late_after``: what ``live`` was counted by."""

    facility: str
    name: str
    period: Period
    late_after: timedelta
    cells: tuple[Cell, ...]
    lag: Lag
    lag_by_format: Mapping[str, Lag]
    costs: tuple[Cost, ...]
    heard: Heard

    @property
    def total(self) -> Counts:
        return added(cell.counts for cell in self.cells)

    @property
    def by_format(self) -> dict[str, Counts]:
        """The format with most records first."""
        names = {cell.adapter for cell in self.cells}
        found = {name: added(cell.counts for cell in self.cells if cell.adapter == name) for name in names}
        return dict(sorted(found.items(), key=lambda one: (-one[1].records, one[0])))

    @property
    def by_week(self) -> dict[date, Counts]:
        """Each week of the period, the first one first, also those in which nothing came."""
        weeks: dict[date, Counts] = {}
        week, last = monday(self.period.since), monday(self.period.until - timedelta(microseconds=1))
        while week <= last:
            weeks[week] = Counts()
            week += timedelta(days=7)
        for cell in self.cells:
            weeks[cell.week] = weeks.get(cell.week, Counts()) + cell.counts
        return weeks

    @property
    def silent_days(self) -> int:
        return max(0, self.period.days - self.heard.days)


def added(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


def monday(at: datetime) -> date:
    """Of the ISO week in which the moment is in Viet Nam: Sunday 17:00 UTC is Monday there."""
    day = at.astimezone(VIET_NAM).date()
    return day - timedelta(days=day.weekday())


def monday_of(number: int) -> date:
    """Of the week that many weeks after that of 1970-01-01."""
    return date(1970, 1, 1) - timedelta(days=_MONDAY) + timedelta(weeks=number)


def costliest_first(costs: Iterable[Cost]) -> tuple[Cost, ...]:
    """By what they kept out, then by what they touched."""
    return tuple(sorted(costs, key=lambda one: (-one.kept_out, -one.results, -one.records, -one.number, one.rule)))


def week_name(week: date) -> str:
    """``2026-W48`` (ISO 8601)."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02}"


def late(total: Counts) -> Cost | None:
    """The cause of what was not live; None where nothing was late."""
    number = total.live.of - total.live.met
    return Cost("quality-late", number, number, 0, 0, "Observation.issued") if number else None
