"""``gateway person``: links between patients that only a person can decide."""

from __future__ import annotations

import click

from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import line
from gateway.store import Connection, audit, reviews


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Links between patients that a person must decide.

    Example: gateway person tasks
    """


@command.command("tasks")
@click.option("--all", "everything", is_flag=True, help="Decided ones too.")
def tasks(everything: bool) -> None:
    """What waits for a decision, a line each: the rule, and the Patients it is about.

    Example: gateway person tasks
    """
    with house() as open_house, open_house.store.read() as connection:
        for one in reviews.list_reviews(connection, "" if everything else "requested"):
            line(one)


@command.command("decide")
@click.argument("task_id")
@click.option("--reason", required=True, help="What was decided and why; it stands in the audit trail.")
def decide(task_id: str, reason: str) -> None:
    """Close a task. The patients stay unlinked; correct the number at its facility and send it again to link them.

    Example: gateway person decide 0b8e7c3e-0000-4000-8000-000000000000 --reason "two persons, number mistyped at 01999"
    """
    with house() as open_house:

        def work(connection: Connection) -> None:
            reviews.decide_review(connection, task_id, who=ACTOR, why=reason, now=now())
            audit.append(connection, now(), ACTOR, "task-decided", "", {"task": task_id, "reason": reason})

        open_house.store.write(work)
        line({"id": task_id, "status": "completed"})
