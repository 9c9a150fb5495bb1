"""A figure: what was measured, beside its target, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Target:
    """What the figure should reach, and on which side of it one wants to be."""

    value: float
    better: Better


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    ``value`` is the median of ``n`` samples unless ``figure`` says otherwise, None where it could not be
    measured, as ``note`` says; ``p99`` is the samples', ``spread`` their quartiles. ``settings``:
    those that differ from the default. ``size``: how much data.
    """

    benchmark: str
    figure: str
    value: float | None
    unit: str
    size: str
    n: int = 1
    median: float | None = None
    p99: float | None = None
    spread: tuple[float, float] | None = None
    target: Target | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Times the target: 1 or more meets it. None without a target."""
        if self.target is None or self.value is None:
            return None
        over, under = (self.value, self.target.value)
        if self.target.better == "lower":
            over, under = under, over
        return over / under if under else None

    def as_json(self, machine: Mapping[str, Any]) -> dict[str, Any]:
        """The line on stdout; floats at three significant digits."""
        return {
            "benchmark": self.benchmark,
            "figure": self.figure,
            "value": None if self.value is None else rounded(self.value),
            "unit": self.unit,
            "target": None if self.target is None else self.target.value,
            "better": None if self.target is None else self.target.better,
            "ratio": None if self.ratio is None else rounded(self.ratio),
            "n": self.n,
            "median": None if self.median is None else rounded(self.median),
            "p99": None if self.p99 is None else rounded(self.p99),
            "spread": None if self.spread is None else [rounded(one) for one in self.spread],
            "size": self.size,
            "settings": dict(self.settings),
            "note": self.note,
            "machine": dict(machine),
        }


def rounded(value: float) -> float:
    """Three significant digits; whole numbers above a hundred."""
    return float(round(value)) if abs(value) >= 100 else float(f"{value:.3g}")


def quantile(samples: Sequence[float], part: float) -> float:
    """The sample below which ``part`` of them lie (nearest rank); ``samples`` not empty."""
    ordered = sorted(samples)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


@dataclass(frozen=True, slots=True)
class About:
    """What the figures of one measurement share."""

    benchmark: str
    size: str
    settings: Mapping[str, str] = field(default_factory=dict)

    def figure(
        self, name: str, value: float | None, unit: str, *, n: int = 1, target: Target | None = None, note: str = ""
    ) -> Figure:
        """A figure that is one number."""
        return Figure(self.benchmark, name, value, unit, self.size, n, None, None, None, target, self.settings, note)

    def sampled(
        self,
        name: str,
        samples: Sequence[float],
        unit: str,
        *,
        part: float = 0.5,
        target: Target | None = None,
        note: str = "",
    ) -> Figure:
        """A figure of its samples: their ``part`` quantile, with median, p99 and quartiles."""
        middle, high = median(samples), quantile(samples, 0.99)
        return Figure(
            benchmark=self.benchmark,
            figure=name,
            value=middle if part == 0.5 else quantile(samples, part),
            unit=unit,
            size=self.size,
            n=len(samples),
            median=middle,
            p99=high,
            spread=(quantile(samples, 0.25), quantile(samples, 0.75)),
            target=target,
            settings=self.settings,
            note=note,
        )
