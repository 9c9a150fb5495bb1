"""``gateway adapter``: the adapters installed here, how much of a published map each honours, and its law."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from gateway.cli.adapter_new import new
from gateway.cli.adapter_samples import check, expect, preview
from gateway.cli.say import line, words
from gateway.coverage import Covered, State, Tally, by_map, in_all
from gateway.installed import installed_names, running_adapters
from gateway.settings import read_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The adapters installed here.

    Example: gateway adapter list
    """


command.add_command(check)
command.add_command(expect)
command.add_command(preview)
command.add_command(new)


@command.command("list")
def list_them() -> None:
    """Every installed adapter, a line each: name, version, and whether the settings let it run.

    Example: gateway adapter list
    """
    running = {one.name for one in running_adapters(read_settings().adapters)}
    for one in running_adapters(installed_names()):
        line({"name": one.name, "version": one.version, "running": one.name in running})


@command.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON line each, counts as numbers.")
@click.option(
    "--rows", "each", is_flag=True, help="Every row of the map instead of counts, with why it is not honoured."
)
@click.option("--segment", "--table", "part", default="", help="Only a part of the map: PV1, PV1[Encounter], XML2.")
@click.argument("name")
def coverage(name: str, part: str, each: bool, as_json: bool) -> None:
    """How much of the published map that an adapter follows is honoured, by message and part of the map.

    The map is HL7's own for hl7v2, for bhyt the field list of the newest decision. A row of it counts as honoured only
    when a message with the field set, then changed, showed both values at the row's target. In the last line each row
    counts once, honoured where it is in every message. Takes half a minute for HL7's whole map.

    Example: gateway adapter coverage hl7v2 --segment PD1
    """
    if name not in installed_names():
        raise click.BadParameter(f"not installed: {name}; there are {', '.join(installed_names())}")
    (adapter,) = running_adapters([name])
    rows = list(_progress(adapter.coverage(part)))
    if not rows:
        raise click.BadParameter(f"{name} follows no published map with such a part", param_hint="--segment")
    told = _rows(rows) if each else _counts(rows)
    for one in told:
        if as_json:
            line(one)
        else:
            click.echo("  ".join(_cells(one)).rstrip())


def _progress(rows: Iterable[Covered]) -> Iterator[Covered]:
    """The rows; the message they are of on stderr, since a whole map takes a while."""
    message = ""
    for row in rows:
        if row.message != message:
            message = row.message
            words(f"{message} …")
        yield row


def _rows(rows: Iterable[Covered]) -> Iterator[dict[str, object]]:
    for one in rows:
        told: dict[str, object] = {"message": one.message, "map": one.map, "row": one.row, "state": str(one.state)}
        yield told | {"why": one.why} | ({"at": one.at} if one.at else {})


def _counts(rows: list[Covered]) -> Iterator[dict[str, object]]:
    for (message, part), tally in by_map(rows).items():
        yield {"message": message, "map": part, **_tally(tally)}
    yield {"message": "all", "map": "each row once", **_tally(in_all(rows))}


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "rows": tally.rows,
        str(State.HONOURED): tally.honoured,
        str(State.DELIBERATELY_NOT): tally.deliberately_not,
        str(State.NOT_YET): tally.not_yet,
        "percent": tally.percent,
    }


def _cells(told: dict[str, object]) -> Iterator[str]:
    """A line of the table: texts as they are, counts with their names."""
    for name, value in told.items():
        if isinstance(value, str):
            yield f"{value:<10}" if name == "message" else f"{value:<24}" if name == "map" else value
        else:
            yield f"{value:>5} {'%' if name == 'percent' else name}"
