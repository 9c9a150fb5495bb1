"""``gateway exchange``: what passed through, and what a person decides about held ones."""

from __future__ import annotations

from typing import Any, get_args

import click

from gateway.cli.open import ACTOR, house
from gateway.cli.say import line
from gateway.errors import NotFound
from gateway.exchange import ExchangeStatus
from gateway.jsontext import loads
from gateway.store import deliveries, exchanges, replacements

_PAGE = 500


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Exchanges, and what a person decides about held ones.

    Example: gateway exchange list --status held
    """


@command.command("list")
@click.option("--status", type=click.Choice(get_args(ExchangeStatus)), default=None, help="Only these.")
@click.option("--facility", default="", help="Only this facility's.")
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many, newest first.")
def list_them(status: str | None, facility: str, limit: int | None) -> None:
    """A line each, newest first.

    Example: gateway exchange list --status held
    """
    with house() as open_house:
        before: int | None = None
        left = limit
        while left is None or left > 0:
            with open_house.store.read() as connection:
                page = exchanges.list_lines(
                    connection, status=status or "", facility=facility, before=before, limit=min(_PAGE, left or _PAGE)
                )
            for one in page:
                line({name: value for name, value in _line(one).items() if name != "rid"})
            if len(page) < min(_PAGE, left or _PAGE):
                return
            before = page[-1].rid
            left = None if left is None else left - len(page)


@command.command("show")
@click.argument("exchange_id")
def show(exchange_id: str) -> None:
    """One exchange: its Bundle, outcome, unplaced fields, lineage and deliveries.

    Example: gateway exchange show 0b8e7c3e-0000-4000-8000-000000000000
    """
    with house() as open_house, open_house.store.read() as connection:
        found = exchanges.get(connection, exchange_id)
        rid = exchanges.rid_of(connection, exchange_id)
        if found is None or rid is None:
            raise NotFound("exchange-unknown")
        sent = deliveries.for_exchange(connection, rid)
        told: dict[str, Any] = {
            name: getattr(found, name)
            for name in (
                "id", "facility", "status", "created", "payload_sha256", "position", "adapter", "adapter_version",
                "message_id", "kid", "origin", "sensitive", "decided_by", "decided_reason",
            )
        }  # fmt: skip
        told["bundle"] = loads(found.bundle) if found.bundle else None
        told["outcome"] = loads(found.outcome) if found.outcome else None
        told.update(loads(found.account) if found.account else {})
        if newer := replacements.by(connection, found.facility, found.id):
            told["replaced_by"] = newer
        told["deliveries"] = [
            {
                "recipient": one.recipient,
                "status": one.status,
                "attempts": one.attempts,
                "basis": one.basis,
                "reason": one.reason,
                "issue": one.issue,
                "due": one.due,
                "receipt": loads(one.receipt) if one.receipt else None,
            }
            for one in sent
        ]
        line(told)


@command.command("release")
@click.argument("exchange_id")
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
def release(exchange_id: str, reason: str) -> None:
    """Let a held exchange go as it stands: sign it, keep it, route it.

    Example: gateway exchange release 0b8e7c3e-0000-4000-8000-000000000000 --reason "comma confirmed by the laboratory"
    """
    with house() as open_house:
        open_house.intake().release(exchange_id, reason, actor=ACTOR)
        line({"id": exchange_id, "status": "kept"})


@command.command("refuse")
@click.argument("exchange_id")
@click.option("--reason", required=True, help="Why; it stands in the audit trail.")
def refuse(exchange_id: str, reason: str) -> None:
    """Refuse a held exchange: it stays as it came and goes nowhere.

    Example: gateway exchange refuse 0b8e7c3e-0000-4000-8000-000000000000 --reason "wrong patient"
    """
    with house() as open_house:
        open_house.intake().refuse(exchange_id, reason, actor=ACTOR)
        line({"id": exchange_id, "status": "refused"})


@command.command("redeliver")
@click.argument("exchange_id")
@click.option("--recipient", default=None, help="Only to this one; without it, to all it ever went to.")
def redeliver(exchange_id: str, recipient: str | None) -> None:
    """Deliver an exchange again: the signed Bundle, as it was signed.

    Example: gateway exchange redeliver 0b8e7c3e-0000-4000-8000-000000000000 --recipient city-hospital
    """
    with house() as open_house:
        open_house.intake().redeliver(exchange_id, recipient, actor=ACTOR)
        line({"id": exchange_id, "status": "kept"})


def _line(one: exchanges.ExchangeLine) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}
