"""``gateway db``: migrations, and reading back every stored digest and signature."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from gateway.cli.open import house, now
from gateway.cli.say import language, line, words
from gateway.outcome import Issue
from gateway.settings import made_data_dir, read_settings
from gateway.store import check as stored
from gateway.store import schema
from gateway.trust.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The database: migrations, and reading everything back.

    Example: gateway db check
    """


@command.command("upgrade")
def upgrade() -> None:
    """Bring the tables to this program's version. Take a backup first.

    Example: gateway db upgrade
    """
    settings = read_settings()
    made_data_dir(settings)
    before = schema.state(settings.url, data_dir=settings.data_dir)
    schema.upgrade(settings.url, data_dir=settings.data_dir)
    line({"was": before, "is": schema.state(settings.url, data_dir=settings.data_dir)})


@command.command("check")
def check() -> None:
    """Read back every stored digest, signature and audit line. Repairs nothing; exit 1 when something is wrong.

    Example: gateway db check
    """
    found = 0
    with house() as open_house, open_house.store.read() as connection:
        trust = open_house.keyring.believed()

        def signature(_exchange: str, bundle: bytes) -> Iterable[Issue]:
            judged = verify(bundle, trust=trust, now=now())
            return judged.issues if judged.verdict == "invalid" else ()

        for progress in stored.check(connection, signature):
            words(f"{progress.done} of {progress.total} exchanges read back")
            for issue in progress.issues:
                found += 1
                line({"rule": issue.rule, "place": issue.expression, "text": issue.text(language())})
    line({"findings": found})
    sys.exit(1 if found else 0)
