"""The adapters installed beside the gateway, found by entry point.

Installed is not trusted: settings name those that run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from gateway.adapter import SourceAdapter
from gateway.errors import SettingsError

GROUP = "gateway.adapters"


@lru_cache(maxsize=4)
def _installed(_path: tuple[str, ...]) -> Mapping[str, EntryPoint]:
    """By name; looked for once on a path, which reads the metadata of everything that is installed there."""
    return {point.name: point for point in entry_points(group=GROUP)}


def installed_names() -> list[str]:
    """Every installed adapter's name, in order."""
    return sorted(_installed(tuple(sys.path)))


def running_adapters(names: Sequence[str] = ()) -> list[SourceAdapter]:
    """The adapters of these names, or all installed ones; SettingsError for a name not installed."""
    points = _installed(tuple(sys.path))
    if missing := [name for name in names if name not in points]:
        raise SettingsError("adapter-not-installed", missing=", ".join(missing), installed=", ".join(sorted(points)))
    found: list[SourceAdapter] = []
    for name in names or sorted(points):
        made = points[name].load()()
        if not isinstance(made, SourceAdapter):
            raise SettingsError("adapter-not-an-adapter", name=name)
        found.append(made)
    return found
