"""Interrupts: a command that has something to put away is told to end, and does so."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruptible() -> Iterator[list[bool]]:
    """SIGTERM is a KeyboardInterrupt too, as SIGINT is. Gives a list to note in that one came."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield []
    finally:
        signal.signal(signal.SIGTERM, before)
