"""What processes used: CPU seconds and memory, as Linux counts them (proc(5))."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """A process and all that it started, and they started; those that have ended are left out."""
    found, look = [], [pid]
    while look:
        one = look.pop()
        found.append(one)
        for children in _PROC.glob(f"{one}/task/*/children"):
            try:
                look += [int(child) for child in children.read_text().split()]
            except OSError:
                continue
    return found


def family_cpu(pid: int) -> float:
    """CPU seconds that a process, all that it started, and those of them that have ended used so far."""
    return cpu_seconds(family(pid))


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time that the processes have used so far, their ended and waited-for children's included."""
    used = 0
    for pid in pids:
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        used += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return used / _TICK


def wait_for_rest(pid: int, seconds: float = 60) -> None:
    """Until a process and all that it started use a tenth of a core at most: what still starts is none of a request's
    cost. No longer than ``seconds``."""
    until = time.monotonic() + seconds
    used = family_cpu(pid)
    while time.monotonic() < until:
        time.sleep(0.5)  # the counters tick a hundred times a second
        before, used = used, family_cpu(pid)
        if used - before <= 0.05:
            return


def resident_mb(pid: int) -> float:
    """Resident memory of one process, MB (10^6 bytes); 0 when it has ended."""
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0.0
    kib = next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
    return kib * 1024 / 1e6
