"""``gateway bench``: how fast this gateway is on this machine."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gateway.cli.say import line, words

NAMES = ("exchange",)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]…")
@click.option(
    "--size",
    type=click.Choice(["tiny", "quick", "full"]),
    default="quick",
    show_default=True,
    help="tiny: seconds; quick: minutes; full: the sizes the targets are about, hours.",
)
@click.option("--seconds", type=click.FloatRange(min=1), help="How long the rate is offered (exchange).")
@click.option("--rate", type=click.FloatRange(min=0), help="Exchanges a second; 0 looks for the highest that holds.")
@click.option("--stored", type=click.IntRange(min=0), help="Exchanges stored before (exchange).")
def command(names: tuple[str, ...], size: str, **asked: Any) -> None:
    """How fast this gateway is on this machine.

    Example: gateway bench exchange --seconds 20 --rate 10
    """
    from gateway.bench import exchange  # loads only when it is asked for
    from gateway.bench.machine import machine
    from gateway.bench.plan import planned

    scratch = Path(tempfile.mkdtemp(prefix="gateway-bench-"))
    try:
        plan = planned(size, scratch, scratch, asked)
        here = machine()
        for figure in exchange.run(plan, words):
            line(figure.as_json(asdict(here)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
