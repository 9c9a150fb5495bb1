"""``gateway facility quality``: correct, complete, clean, live: what a facility's data is like, and what to change."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isnan
from typing import TYPE_CHECKING

import click

from gateway.cli.clock import now
from gateway.cli.say import language, line, written_file

if TYPE_CHECKING:
    from gateway.quality.figures import Period, Quality
    from gateway.store import Connection

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
_DAYS = 28
_FIRST_YEAR, _LAST_YEAR = 1971, 9998  # the week after it has a date, too
_LONGEST = timedelta(days=3660)  # each of its weeks is told


@click.command("quality")
@click.argument("code", default="")
@click.option("--all", "everyone", is_flag=True, help="All facilities for the authority, who needs help first.")
@click.option("--from", "since", type=_DAY, default=None, help="A day in Viet Nam; without it, 28 days with the last.")
@click.option("--to", "until", type=_DAY, default=None, help="A day in Viet Nam, the last one; without it until now.")
@click.option("--late-after", type=click.FloatRange(0.01, 8784), default=24.0, show_default=True, metavar="HOURS",
              help="Hours from a result's issue after which it counts as late.")  # fmt: skip
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of a table.")
@click.option("--html", default="", metavar="FILE", help="Write a page there that needs nothing else.")
@click.option("--language", "spoken", type=click.Choice(["en", "vi"]), default=None, help="Of table and page.")
def quality(
    code: str, everyone: bool, since: datetime | None, until: datetime | None, late_after: float, as_object: bool,
    html: str, spoken: str | None,
) -> None:  # fmt: skip
    """How correct (đúng), complete (đủ), clean (sạch) and live (sống) a facility's data is, by format and week, and
    what its costliest causes are and what to change. docs/quality.md defines each. With --all instead of a CODE: who
    shares, what, how late, and how often others use it.

    Exit 0 whatever the figures are; 1 for a facility nobody registered.

    Example: gateway facility quality 79001 --from 2026-11-01
    """
    from gateway.cli.open import house  # the store loads only where it is asked
    from gateway.quality import as_json, page, words
    from gateway.quality.sharing import Sharing
    from gateway.store import sharing_figures

    if bool(code) == everyone:
        raise click.UsageError("name one facility by its CODE, or all of them by --all")
    if isnan(late_after):
        raise click.BadParameter("it is no number", param_hint="--late-after")
    period, late, tongue = period_of(since, until), timedelta(hours=late_after), spoken or language()
    with house() as open_house, open_house.store.read() as connection:
        made = sharing_figures.sharing(connection, period, late) if everyone else _of(connection, code, period, late)
    if isinstance(made, Sharing):
        whole, told = as_json.sharing_as_json(made), words.sharing_lines(made, tongue)
        shown = page.sharing_page(made, now(), tongue) if html else ""
    else:
        whole, told = as_json.as_json(made), words.lines(made, tongue)
        shown = page.page(made, now(), tongue) if html else ""
    if html:
        written_file(html, shown.encode())
    if as_object:
        line(whole)
    elif not html:
        for one in told:
            click.echo(one)


def _of(connection: Connection, code: str, period: Period, late: timedelta) -> Quality:
    """Of a facility registered here, or one whose messages came from another gateway; NotFound for any other."""
    from gateway.errors import NotFound
    from gateway.facility import Facility
    from gateway.store import facilities, quality_figures

    facility = facilities.get_facility(connection, code)
    if facility is None:
        facility = Facility(code, "")
        if not quality_figures.is_known(connection, code):
            raise NotFound("facility-unknown", name=code)
    return quality_figures.of_facility(connection, facility, period, late)


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
    if begins.year < _FIRST_YEAR or ends.year > _LAST_YEAR or ends - begins > _LONGEST:
        raise click.UsageError("--from and --to may be ten years apart, from 1971 to 9998")
    return Period(begins, ends)
