"""``gateway facility quality``: correct, complete, clean, live: what a facility's data is like, and what to change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from gateway.cli.clock import now
from gateway.cli.say import language, line

if TYPE_CHECKING:
    from gateway.quality.figures import Period

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
_DAYS = 28


@click.command("quality")
@click.argument("code")
@click.option("--from", "since", type=_DAY, default=None, help="A day in Viet Nam; without it, 28 days with the last.")
@click.option("--to", "until", type=_DAY, default=None, help="A day in Viet Nam, the last one; without it until now.")
@click.option("--late-after", type=click.FloatRange(0.01, 8784), default=24.0, show_default=True, metavar="HOURS",
              help="Hours from a result's issue after which it counts as late.")  # fmt: skip
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of a table.")
@click.option("--language", "spoken", type=click.Choice(["en", "vi"]), default=None, help="Of table and page.")
def quality(
    code: str, since: datetime | None, until: datetime | None, late_after: float, as_object: bool, spoken: str | None
) -> None:
    """How correct (đúng), complete (đủ), clean (sạch) and live (sống) a facility's data is, by format and week, and
    what its costliest causes are and what to change. docs/quality.md defines each.

    Exit 0 whatever the figures are; 1 for a facility nobody registered.

    Example: gateway facility quality 79001 --from 2026-11-01
    """
    from gateway.cli.open import house  # the store loads only where it is asked
    from gateway.errors import NotFound
    from gateway.quality.as_json import as_json
    from gateway.quality.words import lines
    from gateway.store import facilities, quality_figures

    period = period_of(since, until)
    with house() as open_house, open_house.store.read() as connection:
        facility = facilities.get_facility(connection, code)
        if facility is None:
            raise NotFound("facility-unknown", name=code)
        made = quality_figures.of_facility(connection, facility, period, timedelta(hours=late_after))
    if as_object:
        line(as_json(made))
        return
    for one in lines(made, spoken or language()):
        click.echo(one)


def period_of(since: datetime | None, until: datetime | None) -> Period:
    """Days of Viet Nam as they are asked for, the last one whole; UsageError where the first is after the last."""
    from gateway.quality.figures import Period
    from gateway.reuse.precedence import VIET_NAM

    whole_day = timedelta(days=1) if until and (until.hour, until.minute) == (0, 0) else timedelta()
    try:
        ends = until.replace(tzinfo=VIET_NAM) + whole_day if until else now()
        today = (
            (ends - timedelta(microseconds=1)).astimezone(VIET_NAM).replace(hour=0, minute=0, second=0, microsecond=0)
        )
        begins = since.replace(tzinfo=VIET_NAM) if since else today - timedelta(days=_DAYS - 1)
    except OverflowError:
        raise click.UsageError("--from or --to is no day that can be counted from") from None
    if begins >= ends:
        raise click.UsageError("--from is after --to, or after now")
    return Period(begins, ends)
