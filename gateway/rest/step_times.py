"""Time from step to step of an exchange's way, for the metrics.

The time of a step is that since the step before it in the same thread. ``…-written`` is left
out: on SQLite it is reached in the writer's thread, in whose time many exchanges stand; so
``…-committed`` is the whole wait for the store, its queue included, on either database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from time import perf_counter

from gateway.steps import Step

_FIRST = frozenset({Step.INTAKE_RECEIVED, Step.INBOUND_RECEIVED, Step.DELIVERY_CLAIMED})
_ELSEWHERE = frozenset({Step.INTAKE_WRITTEN, Step.INBOUND_WRITTEN, Step.DELIVERY_WRITTEN})


class StepTimes:
    """A listener of steps. ``observe``: where the seconds of each step go."""

    def __init__(self, observe: Mapping[Step, Callable[[float], None]]) -> None:
        self._observe = observe
        self._last = threading.local()

    def __call__(self, step: Step, took: float | None = None) -> None:
        if step in _ELSEWHERE:
            return
        now = perf_counter()
        before: float | None = getattr(self._last, "at", None)
        self._last.at = now
        if took is not None:
            self._observe[step](took)
        elif step not in _FIRST and before is not None:
            self._observe[step](now - before)
