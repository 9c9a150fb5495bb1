"""The lists that a command of ``gateway reuse`` reads: those in force, or those of files and folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gateway.errors import SettingsError
from gateway.outcome import Issue
from gateway.reuse.files import RuleList, lists_with, read_list, site_lists
from gateway.reuse.in_force import reuse_folder
from gateway.settings import read_settings


def lists_of(paths: Sequence[Path]) -> tuple[RuleList, ...]:
    if not paths:
        folder = reuse_folder(read_settings())
        return lists_with(site_lists(folder) if folder else ())
    own: list[RuleList] = []
    wrong: list[Issue] = []
    for path in paths:
        if not path.exists():
            raise click.UsageError(f"{path}: no such file or folder")
        try:
            own += site_lists(path) if path.is_dir() else [read_list(path)]
        except SettingsError as faults:
            wrong += faults.issues
    if wrong:
        raise SettingsError("reuse-list-wrong", issues=wrong)
    return lists_with(own)
