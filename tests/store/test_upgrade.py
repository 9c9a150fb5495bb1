"""A database of the first released schema, filled by the program of that time, is brought to this one.

The fixtures are SQL dumps of what that program made of the project's own samples: an exchange, its
correction, one that is held, a delivery under way and one that waits.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, func, select

from gateway.keyring import Keyring
from gateway.outcome import Issue
from gateway.settings import Settings
from gateway.store import Store, exchanges, open_store, parsed_url, resources, schema
from gateway.store.check import check
from gateway.store.readback import Stored
from gateway.store.tables import delivery, metadata, resource
from gateway.trust.verify import verify
from tests.store.conftest import NOW, add_exchange
from tests.store.search_records import LOINC, found

DUMPS = Path(__file__).parent / "schemas"
WBC = "6690-2"
# tables that came after it
_LATER = {
    "vocabulary_decision", "vocabulary_seen", "mapping_file", "payload_body", "replacement", "cds_card", "cds_feedback",
    "reuse", "reuse_source", "reuse_alert",
    "console_user", "console_session", "console_look", "console_attempt", "quality_record", "quality_cause",
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def first(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database as the first released program left it."""
    script = gzip.decompress((DUMPS / f"first_schema.{request.param}.sql.gz").read_bytes()).decode()
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "gateway.db")) as connection:
            connection.executescript(script)
        return f"sqlite:///{tmp_path / 'gateway.db'}"
    url = str(request.getfixturevalue("postgresql_url"))
    with psycopg.connect(url) as connected:
        connected.execute(script.encode())
    return url


def opened(url: str) -> Store:
    assert schema.state(url) == "current"
    return open_store(url)


def counted(connection: Connection) -> dict[str, int]:
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in metadata.sorted_tables
        if table.name not in _LATER
    }


def test_all_of_it_is_there_after_the_upgrade_and_reads_back_whole(first: str, tmp_path: Path) -> None:
    with closing(open_store(first)) as old, old.read() as connection:
        before = counted(connection)
    assert schema.state(first) == "older"
    schema.upgrade(first)
    store = opened(first)
    trust = Keyring(store, Settings(data_dir=tmp_path), lambda: NOW).believed()

    def signature(one: Stored) -> Iterable[Issue]:
        return verify(one.bundle, trust=trust, now=NOW, payload=one.record).issues if one.signed else ()

    with store.read() as connection:
        assert counted(connection) == before
        assert min(before[name] for name in ("exchange", "delivery", "person", "index_result", "audit_event")) > 0
    assert [issue for step in check(store, signature, whole=True) for issue in step.issues] == []
    store.close()


def test_it_is_searched_read_and_written_as_before(first: str) -> None:
    schema.upgrade(first)
    store = opened(first)
    with store.read() as connection:
        [patient] = connection.scalars(
            select(resource.c.id).where(resource.c.type == "Patient", resource.c.facility == "79001")
        )
        [newest] = found(connection, "Observation", ("patient", patient), ("code", f"{LOINC}|{WBC}"))
        told = resources.history(connection, "Observation", newest)
        assert [str(one.resource()["valueQuantity"]["value"].token) for one in told] == ["9.90", "7.20"]
        waits = set(connection.scalars(select(delivery.c.status)))
        assert waits == {"ready", "in-progress"}

    def work(connection: Connection) -> int:
        made = told[0].resource() | {"status": "entered-in-error"}
        return resources.keep_version(connection, add_exchange(connection, "later"), "79001", made, NOW, NOW).vid

    assert store.write(work) == 3
    with store.read() as connection:
        assert exchanges.rid_of(connection, "later") is not None
    store.close()


def test_an_upgrade_that_breaks_off_leaves_the_old_schema_as_it_was(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, steps, ignore=shutil.ignore_patterns("__pycache__"))
    newest = schema.steps_known()[-1]
    broken = f'revision = "9999"\ndown_revision = "{newest}"\ndef upgrade():\n    raise KeyboardInterrupt\n'
    (steps / "versions" / "v9999_broken.py").write_text(broken)
    before = contents(first)
    with monkeypatch.context() as here:
        here.setattr(schema, "MIGRATIONS", steps)
        with pytest.raises(KeyboardInterrupt):
            schema.upgrade(first)
    assert contents(first) == before
    assert schema.state(first) == "older"
    schema.upgrade(first)
    assert schema.state(first) == "current"


def contents(url: str) -> list[str]:
    """Every table with its columns, every index, and how many rows there are."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(parsed_url(url).database))) as connection:
            return list(connection.iterdump())
    with psycopg.connect(url) as connected:
        shape = connected.execute(
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable"
            " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1"
        ).fetchall()
        indexes = connected.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1").fetchall()
        tables = connected.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        rows = [connected.execute(f"SELECT count(*), '{name}' FROM {name}").fetchone() for (name,) in tables]
    return [str(row) for row in (*shape, *indexes, *rows)]
