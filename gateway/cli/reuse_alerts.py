"""``gateway reuse alerts``: results that were changed after they were reused here."""

from __future__ import annotations

import click

from gateway.cli.clock import now
from gateway.cli.say import line, words


@click.command("alerts")
@click.option("--all", "everything", is_flag=True, help="Acknowledged ones too.")
@click.option("--facility", default="", help="Those of one facility.")
@click.option("--acknowledge", "alert_id", default="", metavar="ID", help="Somebody has read this one and sees to it.")
@click.option("--by", default="", help="Who; with --acknowledge.")
def alerts(everything: bool, facility: str, alert_id: str, by: str) -> None:
    """Alerts that wait to be acknowledged, a line each: which order and result, why, and what came of its deliveries.

    Example: gateway reuse alerts
    """
    if bool(alert_id) != bool(by.strip()):
        raise click.UsageError("--acknowledge and --by go together")
    from gateway.cli.open import ACTOR, house  # the store loads only where it is asked
    from gateway.store import Connection, audit, deliveries, exchanges
    from gateway.store import alerts as stored

    with house() as open_house:
        if alert_id:

            def work(connection: Connection) -> stored.Alert:
                made = stored.acknowledge(connection, alert_id, by.strip(), now())
                audit.append(connection, now(), ACTOR, "reuse-alert-acknowledged", "", {"alert": alert_id})
                return made

            line(open_house.store.write(work))
            return
        with open_house.store.read() as connection:
            found = stored.listed(connection, facility=facility, everything=everything)
            for one in found:
                rid = exchanges.rid_of(connection, one.exchange) if one.exchange else None
                sent = deliveries.for_exchange(connection, rid) if rid is not None else []
                told = [{"recipient": each.recipient, "status": each.status} for each in sent]
                line({"alert": one, "deliveries": told})
    words(f"{sum(one.acknowledged is None for one in found)} alerts that nobody has acknowledged")
