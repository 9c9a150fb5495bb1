"""``gateway db``: migrations, and reading back every stored digest and signature."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from gateway.cli.open import ACTOR, house, now
from gateway.cli.say import language, line, words
from gateway.errors import SettingsError
from gateway.jsontext import dumps, loads
from gateway.outcome import Issue
from gateway.settings import made_data_dir, read_settings
from gateway.store import audit, retention, schema
from gateway.store import check as stored
from gateway.store import reindex as stored_index
from gateway.store.backup import backup as copied
from gateway.store.readback import Stored
from gateway.trust.trustfile import TrustFile
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


@command.command("backup")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def backup(path: Path) -> None:
    """Copy the SQLite database to PATH, also while a gateway serves it. On PostgreSQL use pg_dump.

    The copy is on disk and read through before it gets its name. Keep `audit_head` elsewhere: with
    it a trail whose newest lines were cut off shows.

    Example: gateway db backup gateway-2026-11-22.db
    """
    told = -1

    def progress(done: int, total: int) -> None:
        nonlocal told
        share = 100 * done // max(total, 1)
        if share > told:
            told = share
            words(f"{done} of {total} pages copied ({share} %)")

    with house() as open_house:
        head = copied(open_house.store, path, progress)
    line({"path": str(path), "bytes": path.stat().st_size, "audit_head": head.hex()})


@command.command("prune")
@click.option("--dry-run", is_flag=True, help="Count, and delete nothing.")
def prune(dry_run: bool) -> None:
    """Delete what may go: expired tokens, and record bytes as GATEWAY_KEEP_RECORDS_DAYS says (by default none).

    Nothing that is pending, held, failed or under review is touched, and no signed Bundle, receipt or audit line.

    Example: gateway db prune --dry-run
    """
    with house() as open_house:
        store, days = open_house.store, open_house.settings.keep_records_days
        if dry_run:
            with store.read() as connection:
                tokens = retention.expired(connection, now())
                records = retention.records_done(connection, now(), days) if days else 0
        else:
            tokens = retention.forget_expired(store, now())
            records = retention.empty_records(store, now(), days) if days else 0
            detail = {"tokens": tokens, "records": records, "days": days}
            store.write(lambda connection: audit.append(connection, now(), ACTOR, "pruned", "", detail))
    line({"kind": "tokens", "deleted": 0 if dry_run else tokens, "due": tokens})
    line({"kind": "records", "deleted": 0 if dry_run else records, "due": records, "days": days})


@command.command("check")
@click.option("--resume", is_flag=True, help="Go on where a check of this database was stopped.")
@click.option("--whole", is_flag=True, help="Compare every resource's index rows, not one in a hundred.")
def check(resume: bool, whole: bool) -> None:
    """Read back every stored digest, signature, receipt and audit line, also beside a gateway that serves.

    Repairs nothing; exit 1 when something is wrong. What comes after it began is left to the next check.

    Example: gateway db check
    """
    with house() as open_house:
        kept = Place(open_house.settings.data_dir, open_house.store.url)
        begin, found = kept.read() if resume else (None, 0)
        trust = open_house.keyring.believed()
        for step in stored.check(open_house.store, lambda one: _broken(one, trust), begin=begin, whole=whole):
            for issue in step.issues:
                found += 1
                line({"rule": issue.rule, "place": issue.expression, "text": issue.text(language())})
            words(f"{step.done} of {step.total} {step.part} read back ({100 * step.done // step.total} %)")
            kept.write(step.mark, found)
        kept.forget()
    line({"findings": found})
    sys.exit(1 if found else 0)


@command.command("reindex")
@click.option("--dry-run", is_flag=True, help="Name what would change, and change nothing.")
def reindex(dry_run: bool) -> None:
    """Make search rows anew where they do not say what the current version says, also beside a gateway that serves.

    After an upgrade that finds more, or a check that said so. Begun again after it was stopped, it finds less to do.

    Example: gateway db reindex --dry-run
    """
    count = 0
    with house() as open_house:
        for step in stored_index.reindex(open_house.store, dry_run=dry_run):
            for one in step.differed:
                line({"resource": one.name})
            count += len(step.differed)
            words(f"{step.done} of {step.total} resources compared ({100 * step.done // step.total} %)")
        if count and not dry_run:
            detail = {"resources": count}
            open_house.store.write(lambda connection: audit.append(connection, now(), ACTOR, "reindexed", "", detail))
    line({"reindexed": 0 if dry_run else count, "due": count})


def _broken(one: Stored, trust: TrustFile | None) -> Iterator[Issue]:
    """What does not verify of an exchange whose Bundle is the one stored: its signature, its record, its receipts."""
    if not (one.signed and one.unchanged):
        return
    judged = verify(one.bundle, trust=trust, now=now(), payload=one.record or None)
    if judged.verdict == "invalid":
        yield from (replace(issue, expression=issue.expression or one.id) for issue in judged.issues)
    receipts = [sent.receipt for sent in one.deliveries] + [one.given]
    for receipt in filter(None, receipts):
        if verify(receipt, trust=None, now=now(), expect_receipt_sha256=one.jws_sha256).verdict == "invalid":
            yield Issue("error", "incomplete", "check-receipt-differs", one.id)


class Place:
    """Where a check stands, in the data folder, so that one that was stopped can go on."""

    def __init__(self, folder: Path, database: str) -> None:
        self._path = folder / "db-check.json"
        self._database = database

    def read(self) -> tuple[stored.Mark | None, int]:
        """The place to go on from and what was found before it; the beginning when no check was stopped."""
        try:
            kept = loads(self._path.read_bytes())
        except FileNotFoundError:
            words("no check was stopped here: from the beginning")
            return None, 0
        if kept["database"] != self._database:
            raise SettingsError("check-of-another-database")
        return stored.Mark(kept["part"], kept["after"], kept["upto"]), kept["findings"]

    def write(self, mark: stored.Mark, findings: int) -> None:
        made = {"database": self._database, "part": mark.part, "after": mark.after, "upto": dict(mark.upto)}
        beside = self._path.with_suffix(".new")
        beside.write_bytes(dumps(made | {"findings": findings}))
        beside.replace(self._path)

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)
