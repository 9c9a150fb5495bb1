"""How long the store's commits take, told to whoever listens (the metrics)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commit:
    """One durable commit. ``waiting``: works that stood in the writer's queue when it was done."""

    works: int
    waiting: int
    seconds: float  # of the commit alone, the disk's time


Listener = Callable[[Commit], None]

_listeners: tuple[Listener, ...] = ()


def listen(listener: Listener) -> Callable[[], None]:
    """Be told of every commit of this process from now on; returns what ends it. What it raises is lost."""
    global _listeners
    _listeners = (*_listeners, listener)

    def end() -> None:
        global _listeners
        _listeners = tuple(one for one in _listeners if one is not listener)

    return end


def committed(commit: Commit) -> None:
    """Tell the listeners, once the callers know. What is durable stays so whatever a listener does."""
    for listener in _listeners:
        with suppress(Exception):
            listener(commit)
