"""The log is written back beside the writer: commits go on, and the database's file has what they said."""

from __future__ import annotations

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from structlog.testing import capture_logs

from gateway.store import Connection, audit, open_store, schema
from gateway.store.checkpoints import EVERY, Checkpoints

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def lines_in_the_file_alone(database: Path, copies: Path) -> int:
    """How many audit lines a copy of the file without its log holds."""
    copied = copies / "alone.sqlite3"
    shutil.copyfile(database, copied)
    with sqlite3.connect(copied) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM audit_event").fetchone()[0])
        except sqlite3.DatabaseError:  # copied while it was being written
            return 0


def test_what_was_committed_reaches_the_file_while_the_store_is_open(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.sqlite3'}"
    schema.prepare(url)
    store = open_store(url)

    def work(connection: Connection) -> None:
        audit.append(connection, NOW, "test", "read", "treatment", {"type": "Patient"})

    try:
        found, ends, written = 0, monotonic() + 60, 0
        while found < EVERY and monotonic() < ends:
            for _ in range(EVERY):
                store.write(work)
            written += EVERY
            found = lines_in_the_file_alone(tmp_path / "gateway.sqlite3", tmp_path)
        assert EVERY <= found <= written
    finally:
        store.close()


def test_the_log_does_not_grow_while_works_follow_each_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.sqlite3'}"
    schema.prepare(url)
    store = open_store(url)
    detail = {"padding": "x" * 20_000}

    def work(connection: Connection) -> None:
        audit.append(connection, NOW, "test", "read", "treatment", detail)

    def write(number: int) -> None:
        for _ in range(number):
            store.write(work)

    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(write, [1000] * 4))
        assert (tmp_path / "gateway.sqlite3-wal").stat().st_size < 4000 * 20_000 / 1.6
    finally:
        store.close()


def test_it_ends_while_nothing_was_ever_written(tmp_path: Path) -> None:
    file = tmp_path / "gateway.sqlite3"
    file.touch()
    Checkpoints(file).close()


def test_what_cannot_be_written_back_is_told_and_tried_again(tmp_path: Path) -> None:
    file = tmp_path / "gateway.sqlite3"
    file.write_bytes(b"no database, but long enough to be taken for a broken one" * 100)
    checkpoints = Checkpoints(file, every=1)
    ends = monotonic() + 60
    with capture_logs() as told:
        while len(told) < 2 and monotonic() < ends:
            checkpoints.committed()
        checkpoints.close()
    assert [line["error"] for line in told][:2] == ["SQLITE_NOTADB", "SQLITE_NOTADB"]
