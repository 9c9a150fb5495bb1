"""How much is measured: the sizes of a run, and what it may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. Counts of exchanges and Observations, seconds, and where to work.

    ``rate``: exchanges a second to offer; 0 looks for the highest that holds. ``step``: seconds
    that each rate is tried. ``beside``: exchanges a second while searching. ``cache``: where
    filled databases are kept between runs. ``databases``: ``sqlite``, ``postgresql`` or a URL.
    ``files``: how many ``gateway validate`` judges. ``connections``: of MLLP. ``hosos``: of one national file.
    ``package``: HL7's R4 core package,
    for a peer that needs it.
    """

    scratch: Path
    cache: Path
    stored: int = 1_000
    seconds: float = 20.0
    rate: float = 0.0
    step: float = 15.0
    observations: tuple[int, ...] = (2_000, 20_000)
    searching: float = 10.0
    beside: float = 75.0
    messages: int = 200
    blocks: int = 9
    starts: int = 5
    databases: tuple[str, ...] = ("sqlite",)
    files: int = 500
    hosos: int = 400
    connections: int = 200
    package: Path | None = None
    seed: int = 1


def tiny(scratch: Path, cache: Path) -> Plan:
    """Everything once, to see that it runs; says nothing about speed."""
    return Plan(
        scratch, cache, stored=8, seconds=0.5, rate=20.0, step=0.5, observations=(160,), searching=0.3, beside=1.0,
        messages=4, blocks=2, starts=1, files=4, hosos=8,
        connections=8,
    )  # fmt: skip


def quick(scratch: Path, cache: Path) -> Plan:
    """A few minutes: to see the effect of a change."""
    return Plan(scratch, cache)


def full(scratch: Path, cache: Path) -> Plan:
    """The sizes that the targets are about."""
    return Plan(
        scratch, cache, stored=100_000, seconds=120.0, step=15.0, observations=(10_000, 1_000_000), searching=30.0,
        messages=1_000, blocks=15, starts=9, files=1_000, hosos=20_000, databases=("sqlite", "postgresql"),
    )  # fmt: skip


SIZES = {"tiny": tiny, "quick": quick, "full": full}


def planned(size: str, scratch: Path, cache: Path, asked: Mapping[str, Any]) -> Plan:
    """The plan of a size with what was asked otherwise; None asks nothing."""
    return replace(
        SIZES[size](scratch, cache), **{name: value for name, value in asked.items() if value not in (None, ())}
    )
