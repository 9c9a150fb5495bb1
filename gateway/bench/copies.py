"""A copy of a folder: a clone where the file system shares blocks, else byte by byte; durable before it is used."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gateway.bench.failed import BenchFailed

_PIECE = 1 << 30


def copy_folder(source: Path, target: Path) -> None:
    """All files of ``source``, with their owners and modes; ``target`` must not be there."""
    shutil.copytree(source, target, copy_function=_copy_file, symlinks=True)
    for made, like in [(target, source), *((target / one.relative_to(source), one) for one in source.rglob("*"))]:
        found = like.lstat()
        os.chown(made, found.st_uid, found.st_gid, follow_symlinks=False)


def _copy_file(source: str, target: str) -> str:
    with Path(source).open("rb") as given, Path(target).open("wb") as made:
        try:
            while os.copy_file_range(given.fileno(), made.fileno(), _PIECE):
                pass
        except OSError:  # a file system that cannot
            given.seek(0)
            made.seek(0)
            shutil.copyfileobj(given, made, 1 << 20)
        made.flush()
        os.fsync(made.fileno())
    shutil.copymode(source, target)
    return target


def check_room(folder: Path, needed: int) -> None:
    """BenchFailed when the disk of ``folder`` has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BenchFailed(f"{needed / 1e9:.0f} GB are needed in {folder}, {free / 1e9:.0f} GB are free: see --cache")


def folder_bytes(folder: Path) -> int:
    """What its files take."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
