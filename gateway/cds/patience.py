"""A hook is answered within its patience, or with no card: a doctor's order never waits for advice."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from threading import BoundedSemaphore, Lock, Thread
from threading import Event as Moment
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
_log = structlog.get_logger("gateway.cds")


class Late(Exception):
    """The time is over, or as many are at work as may be."""


class Patience:
    """``seconds`` for one answer; ``most`` answers at work at once, late ones that still end among them."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._room = BoundedSemaphore(most)

    def within(self, spent: float, work: Callable[[], T], undo: Callable[[T], None]) -> T:
        """What ``work`` returns or raises, if it does so in time; ``spent`` seconds are gone already.

        Late otherwise, at that moment. What comes of it later is undone by ``undo``, since nobody was told.
        """
        left = self._seconds - spent
        if left <= 0 or not self._room.acquire(blocking=False):
            raise Late
        task = _Task(work, undo, self._room.release)
        Thread(target=contextvars.copy_context().run, args=(task.run,), daemon=True, name="cds-hook").start()
        return task.outcome(left)


class _Task(Generic[T]):
    def __init__(self, work: Callable[[], T], undo: Callable[[T], None], ended: Callable[[], None]) -> None:
        self._work = work
        self._undo = undo
        self._ended = ended
        self._done = Moment()
        self._lock = Lock()
        self._given_up = False
        self._made: list[T] = []
        self._fault: Exception | None = None

    def run(self) -> None:
        try:
            self._carry_out()
        finally:
            self._ended()

    def _carry_out(self) -> None:
        made: list[T] = []
        fault: Exception | None = None
        try:
            made.append(self._work())
        except Exception as wrong:
            fault = wrong
        with self._lock:
            if not self._given_up:
                self._made, self._fault = made, fault
                self._done.set()
                return
        try:
            for one in made:
                self._undo(one)
        except Exception as wrong:
            _log.error("cds-late-not-undone", error=type(wrong).__name__)

    def outcome(self, seconds: float) -> T:
        self._done.wait(seconds)
        with self._lock:
            if not self._done.is_set():
                self._given_up = True
                raise Late
        if self._fault is not None:
            raise self._fault
        return self._made[0]
