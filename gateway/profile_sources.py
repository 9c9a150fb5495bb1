"""The profiles this gateway knows: those built in, and those of the folders and packages its settings name.

Read once, where a process starts: a folder that changes afterwards changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway.errors import PayloadError, SettingsError
from gateway.outcome import Issue
from gateway.r4.built_in import built_in_profiles
from gateway.r4.profiles import Profiles

SETTING = "GATEWAY_PROFILES"


def profiles_in_force(sources: Iterable[str]) -> Profiles:
    """The built-in profiles with those of ``sources``; SettingsError names every source that cannot be read."""
    made = built_in_profiles()
    faults: list[Issue] = []
    for source in sources:
        try:
            made |= profiles_of(source)
        except PayloadError as broken:
            faults += (
                Issue("error", "invalid", one.rule, f"{SETTING} {source}", one.parameters) for one in broken.issues
            )
    if faults:
        raise SettingsError("settings-wrong", issues=faults)
    return made


def profiles_of(source: str) -> Profiles:
    """Of a folder or a package; PayloadError when it cannot be read, or holds no StructureDefinition."""
    found = Profiles.read(Path(source))
    if not found.urls:
        raise PayloadError("profiles-none", Path(source).name)
    return found
