"""What the senders were told: the other half of the judgement, kept outside the gateway."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Journal:
    """Written by many threads. A payload is its number.

    ``acknowledged``: number → ids of its exchanges, as told first. ``contradicted``: numbers
    told other ids later. ``refused``: why the gateway did not take something now, by rule.
    ``wrong``: answers that no fault excuses, by what was said.
    """

    acknowledged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    contradicted: set[int] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, number: int, ids: Sequence[str]) -> None:
        """The gateway says that it has the payload, as these exchanges."""
        with self._lock:
            if self.acknowledged.setdefault(number, tuple(ids)) != tuple(ids):
                self.contradicted.add(number)

    def told_again(self) -> None:
        with self._lock:
            self.repeated += 1

    def turned_away(self, rule: str) -> None:
        """Not now: the sender tries again."""
        with self._lock:
            self.refused[rule] += 1

    def told_wrongly(self, what: str) -> None:
        with self._lock:
            self.wrong[what] += 1
