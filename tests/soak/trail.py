"""The steps that processes went through, as they reached them: what a kill found under way is seen after it."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.steps import Step


class Trail:
    """A file of steps, one a line, of all processes that obey the orders of a folder; kept where somebody asked."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "trail"
        self._descriptor = -1

    def keep(self) -> None:
        """From the next process on."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch()

    def kept(self) -> bool:
        return self._file.exists()

    def note(self, step: Step, _took: float | None = None) -> None:
        """A line is whole or not there, whoever writes beside us and whenever we die."""
        if self._descriptor < 0:
            self._descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        os.write(self._descriptor, f"{step.value}\n".encode())

    def steps(self) -> list[Step]:
        return [Step(line) for line in self._file.read_text().splitlines()]

    def last(self) -> Step | None:
        found = self.steps()
        return found[-1] if found else None
