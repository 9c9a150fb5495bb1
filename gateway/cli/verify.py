"""``gateway verify``: is this what the facility signed? Offline, years later."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from gateway.cli.clock import now
from gateway.cli.say import existing, language, line, read_input
from gateway.trust import trustfile
from gateway.trust.evidence import verify_file
from gateway.trust.trustfile import TrustFile


def _time(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise click.BadParameter("a time like 2026-11-22T03:04:05Z") from None
    if at.tzinfo is None:
        raise click.BadParameter("a time with its zone, like 2026-11-22T03:04:05Z")
    return at


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--trust", "trusts", multiple=True, callback=existing, help="A trust file from `gateway key export`.")
@click.option("--at", "at", callback=_time, help="Judge as of this time instead of now.")
@click.argument("paths", nargs=-1, required=True, callback=existing)
def command(trusts: tuple[str, ...], at: datetime | None, paths: tuple[str, ...]) -> None:
    """Evidence files or signed Bundles, without network or database: a JSON line a file.

    Verdict valid, invalid or unverifiable; without --trust it is never valid. Exit 0 when all
    are valid, 1 when any is invalid, 3 when none is invalid but some are unverifiable.

    Example: gateway verify --trust trust.json evidence.json
    """
    trust = _trust(trusts)
    verdicts = set()
    for path in paths:
        found = verify_file(read_input(path), trust, at or now())
        verdicts.add(found.verdict)
        line({"source": path, **found.as_json(language())})
    sys.exit(1 if "invalid" in verdicts else 3 if "unverifiable" in verdicts else 0)


def _trust(paths: tuple[str, ...]) -> TrustFile | None:
    files = [trustfile.read(read_input(path)) for path in paths]
    return trustfile.merge(*files) if files else None
