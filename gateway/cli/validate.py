"""``gateway validate``: the R4 check on resource files."""

from __future__ import annotations

import sys

import click

from gateway.cli.say import existing, language, line, read_input
from gateway.outcome import operation_outcome, refusing
from gateway.r4 import check_json


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, callback=existing)
@click.option("--best-practice", is_flag=True, help="Warn also of what R4 calls good practice, such as a narrative.")
def command(paths: tuple[str, ...], best_practice: bool) -> None:
    """The R4 check on resource files: a JSON line a file, ``{"source", "outcome"}``.

    A file is valid when its outcome has no error or fatal issue. Exit 0 when all are, else 1.

    Example: gateway validate bundle.json
    """
    valid, spoken = True, language()
    for path in paths:
        issues = check_json(read_input(path), best_practice=best_practice)
        valid = valid and not refusing(issues)
        line({"source": path, "outcome": operation_outcome(issues, spoken)})
    sys.exit(0 if valid else 1)
