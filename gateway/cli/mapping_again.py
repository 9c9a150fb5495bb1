"""``gateway mapping try`` and ``retranslate``: what a mapping file would make of what is stored, and doing it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.mapping_file import checked, login, read_mapping
from gateway.cli.open import ACTOR, house
from gateway.cli.say import line
from gateway.errors import NotFound
from gateway.store import facilities

if TYPE_CHECKING:
    from gateway.compared import Difference
    from gateway.retranslation import Again, Counts

_SINCE = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
since = click.option("--since", type=_SINCE, default=None, help="Only what came since this day, or time, in UTC.")
values = click.option("--values", is_flag=True, help="Show what stood and what would stand: patients' data.")
to_read = click.option("--json/--text", "as_json", default=True, help="A JSON object a line, or lines to read.")


@click.command("try")
@click.argument("path", metavar="FILE")
@click.option("--facility", required=True, help="Whose payloads.")
@since
@values
@to_read
def trial(path: str, facility: str, since: datetime | None, values: bool, as_json: bool) -> None:
    """What would become of a facility's stored payloads by this mapping file, storing nothing.

    A line for each exchange that would be different, with every element that changes, and a last line with the counts.
    Where a facility's decisions on codes and units have changed since, that is among it.

    Example: gateway mapping try xn-huyen.toml --facility 79001
    """
    file = read_mapping(path)
    with house() as open_house:
        with open_house.store.read() as connection:
            owner = facilities.get_facility(connection, facility)
        if owner is None:
            raise NotFound("facility-unknown", name=facility)
        checked(file, owner, open_house.settings.adapters)
        again = open_house.retranslation()
        show(again.differences(facility, file.adapter, [file], aware(since)), again.counts, values, as_json)


@click.command("retranslate")
@click.argument("name")
@click.option("--facility", required=True, help="Whose payloads.")
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
@click.option("--by", "who", default="", help="Who decided; without it, the login name.")
@since
@values
@to_read
def retranslate(
    name: str, facility: str, reason: str, who: str, since: datetime | None, values: bool, as_json: bool
) -> None:
    """Translate a facility's stored records again by the file NAME in force, where that makes a difference.

    Each becomes a new signed exchange that takes the place of the one before, which stays as history; whoever got that
    one gets the new one. What would be held or refused is left as it stands. `gateway mapping try` shows it before.
    Exit 1 when something was left.

    Example: gateway mapping retranslate xn-huyen --facility 79001 --reason "the unit was read from the wrong column"
    """
    with house() as open_house:
        again = open_house.retranslation()
        made = again.carry_out(
            facility, name, by=who.strip() or login(), reason=reason, actor=ACTOR, since=aware(since)
        )
        left = show_made(made, again.counts, values, as_json)
    sys.exit(1 if left else 0)


def aware(since: datetime | None) -> datetime | None:
    return since.replace(tzinfo=UTC) if since else None


def show(found: Iterable[Difference], counts: Counts, values: bool, as_json: bool) -> None:
    """Each difference as it is found, then the counts."""
    for one in found:
        if as_json:
            line(_as_json(one, values))
        else:
            click.echo(_as_text(one, values))
    _counted(counts, as_json)


def show_made(made: Iterable[Again], counts: Counts, values: bool, as_json: bool) -> int:
    """What became of each difference, then the counts; how many were left."""
    left = 0
    for one in made:
        left += not one.exchange
        if as_json:
            told = {"replaced_by": one.exchange or None, "left": list(one.rules)}
            line({**_as_json(one.difference, values), **told})
        else:
            became = f"replaced by {one.exchange}" if one.exchange else f"left: {', '.join(one.rules)}"
            click.echo(f"{_as_text(one.difference, values)}\n  {became}")
    _counted(counts, as_json)
    return left


def _counted(counts: Counts, as_json: bool) -> None:
    told = asdict(counts)
    if as_json:
        line({"counts": told})
    else:
        becomes = told.pop("becomes")
        told.update({f"would be {status}": number for status, number in becomes.items()})
        click.echo(", ".join(f"{name.replace('_', ' ')}: {number}" for name, number in told.items()))


def _as_json(one: Difference, values: bool) -> dict[str, Any]:
    changes = [
        {"element": each.element, "what": each.what, **({"before": each.before, "after": each.after} if values else {})}
        for each in one.changes
    ]
    return {
        "exchange": one.exchange or None,
        "payload_sha256": one.payload_sha256,
        "record": one.record,
        "was": one.was,
        "becomes": one.becomes,
        "changes": changes,
        "rules": list(one.rules),
    }


def _as_text(one: Difference, values: bool) -> str:
    head = f"{one.exchange or 'new'}  record {one.record}: {one.was or 'nothing'} -> {one.becomes or 'nothing'}"
    why = f" ({', '.join(one.rules)})" if one.rules else ""
    marks = {"added": "+", "removed": "-", "changed": "~"}
    lines = [
        f"  {marks[each.what]} {each.element}" + (f"  {each.before!r} -> {each.after!r}" if values else "")
        for each in one.changes
    ]
    return "\n".join([head + why, *lines])
