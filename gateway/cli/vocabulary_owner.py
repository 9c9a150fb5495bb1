"""Whose decisions a command is about, and who makes them."""

from __future__ import annotations

import click

from gateway.errors import NotFound
from gateway.store import Connection, facilities, vocabulary
from gateway.terminology.decision import Decision
from gateway.terminology.terms import Key, in_force

EVERY_FACILITY = "*"
who = click.option("--by", required=True, help="Who decided; it stands in the history and the audit trail.")


def known(connection: Connection, facility: str) -> None:
    """NotFound for a facility that is not registered."""
    if facility != EVERY_FACILITY and facilities.get_facility(connection, facility) is None:
        raise NotFound("facility-unknown", name=facility)


def owner_of(facility: str, by: str) -> str:
    """As a decision names its facility; BadParameter where nobody decides."""
    if not by.strip():
        raise click.BadParameter("it is empty", param_hint="--by")
    return "" if facility == EVERY_FACILITY else facility


def standing(connection: Connection, owner: str) -> dict[Key, Decision]:
    """What is in force of the owner's own."""
    return in_force(one for one in vocabulary.history(connection, owner) if one.facility == owner)
