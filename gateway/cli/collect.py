"""``gateway collect``: payloads fetched from folders, views and PACS, and posted to a gateway."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import click

from gateway.cli.clock import now
from gateway.cli.say import existing, language, line
from gateway.settings import read_settings


def _existing(ctx: click.Context, param: click.Parameter, path: str) -> str:
    return existing(ctx, param, (path,))[0]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("path", metavar="FILE", callback=_existing)
@click.option("--once", is_flag=True, help="Take all that is there now, say what became of it, and end.")
@click.option("--check", is_flag=True, help="Only say what would keep each collector from working.")
def command(path: str, once: bool, check: bool) -> None:
    """Fetch payloads as a file of collectors says, and post them to its gateway, until stopped (SIGTERM).

    With --once and --check a JSON line a collector on stdout. Exit 0 when all went well; 1 when a
    source or the gateway is away, or something was left for later; 2 when the file is wrong.

    Example: gateway collect collect.toml --check
    """
    if once and check:
        raise click.UsageError("--once and --check are two things")
    settings = read_settings()
    from gateway.collect import running  # what posts and reads loads only when something is collected
    from gateway.collect.collector import Fate
    from gateway.collect.file import read_collectors
    from gateway.logs import hear_the_rest, write_logs

    collectors = read_collectors(Path(path), settings, now)
    well = True
    if check:
        for one in collectors:
            issues = running.checked(one)
            well = well and not issues
            told = [{"rule": issue.rule, "text": issue.text(language())} for issue in issues]
            line({"collector": one.name, "kind": one.kind, "well": not issues, "issues": told})
            one.close()
        sys.exit(0 if well else 1)
    write_logs(settings)
    hear_the_rest()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if not once:
        running.run_all(collectors, stop)
        return
    for one in collectors:
        made = running.run_once(one, stop)
        one.close()
        well = well and not made.rule and not (made.fates[Fate.LEFT] or made.fates[Fate.WAITS])
        counts = {fate.value: made.fates[fate] for fate in Fate}
        line({"collector": one.name, "kind": one.kind, **counts, "rules": dict(made.rules), "failed": made.rule})
    sys.exit(0 if well else 1)
