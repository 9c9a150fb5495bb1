"""A gateway with so many exchanges stored already: what a benchmark begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.bench.orders import Laboratories
from gateway.bench.plan import Plan
from gateway.bench.site import Site


@dataclass
class Stock:
    """A registered gateway, not running. ``exchanges``: how many orders it holds, numbered from 0."""

    name: str
    site: Site
    laboratories: Laboratories
    exchanges: int
    database_pids: list[int] = field(default_factory=list)

    def bytes(self) -> int:
        """What the database takes on disk."""
        return sum(file.stat().st_size for file in self.site.folder.glob("gateway.db*"))


@contextmanager
def stocked(plan: Plan, database: str, exchanges: int, say: Callable[[str], None]) -> Iterator[Stock]:
    site = Site(plan.scratch / f"{database}-{exchanges}")
    site.register()
    yield Stock("SQLite", site, Laboratories(plan.seed, exchanges), 0)
