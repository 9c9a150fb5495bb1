"""Precision, recall and F1 of saying "invalid"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """What was invalid and refused (hits), valid and refused (false alarms), invalid and passed (missed)."""

    hits: int
    false_alarms: int
    missed: int
    passed: int  # valid, and so found

    @property
    def precision(self) -> float:
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        return _share(self.hits, self.hits + self.missed)

    @property
    def f1(self) -> float:
        return _share(2 * self.hits, 2 * self.hits + self.false_alarms + self.missed)


def tally(judged: Iterable[tuple[bool, bool]]) -> Tally:
    """Of pairs (is it invalid, was it refused)."""
    pairs = list(judged)
    return Tally(*(pairs.count(pair) for pair in ((True, True), (False, True), (True, False), (False, False))))


def _share(part: int, whole: int) -> float:
    """1 when there was nothing to get wrong."""
    return part / whole if whole else 1.0
