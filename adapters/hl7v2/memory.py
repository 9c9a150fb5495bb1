"""Memory: answers of conversions, and what is known of examinations, kept within bounds, apart for each sender."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from adapters.hl7v2.patterns import Examination
from adapters.hl7v2.segments import Account

MOST = 8192  # answers of all senders together, about 2 kB each; then all are forgotten
MOST_EXAMINATIONS = 2048  # likewise, about 12 kB each
SENDERS = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """``leaves``: path inside the value → the end of the source's path (``.coding[0].code`` → ``.1``)."""

    value: Any  # None: nothing to place; given to nobody but as a copy
    copy: Callable[[], Any]
    leaves: tuple[tuple[str, str], ...]
    account: Account


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one sender."""

    answers: dict[Hashable, Answer | None] = field(default_factory=dict)  # None: to be made anew each time
    examinations: dict[Hashable, Examination] = field(default_factory=dict)

    def keep(self, key: Hashable, answer: Answer | None) -> None:
        """Remember an answer; when there are too many, it is the first of the next."""
        if sum(len(one.answers) for one in list(memories.values())) >= MOST:
            forget()
        self.answers[key] = answer

    def keep_examination(self, key: Hashable, examined: Examination) -> None:
        """Remember an examination, likewise."""
        if sum(len(one.examinations) for one in list(memories.values())) >= MOST_EXAMINATIONS:
            forget()
        self.examinations[key] = examined


memories: dict[Hashable, Memory] = {}


def memory_of(known: Hashable) -> Memory:
    """What is remembered of whoever is known so; ``known`` is all that a conversion may ask a scope."""
    if known not in memories and len(memories) >= SENDERS:
        forget()
    return memories.setdefault(known, Memory())


def forget() -> None:
    """Whoever translates a message right now goes on with a memory that is empty, and nobody else's."""
    for memory in list(memories.values()):
        memory.answers.clear()
        memory.examinations.clear()
    memories.clear()
