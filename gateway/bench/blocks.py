"""Timing of what runs in one process: CPU time, block by block, so that a busy machine changes little."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import process_time
from typing import TypeVar

from gateway.judges import leave_garbage

T = TypeVar("T")


@contextmanager
def as_a_judge() -> Iterator[None]:
    """Garbage is left lying as in the gateway's judges, where payloads are translated in life."""
    leave_garbage()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def cpu_each(work: Callable[[T], object], items: Sequence[T], blocks: int) -> list[float]:
    """CPU seconds that ``work`` takes for one item, a median's worth: one mean for each block of ``items``.

    The first item is done once before, unmeasured: it loads what is loaded late.
    """
    work(items[0])
    size = max(len(items) // blocks, 1)
    found = []
    for start in range(0, size * blocks, size):
        block = items[start : start + size]
        if not block:
            break
        gc.collect()
        began = process_time()
        for item in block:
            work(item)
        found.append((process_time() - began) / len(block))
    return found


def a_second(seconds: Sequence[float]) -> list[float]:
    """How many fit in a second, of how long each takes."""
    return [1 / max(one, 1e-9) for one in seconds]
