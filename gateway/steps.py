"""The named steps on an exchange's way, told to whoever listens: to time each, or to fail at each on purpose.

A listener runs in the thread that reached the step, inside the transaction where the step
says so. Nothing listens unless a process asked for it; then a step costs one look at a tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol


class Step(StrEnum):
    """Flow, then what has just been done. ``…-written`` is inside the transaction, not yet committed."""

    INTAKE_RECEIVED = "intake-received"
    INTAKE_TRANSLATED = "intake-translated"
    INTAKE_CHECKED = "intake-checked"
    INTAKE_SIGNED = "intake-signed"
    INTAKE_WRITTEN = "intake-written"
    INTAKE_COMMITTED = "intake-committed"  # durable, the sender not yet told
    INBOUND_RECEIVED = "inbound-received"
    INBOUND_VERIFIED = "inbound-verified"
    INBOUND_WRITTEN = "inbound-written"
    INBOUND_COMMITTED = "inbound-committed"
    DELIVERY_CLAIMED = "delivery-claimed"
    DELIVERY_SENT = "delivery-sent"  # the recipient has answered, its receipt not yet read
    DELIVERY_JUDGED = "delivery-judged"
    DELIVERY_WRITTEN = "delivery-written"
    DELIVERY_COMMITTED = "delivery-committed"
    COLLECT_READ = "collect-read"
    COLLECT_ANSWERED = "collect-answered"  # the gateway has said what became of it, nothing is noted here
    COLLECT_CLAIMED = "collect-claimed"  # a file is where its sender no longer reaches it
    COLLECT_EXPLAINED = "collect-explained"  # its outcome is written, it is not yet moved
    COLLECT_MOVED = "collect-moved"  # it is where it stays, its outcome not yet beside it
    COLLECT_FINISHED = "collect-finished"
    COLLECT_MARK_WRITTEN = "collect-mark-written"  # under another name
    COLLECT_MARKED = "collect-marked"


# What a gateway itself goes through; a collector is a process of its own.
OF_THE_GATEWAY = tuple(step for step in Step if not step.value.startswith("collect-"))


class Listener(Protocol):
    def __call__(self, step: Step, took: float | None = None, /) -> None: ...


_listeners: tuple[Listener, ...] = ()


def listen(listener: Listener) -> Callable[[], None]:
    """Be told of every step of this process from now on; returns what ends it."""
    global _listeners
    _listeners = (*_listeners, listener)

    def end() -> None:
        global _listeners
        _listeners = tuple(one for one in _listeners if one is not listener)

    return end


def reached(step: Step, took: float | None = None) -> None:
    """Tell the listeners. What one raises, it raises here. ``took``: seconds, of a step done in another process."""
    for listener in _listeners:
        listener(step, took)
