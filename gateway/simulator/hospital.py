"""A hospital's system that writes files as such systems do: well, in pieces, twice, over each other, dying at it.

Each file is a sample in which the numbers that must be its own have one more at their end.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, repeat
from pathlib import Path

from gateway.errors import SettingsError
from gateway.simulator.behaviour import Behaviour, read_behaviour

# name → what it does with one file. What follows the colon is shown in capitals.
WRITINGS: dict[str, str] = {
    "whole": "writes it under another name and renames it when it is whole",
    "in-place": "writes it under its own name at once",
    "slow:SECONDS": "writes half of it, waits with the file open, then writes the rest",
    "half:SECONDS": "writes half of it and closes it, waits, then writes the rest",
    "half-dies": "writes half of it under a name that ends in .part, then ends as under kill -9",
    "twice": "writes it under two names",
    "replace:SECONDS": "writes it, waits, then puts another of the same name in its place",
    "empty": "a file without a byte",
    "cut": "only the first half, as if it were whole",
    "rename-column": "from now on the first line's last column has another name; then as whole",
}
_COLUMN = re.compile(rb"[^,;\t|\r\n]+(?=\r?\n)")


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was put there. ``whole``: it is what a collector should take."""

    name: str
    content: bytes
    whole: bool = True


class SimulatedHospital:
    """Writes into ``folder``. ``numbers``: texts of the sample that are another's in each file. ``wait``: sleeps."""

    def __init__(
        self, folder: Path, sample: bytes, ending: str, numbers: Sequence[str], wait: Callable[[float], object],
        *, begin: int = 1,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._sample = sample
        self._ending = ending
        self._numbers = numbers
        self._wait = wait
        self._count = count(begin)
        if missing := [one for one in numbers if one.encode() not in sample]:
            raise SettingsError("simulator-number", number=missing[0])

    def write(self, behaviour: Behaviour) -> Iterator[Written]:
        """One file, or what a behaviour makes of it; each is there when it is told of."""
        name, seconds = behaviour.name, float(behaviour.argument or 0)
        stem, content = self._next()
        path = self._folder / f"{stem}{self._ending}"
        half = len(content) // 2
        match name:
            case "in-place":
                path.write_bytes(content)
            case "slow":
                with path.open("wb") as file:
                    file.write(content[:half])
                    file.flush()
                    self._wait(seconds)
                    file.write(content[half:])
            case "half":
                path.write_bytes(content[:half])
                self._wait(seconds)
                with path.open("ab") as file:
                    file.write(content[half:])
            case "half-dies":
                path.with_name(path.name + ".part").write_bytes(content[:half])
                os.kill(os.getpid(), signal.SIGKILL)
            case "twice":
                self._whole(path, content)
                yield Written(path.name, content)
                path = path.with_name(f"{stem}-again{self._ending}")
                self._whole(path, content)
            case "replace":
                self._whole(path, content)
                yield Written(path.name, content)
                self._wait(seconds)
                _, content = self._next()
                self._whole(path, content)
            case "empty" | "cut":
                content = content[:half] if name == "cut" else b""
                self._whole(path, content)
                yield Written(path.name, content, whole=False)
                return
            case "rename-column":
                self._sample = _COLUMN.sub(lambda found: found.group() + b"_2", self._sample, count=1)
                _, content = self._next()
                self._whole(path, content)
            case _:
                self._whole(path, content)
        yield Written(path.name, content)

    def _next(self) -> tuple[str, bytes]:
        number = f"{next(self._count):05}"
        content = self._sample
        for one in self._numbers:
            content = content.replace(one.encode(), f"{one}-{number}".encode())
        return f"result-{number}", content

    def _whole(self, path: Path, content: bytes) -> None:
        beside = path.with_name(path.name + ".tmp")
        beside.write_bytes(content)
        beside.replace(path)


def read_writings(texts: Iterable[str], shown: Iterable[str] = WRITINGS) -> Iterator[Behaviour]:
    """Behaviours one after another, ``whole*3`` three times; SettingsError ``simulator-behaviour`` for none of those
    ``shown``."""
    names = {one.partition(":")[0]: ":" in one for one in shown}
    for text in texts:
        behaviour, times = read_behaviour(text, names)
        yield from repeat(behaviour, times) if times > 0 else repeat(behaviour)
