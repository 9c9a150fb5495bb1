"""Which files of a folder have stopped changing: what a system is still writing is not taken yet.

A file has settled when it has looked the same for some seconds of our own clock, and nobody has it
open for writing as far as the kernel tells. The file's own times are compared, never believed: a
file server's clock may be wrong.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

# Names under which software writes what it renames when it is whole.
UNFINISHED = (".part", ".tmp", ".temp", ".filepart", ".partial", ".crdownload", ".download", ".swp", ".lock", "~")


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it looked at one moment; two that are equal are the same bytes."""

    device: int
    inode: int
    size: int
    modified: int  # ns
    changed: int  # ns; a rename counts as a change

    @classmethod
    def of(cls, found: os.stat_result) -> Look:
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def moved_to(self, other: Look) -> bool:
        """True when ``other`` is this file under another name."""
        mine = (self.device, self.inode, self.size, self.modified)
        return mine == (other.device, other.inode, other.size, other.modified)


class Settling:
    """``clock``: seconds, of a clock nobody sets."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: dict[Path, tuple[Look, float]] = {}

    def left(self, path: Path, look: Look) -> float:
        """Seconds this file must still look as it does; 0 when it has settled."""
        known = self._since.get(path)
        if known is None or known[0] != look:
            self._since[path] = (look, self._clock())
            return self._seconds
        return max(0.0, known[1] + self._seconds - self._clock())

    def forget_others(self, paths: Iterable[Path]) -> None:
        """Only these are still there."""
        there = set(paths)
        self._since = {path: known for path, known in self._since.items() if path in there}


def opened(path: Path) -> int:
    """A descriptor of a regular file; a symbolic link is not followed, a pipe not waited for. OSError otherwise."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))


def being_written(descriptor: int) -> bool:
    """True when somebody has the file open for writing; False also where the kernel cannot tell.

    By the lease of fcntl(2), which the kernel gives only where nobody writes: on file systems of this
    machine, for files of our own user or with CAP_LEASE. It is given back at once; a writer who comes in between
    sends SIGURG, which by itself does nothing (SIGIO, the usual one, would end this process).
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as wrong:
        return wrong.errno == errno.EAGAIN
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
