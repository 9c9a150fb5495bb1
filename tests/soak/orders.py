"""Orders to die: a file named for a step, which the first process that reaches the step takes and obeys.

Taking is a rename, so that each order is obeyed once, by one process; what was taken stays and is counted.
"""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from gateway.steps import Step

# The serving process alone, or all of its gateway's; or its network, cut before its answer is out.
How = Literal["one", "all", "cut"]
HOWS: tuple[How, ...] = get_args(How)


class Orders:
    """The orders of one gateway's processes, in a folder that they and who gives them see."""

    def __init__(self, folder: Path) -> None:
        self._waiting = folder / "orders"
        self._obeyed = folder / "obeyed"
        for made in (self._waiting, self._obeyed):
            made.mkdir(parents=True, exist_ok=True)

    def give(self, step: Step, how: How) -> None:
        """Whoever reaches ``step`` next obeys. The same order that still waits is the same order."""
        (self._waiting / f"{step.value}.{how}").touch()

    def take(self, step: Step) -> How | None:
        """An order for the step, if there is one and nobody else took it. Costs three looks when there is none."""
        for how in HOWS:
            waiting = self._waiting / f"{step.value}.{how}"
            if not waiting.exists():
                continue
            try:
                waiting.rename(self._obeyed / f"{step.value}.{how}.{os.getpid()}.{uuid.uuid4().hex}")
            except FileNotFoundError:
                continue
            return how
        return None

    def withdraw(self) -> None:
        """Nobody dies any more."""
        for waiting in self._waiting.iterdir():
            waiting.unlink(missing_ok=True)

    def obeyed(self) -> Counter[Step]:
        """How many processes died at each step; who took an order and still runs is not counted."""
        return Counter(Step(step) for step, how, process in self._taken() if how != "cut" and not runs(process))

    def cuts(self) -> int:
        """How often a process cut its own network."""
        return sum(how == "cut" for _, how, _ in self._taken())

    def _taken(self) -> Iterator[tuple[str, str, int]]:
        for order in self._obeyed.iterdir():
            step, how, process, _ = order.name.split(".")
            yield step, how, int(process)


def runs(process: int) -> bool:
    """True while the kernel still has the process and it is no corpse."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"
