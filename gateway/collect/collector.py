"""What every collector is: a look at its source, again and again, and what came of each thing found there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.outcome import Issue


class Fate(StrEnum):
    """What became of one thing a look found."""

    TAKEN = "taken"  # it stands in the gateway, and the source's own mark says so
    REFUSED = "refused"  # the gateway will not have it as it is; it lies where a person finds it, with the reason
    WAITS = "waits"  # not ready yet: still being written
    LEFT = "left"  # could not be taken now; it stays where it is and is tried again


@dataclass(frozen=True, slots=True)
class Told:
    """``rule``: why, of what is refused or left. ``seconds``: after which to look again; 0: at leisure."""

    fate: Fate
    rule: str = ""
    seconds: float = 0.0


class Collector(Protocol):
    """One source of one facility's payloads. Used by one thread at a time."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str:
        """As the tables of the file are called: ``folder``, ``view``, ``pacs``."""

    @property
    def poll_seconds(self) -> float:
        """From the end of one look to the next."""

    def check(self) -> Sequence[Issue]:
        """What would keep it from working, found without taking anything."""

    def once(self) -> Iterator[Told]:
        """One look: all there is to take is taken, one after the other.

        May be left between two of them. A GatewayError ends the look (the gateway or the source
        is away): nothing of what was not told of is lost, and the next look finds it.
        """

    def close(self) -> None:
        """Lets go of locks and connections."""
