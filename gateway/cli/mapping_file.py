"""A mapping file that a command is given."""

from __future__ import annotations

from dataclasses import replace

from gateway.adapter import MappingText
from gateway.cli.say import read_input
from gateway.errors import SettingsError

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
