"""How a file leaves a watched folder: in steps after each of which a death loses nothing and doubles nothing.

    FOLDER/NAME                           the hospital's: until the gateway has answered
    FOLDER/taking/ID/NAME                 ours: nobody replaces it any more
    FOLDER/taking/ID.outcome/TARGET.outcome.json    what the gateway said, when a person must see it
    FOLDER/done/TARGET                    or refused/TARGET, with TARGET.outcome.json beside it

Every step is one rename, the directories synced. What lies in ``taking`` after a death is posted
again; the gateway answers as before. An outcome whose file has gone on follows it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gateway.collect.settling import Look
from gateway.steps import Step, reached

TAKING, DONE, REFUSED = "taking", "done", "refused"
_OUTCOME = ".outcome"
_LONGEST_NAME = 255  # bytes, on every file system of Linux
_ROOM = 40  # of them for a number and .outcome.json


class Moving:
    """The three folders inside a watched one. OSError where the file system does not do as it is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taking = folder / TAKING

    def prepare(self) -> None:
        """The folders are there; FileNotFoundError where the watched one itself is not (a share not mounted)."""
        for name in (TAKING, DONE, REFUSED):
            (self._folder / name).mkdir(mode=0o750, exist_ok=True)

    def claim(self, path: Path) -> Path:
        """The file, where nobody else reaches it: whatever stood under that name when it was moved."""
        place = self._taking / secrets.token_hex(8)
        place.mkdir(mode=0o750)
        try:
            path.rename(place / path.name)
        except OSError:
            place.rmdir()
            raise
        _synced(place, self._taking, path.parent)
        reached(Step.COLLECT_CLAIMED)
        return place / path.name

    def finish(self, claimed: Path, folder: str, outcome: bytes | None) -> None:
        """A claimed file goes to ``done`` or ``refused``, and what is said of it beside it."""
        goal = self._folder / folder
        target = free_name(goal, claimed.name)
        beside = claimed.parent.with_name(claimed.parent.name + _OUTCOME)
        if outcome is not None:
            beside.mkdir(mode=0o750, exist_ok=True)
            _written(beside / outcome_name(target), outcome)
            _synced(beside, self._taking)
            reached(Step.COLLECT_EXPLAINED)
        claimed.rename(goal / target)
        _synced(goal, claimed.parent)
        reached(Step.COLLECT_MOVED)
        if outcome is not None:
            self._follow(beside, goal)
        claimed.parent.rmdir()
        reached(Step.COLLECT_FINISHED)

    def unfinished(self) -> Iterator[Path]:
        """What a death left claimed; what it left half explained or empty is tidied up."""
        places = sorted(place for place in self._taking.iterdir() if place.is_dir() and not place.is_symlink())
        for beside in places:
            if beside.name.endswith(_OUTCOME):
                self._tidy(beside)
        for place in places:
            if place.name.endswith(_OUTCOME):
                continue
            inside = list(place.iterdir())
            if not inside:
                place.rmdir()
            yield from inside

    def _tidy(self, beside: Path) -> None:
        claimed = beside.with_name(beside.name.removesuffix(_OUTCOME))
        if claimed.is_dir() and any(claimed.iterdir()):
            shutil.rmtree(beside)  # its file has not gone on, and will be explained anew
            return
        for outcome in list(beside.iterdir()):
            target = outcome.name.removesuffix(".json").removesuffix(_OUTCOME)
            for folder in (REFUSED, DONE):
                if (self._folder / folder / target).exists() and not (self._folder / folder / outcome.name).exists():
                    self._follow(beside, self._folder / folder)
                    return
        shutil.rmtree(beside)

    def _follow(self, beside: Path, goal: Path) -> None:
        for outcome in list(beside.iterdir()):
            outcome.rename(goal / outcome.name)
        _synced(goal)
        beside.rmdir()


def same(look: Look, claimed: Path) -> bool:
    """True when what was claimed is what was read."""
    return look.moved_to(Look.of(claimed.lstat()))


def outcome_name(target: str) -> str:
    return f"{target}{_OUTCOME}.json"


def free_name(folder: Path, name: str) -> str:
    """The name, shortened where none could stand beside it, and numbered where it or its outcome is taken."""
    short = os.fsdecode(os.fsencode(name)[: _LONGEST_NAME - _ROOM])
    for number in range(1, 1_000_000):
        target = short if number == 1 else f"{short}.{number}"
        if not os.path.lexists(folder / target) and not os.path.lexists(folder / outcome_name(target)):
            return target
    raise FileExistsError(short)


def _written(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _synced(*folders: Path) -> None:
    """A rename is durable when the directories on both its ends are."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(OSError):  # file systems that cannot sync a directory say so
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
