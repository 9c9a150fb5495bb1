"""Where the time of a piece of work goes, by the file that spends it."""

from __future__ import annotations

import cProfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_HOUSE = Path(__file__).parents[2]
ELSEWHERE = "Python and its library"


def shares(work: Callable[[Any], object], given: Iterable[Any]) -> list[tuple[str, float]]:
    """Each file's part of the time spent in its own lines, 0 to 1, the largest first.

    What the interpreter does itself (dict, str, re, ...) is one part of its own. The profiler makes calls dearer
    than they are: small functions show larger than life.
    """
    profile = cProfile.Profile()
    for one in given:
        profile.runcall(work, one)
    spent: dict[str, float] = defaultdict(float)
    for entry in profile.getstats():
        spent[_file(entry.code)] += entry.inlinetime
    whole = sum(spent.values())
    return sorted(((name, seconds / whole) for name, seconds in spent.items()), key=lambda one: -one[1])


def _file(code: Any) -> str:
    """``code``: a code object, or the name of what is written in C."""
    path = Path(getattr(code, "co_filename", ""))
    return str(path.relative_to(_HOUSE)) if path.is_relative_to(_HOUSE) else ELSEWHERE
