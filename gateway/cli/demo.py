"""``gateway demo``: the main job on this machine."""

from __future__ import annotations

import sys

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--once", is_flag=True, help="Stop when the job is done; exit 0 only if every step held.")
def command(once: bool) -> None:
    """A laboratory and a hospital send results; another hospital's gateway receives, finds and verifies them.

    Two gateways, each a process with its own database, keys and TLS, on embedded storage.
    Without --once they are left running, with their addresses shown, until Ctrl-C.

    Example: gateway demo --once
    """
    from gateway.demo.job import run

    sys.exit(run(once=once))
