"""``gateway demo``: the main job on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--once", is_flag=True, help="Stop when the job is done; exit 0 only if every step held.")
@click.option(
    "--archive",
    type=click.Choice(["auto", "orthanc", "simulated"]),
    default="auto",
    show_default=True,
    help="Where the imaging study is taken from; auto: a real Orthanc if it can be had, else the simulated archive.",
)
@click.option(
    "--pages",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="The folder in which its two pages stay; without it they are gone with the demo.",
)
def command(once: bool, archive: str, pages: Path | None) -> None:
    """A laboratory and a hospital send results; another hospital's gateway receives, finds and verifies them.

    Two gateways, each a process with its own database, keys and TLS, on embedded storage.
    What another station has is collected: a file, a report from a SQL view, a study from an image archive.
    At last a conformance run of the receiving gateway and the quality of the laboratory's data, a page each.
    With --archive orthanc it fails where no Orthanc can be had.
    Without --once all are left running, with their addresses shown, until Ctrl-C.

    Example: gateway demo --once
    """
    from gateway.demo.job import run

    sys.exit(run(once=once, archive=archive, pages=pages))
