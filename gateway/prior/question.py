"""Question: whom it is about, what is ordered, and where; and the limits of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.reuse.order import OrderedTest, Setting

MOST_ORDERS = 100  # tests of one question
MOST_CODES = 50  # codes of one test
MOST_CONSIDERED, LEAST_CONSIDERED = 30, 5  # results looked at for one test, the newest: as many as there is room for
CONSIDERED_IN_ALL = 100


def considered(tests: int) -> int:
    """How many results of each test are looked at where so many tests are asked for together."""
    return max(LEAST_CONSIDERED, min(MOST_CONSIDERED, CONSIDERED_IN_ALL // max(tests, 1)))


@dataclass(frozen=True, slots=True)
class About:
    """A Patient's logical id with ``system`` "", else an identifier."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """``conditions``: what makes reuse unsafe now, as the requester says. ``specialty``: whose own rules hold too."""

    about: About
    orders: tuple[OrderedTest, ...]
    setting: Setting = ""
    conditions: frozenset[str] = frozenset()
    specialty: str = ""
    at: datetime | None = None
