"""``gateway reuse report``: what came of verdicts, and the tests that were not repeated."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from gateway.cli.clock import now
from gateway.cli.say import language, line, words

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
_PATH = click.Path(path_type=Path, exists=True)


@click.command("report")
@click.option("--from", "since", type=_DAY, default=None, help="A day in Viet Nam; without it from the beginning.")
@click.option("--to", "until", type=_DAY, default=None, help="A day in Viet Nam, the last one; without it until now.")
@click.option("--facility", default="", help="Of one facility.")
@click.option("--tariff", type=_PATH, default=None, metavar="FILE",
              help="A list with [[tariff]] rows, instead of those in force (docs/reuse.md).")  # fmt: skip
@click.option("--rules", type=_PATH, multiple=True, metavar="PATH",
              help="A list or a folder of them: what was accepted is judged by these, too.")  # fmt: skip
@click.option("--json", "quiet", is_flag=True, help="No words, the JSON object alone.")
def report(
    since: datetime | None, until: datetime | None, facility: str, tariff: Path | None, rules: tuple[Path, ...],
    quiet: bool,
) -> None:  # fmt: skip
    """Verdicts, cards, acceptances, overrides with reasons, tests avoided by group, in money and blood, and what
    other rules would have made of them. One JSON object, and the same in words.

    Example: gateway reuse report --from 2026-11-01
    """
    from gateway.cds.card import OVERRIDE_REASONS, OVERRIDE_SYSTEM  # the flows load only where they are asked
    from gateway.cli.open import house
    from gateway.cli.reuse_lists import lists_of
    from gateway.mapping import mapping_file
    from gateway.reuse.files import read_list
    from gateway.reuse.precedence import VIET_NAM
    from gateway.reuse.rule_set import composed
    from gateway.reused.report import Period, as_json, in_words
    from gateway.reused.report import report as made_of

    begins = since.replace(tzinfo=VIET_NAM) if since else datetime(1970, 1, 2, tzinfo=VIET_NAM)
    whole_day = timedelta(days=1) if until and (until.hour, until.minute) == (0, 0) else timedelta()
    ends = until.replace(tzinfo=VIET_NAM) + whole_day if until else now()
    if begins >= ends:
        raise click.UsageError("--from is after --to")
    in_force = composed(lists_of(()))
    shipped = read_list(mapping_file("reuse-tariffs.toml")).tariffs  # a list in force takes their place, row by row
    tariffs = read_list(tariff).tariffs if tariff else (*shipped, *in_force.tariffs)
    others = [(path.name, composed(lists_of((path,)))) for path in rules]
    codes = {(OVERRIDE_SYSTEM, code) for code in OVERRIDE_REASONS}
    with house() as open_house, open_house.store.read() as connection:
        found = made_of(connection, Period(begins, ends, facility), in_force, tariffs, codes, others)
    line(as_json(found))
    if not quiet:
        for one in in_words(found, language()):
            words(one)
