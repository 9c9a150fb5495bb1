"""Memory: answers of conversions, kept within a bound, apart for each sender."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from adapters.hl7v2.segments import Account

MOST = 8192  # answers of all senders together, about 2 kB each; then all are forgotten
SENDERS = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """``leaves``: path inside the value → the end of the source's path (``.coding[0].code`` → ``.1``)."""

    value: Any  # None: nothing to place; given to nobody but as a copy
    copy: Callable[[], Any]
    leaves: tuple[tuple[str, str], ...]
    account: Account


def copier(value: Any) -> Callable[[], Any]:
    """What makes copies of a value, down to its texts and numbers, which cannot change."""
    if isinstance(value, dict):
        inner = [(name, copier(item)) for name, item in value.items() if isinstance(item, (dict, list))]
        return _dict_copier(value, inner) if inner else value.copy
    if isinstance(value, list):
        items = [copier(item) for item in value]
        return lambda: [copy() for copy in items]
    return lambda: value


def _dict_copier(value: dict[str, Any], inner: list[tuple[str, Callable[[], Any]]]) -> Callable[[], Any]:
    def copy() -> dict[str, Any]:
        made = value.copy()
        for name, copy_item in inner:
            made[name] = copy_item()
        return made

    return copy


Memory = dict[Hashable, Answer | None]  # None: to be made anew each time
memories: dict[Hashable, Memory] = {}


def memory_of(known: Hashable) -> Memory:
    """The answers given to whoever is known so; ``known`` is all that a conversion may ask a scope."""
    if known not in memories and len(memories) >= SENDERS:
        forget()
    return memories.setdefault(known, {})


def keep(memory: Memory, key: Hashable, answer: Answer | None) -> None:
    """Remember an answer; when there are too many, it is the first of the next."""
    if sum(map(len, list(memories.values()))) >= MOST:
        forget()
    memory[key] = answer


def forget() -> None:
    """Whoever translates a message right now goes on with a memory that is empty, and nobody else's."""
    for memory in list(memories.values()):
        memory.clear()
    memories.clear()
