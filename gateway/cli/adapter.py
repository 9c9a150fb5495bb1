"""``gateway adapter``: the adapters installed here."""

from __future__ import annotations

import click

from gateway.cli.say import line
from gateway.installed import installed_names, running_adapters
from gateway.settings import read_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The adapters installed here.

    Example: gateway adapter list
    """


@command.command("list")
def list_them() -> None:
    """Every installed adapter, a line each: name, version, and whether the settings let it run.

    Example: gateway adapter list
    """
    running = {one.name for one in running_adapters(read_settings().adapters)}
    for one in running_adapters(installed_names()):
        line({"name": one.name, "version": one.version, "running": one.name in running})
