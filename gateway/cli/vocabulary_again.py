"""``gateway vocabulary try`` and ``retranslate``: what decisions on codes and units change in what is stored."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from itertools import chain

import click

from gateway.cli.mapping_again import aware, show, show_made, since, to_read, values
from gateway.cli.open import ACTOR, House, house
from gateway.errors import NotFound
from gateway.store import facilities
from gateway.store.holding import Looked

_facility = click.option("--facility", default="", help="Only this facility's; without it, every facility's.")
_thorough = click.option("--thorough", is_flag=True, help="Look through every exchange, whatever the index says.")


@click.command("try")
@_facility
@since
@_thorough
@values
@to_read
def trial(facility: str, since: datetime | None, thorough: bool, values: bool, as_json: bool) -> None:
    """What the decisions in force would change in what is stored, storing nothing.

    A line for each exchange that would be different, with every element that changes, and a last line with the counts.
    Where an adapter or a mapping file has changed since, that is among it.

    Example: gateway vocabulary try --facility 79001
    """
    with house() as open_house:
        again, looked = open_house.retranslation(), Looked(aware(since), thorough)
        found = (again.decided(each, looked) for each in _facilities(open_house, facility))
        show(chain.from_iterable(found), again.counts, values, as_json)


@click.command("retranslate")
@_facility
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
@click.option("--by", "who", required=True, help="Who says so; it stands in the audit trail.")
@since
@_thorough
@values
@to_read
def retranslate(
    facility: str, reason: str, who: str, since: datetime | None, thorough: bool, values: bool, as_json: bool
) -> None:
    """Translate again what is stored, where the decisions in force make a difference.

    Each becomes a new signed exchange that takes the place of the one before, which stays as history; whoever got that
    one gets the new one. What would be held or refused is left as it stands. `gateway vocabulary try` shows it before.
    Exit 1 when something was left.

    Example: gateway vocabulary retranslate --facility 79001 --reason "LOINC for glucose decided" --by Thu
    """
    if not who.strip():
        raise click.BadParameter("it is empty", param_hint="--by")
    with house() as open_house:
        again, looked = open_house.retranslation(), Looked(aware(since), thorough)
        made = (
            again.carry_out_decided(each, by=who, reason=reason, actor=ACTOR, looked=looked)
            for each in _facilities(open_house, facility)
        )
        left = show_made(chain.from_iterable(made), again.counts, values, as_json)
    sys.exit(1 if left else 0)


def _facilities(open_house: House, code: str) -> Sequence[str]:
    with open_house.store.read() as connection:
        if not code:
            return [one.code for one in facilities.list_facilities(connection)]
        if facilities.get_facility(connection, code) is None:
            raise NotFound("facility-unknown", name=code)
    return [code]
