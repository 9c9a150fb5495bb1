"""A mapping file that a command is given."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import replace

from gateway.adapter import MappingText, SourceAdapter, bind
from gateway.cli.say import read_input
from gateway.errors import SettingsError
from gateway.facility import Facility

LARGEST = 1024 * 1024  # bytes


def read_mapping(path: str) -> MappingText:
    """Of a path, or of stdin for ``-``; SettingsError (exit 2) names the file that is too long or has no head."""
    data = read_input(path, LARGEST + 1)
    if len(data) > LARGEST:
        raise SettingsError("mapping-too-long", path, most=LARGEST)
    try:
        return MappingText.read(data)
    except SettingsError as wrong:
        issues = [replace(one, expression=": ".join(filter(None, (path, one.expression)))) for one in wrong.issues]
        raise SettingsError(issues[0].rule, issues=issues) from None


def checked(file: MappingText, owner: Facility | None, settings: Sequence[str]) -> None:
    """SettingsError when the adapter it is for does not run, is not the facility's, or cannot read by it.

    ``settings``: names of the adapters that run. ``owner``: None for every facility.
    """
    from gateway.installed import running_adapters  # adapters load only where one is bound

    running: dict[str, SourceAdapter] = {one.name: one for one in running_adapters(settings)}
    if file.adapter not in running:
        raise SettingsError("mapping-adapter-not-running", name=file.adapter, running=", ".join(running))
    if owner is not None and owner.adapters and file.adapter not in owner.adapters:
        raise SettingsError("mapping-adapter-not-used", name=file.adapter, used=", ".join(owner.adapters))
    bind(running[file.adapter], [file])


def login() -> str:
    """Who types, by the system's account of it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "cli"
