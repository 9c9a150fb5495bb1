"""``gateway vocabulary import`` and ``export``: many decisions at once, as a sheet or as a ConceptMap."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line, read_input
from gateway.cli.vocabulary_owner import EVERY_FACILITY, known, owner_of, standing, who
from gateway.errors import NotFound
from gateway.store import Connection, audit, vocabulary
from gateway.terminology.line import lines_of
from gateway.terminology.map_file import is_json, map_of, read_map
from gateway.terminology.sheet import LARGEST, read_sheet, sheet_of
from gateway.terminology.terms import in_force


@click.command("import")
@click.argument("facility")
@click.argument("path", metavar="FILE")
@who
@click.option("--reason", default="", help="Why, where the file gives no reason for a code.")
def import_file(facility: str, path: str, by: str, reason: str) -> None:
    """Decide on many codes and units at once: a ConceptMap in JSON, or a CSV file with the columns system, code,
    target_system, target_code.

    A CSV file may also have equivalence, display and reason. All of it is kept or nothing; what stands already in the
    same words is left as it is. FACILITY * decides for every facility.

    Example: gateway vocabulary import 79001 codes.csv --by Thu
    """
    data = read_input(path, LARGEST + 1)
    if len(data) > LARGEST:
        raise click.BadParameter(f"{path}: longer than {LARGEST} bytes", param_hint="FILE")
    lines = [replace(one, reason=one.reason or reason) for one in (read_map if is_json(data) else read_sheet)(data)]
    owner = owner_of(facility, by)

    def work(connection: Connection) -> dict[str, int]:
        known(connection, facility)
        before = standing(connection, owner)
        made = []
        for one in lines:
            kind, system, code = one.key
            if not one.stands_as(before.get(one.key)):
                target = one.target_system, one.target_code, one.display
                made.append(
                    vocabulary.decide(
                        connection, facility=owner, kind=kind, system=system, code=code, target=target,
                        equivalence=one.equivalence, by=by, reason=one.reason, now=now(),
                    )
                )  # fmt: skip
        if made:
            detail = {"facility": owner, "by": by, "first": made[0].number, "decisions": len(made)}
            audit.append(connection, now(), ACTOR, "vocabulary-imported", "", detail)
        return {"decided": len(made), "unchanged": len(lines) - len(made)}

    with house() as open_house:
        line(open_house.store.write(work))


@click.command("export")
@click.argument("facility")
@click.option("--sheet", is_flag=True, help="A CSV file for a spreadsheet, instead of a ConceptMap in JSON.")
def export(facility: str, sheet: bool) -> None:
    """The decisions in force of a facility, or of * those for every facility, as `import` reads them.

    With the reasons, without who decided and when: `gateway vocabulary list` tells that.

    Example: gateway vocabulary export 79001
    """
    with house() as open_house, open_house.store.read() as connection:
        known(connection, facility)
        owner = "" if facility == EVERY_FACILITY else facility
        made = [one for one in vocabulary.history(connection, owner) if one.facility == owner]
    if not made:
        raise NotFound("concept-map-unknown")
    if sheet:
        sys.stdout.buffer.write(sheet_of(lines_of(in_force(made).values())))
    else:
        line(map_of(owner, made))
