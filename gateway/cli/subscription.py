"""``gateway subscription``: who gets what, on which legal basis."""

from __future__ import annotations

import uuid

import click

from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line
from gateway.facility import Subscription
from gateway.store import Connection, audit, facilities


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Who gets what, on which legal basis.

    Example: gateway subscription list
    """


@command.command("add")
@click.option("--recipient", required=True, help="A registered recipient.")
@click.option(
    "--basis", required=True, help="The legal basis: consent, written request, emergency, law; with its reference."
)
@click.option("--facility", default="", help="Only what this facility sends.")
@click.option("--patient", default="", help="Only this patient, SYSTEM|VALUE.")
@click.option("--category", default="", help="Only results of this category code (LAB, laboratory, imaging…).")
def add(recipient: str, basis: str, facility: str, patient: str, category: str) -> None:
    """Everything that matches goes to the recipient from now on.

    Example: gateway subscription add --recipient city --basis "written request 12/2026" --facility 79001
    """
    if not basis.strip():
        raise click.BadParameter("say on which legal basis", param_hint="--basis")
    if patient and "|" not in patient:
        raise click.BadParameter("SYSTEM|VALUE", param_hint="--patient")
    wanted = Subscription(str(uuid.uuid4()), recipient, basis, facility, patient, category)
    with house() as open_house:

        def work(connection: Connection) -> Subscription:
            made = facilities.add_subscription(connection, wanted, now())
            audit.append(connection, now(), ACTOR, "subscription-added", basis, {"subscription": made.id})
            return made

        line(open_house.store.write(work))


@command.command("list")
def list_them() -> None:
    """Every subscription, ended ones too, a line each.

    Example: gateway subscription list
    """
    with house() as open_house, open_house.store.read() as connection:
        for one in facilities.list_subscriptions(connection):
            line(one)


@command.command("remove")
@click.argument("subscription_id")
def remove(subscription_id: str) -> None:
    """End a subscription. Corrections of what it delivered still go out.

    Example: gateway subscription remove 0b8e7c3e-0000-4000-8000-000000000000
    """
    with house() as open_house:

        def work(connection: Connection) -> Subscription:
            ended = facilities.end_subscription(connection, subscription_id, now())
            audit.append(connection, now(), ACTOR, "subscription-ended", "", {"subscription": subscription_id})
            return ended

        line(open_house.store.write(work))
