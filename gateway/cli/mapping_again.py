"""``gateway mapping try``: what a mapping file would make of what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.mapping_file import checked, read_mapping
from gateway.cli.open import house
from gateway.cli.say import line
from gateway.errors import NotFound
from gateway.store import facilities

if TYPE_CHECKING:
    from gateway.retranslation import Counts, Difference

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


def aware(since: datetime | None) -> datetime | None:
    return since.replace(tzinfo=UTC) if since else None


def show(found: Iterator[Difference], counts: Counts, values: bool, as_json: bool) -> None:
    """Each difference as it is found, then the counts."""
    for one in found:
        if as_json:
            line(_as_json(one, values))
        else:
            click.echo(_as_text(one, values))
    told = asdict(counts)
    if as_json:
        line({"counts": told})
    else:
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
