"""What waits for the writer: two lines, and who is asked to answer soon stands in the first.

A doctor's question is answered once its audit line is on disk. That line is a hundredth of the
work that an exchange is, so it does not stand behind exchanges.
"""

from __future__ import annotations

from collections import deque
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class Lines(Generic[T]):
    """First come, first served in each line; the soon ones before all others. For one taker, many givers."""

    def __init__(self) -> None:
        self._soon: deque[T] = deque()
        self._others: deque[T] = deque()
        self._came = Condition()

    def put(self, one: T, *, soon: bool = False) -> None:
        with self._came:
            (self._soon if soon else self._others).append(one)
            self._came.notify()

    def get(self) -> T:
        """The next; waits for it."""
        with self._came:
            while not self._soon and not self._others:
                self._came.wait()
            return (self._soon or self._others).popleft()

    def take(self, *, soon: bool = False) -> T | None:
        """The next if it is there, of the first line only with ``soon``; None when it is not."""
        with self._came:
            if self._soon:
                return self._soon.popleft()
            return self._others.popleft() if self._others and not soon else None

    def __len__(self) -> int:
        return len(self._soon) + len(self._others)
