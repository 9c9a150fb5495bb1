"""A view in a real MariaDB, by the driver a hospital would install: read whole, read only, let go when locked."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from gateway.collect.canonical import csv_of
from gateway.errors import SourceUnavailable
from gateway.store.source import Reading, Source, View

UNPRIVILEGED = 65534  # nobody: MariaDB refuses to run as root
PATIENCE = 60  # seconds
VIEW = View("v_results", ("so_phieu", "ket_qua", "ti_le", "ghi_chu", "luc", "gio"), "updated", ("id",), ("so_phieu",))


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URL of a database of a server of our own, which listens on a socket alone."""
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
    (folder / "d").mkdir()
    lent: dict[str, Any] = {}
    if os.getuid() == 0:
        lent = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []}
        for path in (folder, folder / "d"):
            os.chown(path, UNPRIVILEGED, UNPRIVILEGED)
    server = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert server, "mariadbd is not installed: .ci/packages systems"
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen(
            [server, "--no-defaults", f"--datadir={folder / 'd'}", f"--socket={folder / 's'}", "--skip-networking",
             "--skip-grant-tables", "--innodb-flush-log-at-trx-commit=0"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **lent,
        )  # fmt: skip
    try:
        engine = create_engine(f"mariadb+pymysql://root@localhost/?unix_socket={folder / 's'}")
        ends = time.monotonic() + PATIENCE
        while not (folder / "s").exists():
            assert started.poll() is None, (folder / "log").read_text(errors="replace")
            assert time.monotonic() < ends
            time.sleep(0.1)
        with engine.begin() as connection:
            connection.execute(text("CREATE DATABASE lis CHARACTER SET utf8mb4"))
        engine.dispose()
        yield f"mariadb://root@localhost/lis?unix_socket={folder / 's'}"
    finally:
        started.terminate()
        started.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lis(database: str) -> Iterator[Engine]:
    """Its own connection, and a table with a row."""
    engine = create_engine(database.replace("mariadb://", "mariadb+pymysql://"))
    with engine.begin() as connection:
        connection.execute(text("DROP VIEW IF EXISTS v_results"))
        connection.execute(text("DROP TABLE IF EXISTS results"))
        connection.execute(
            text(
                "CREATE TABLE results (id INT PRIMARY KEY, so_phieu VARCHAR(20), ket_qua DECIMAL(10, 2), ti_le DOUBLE,"
                " ghi_chu TEXT, luc DATETIME, gio TIME, updated DATETIME(6))"
            )
        )
        connection.execute(text("CREATE VIEW v_results AS SELECT * FROM results"))
        for number in (1, 2, 3):
            connection.execute(
                text(
                    "INSERT INTO results VALUES (:id, 'XN-1', 5.10, 5, :note, '2026-11-23 08:05:00', '26:03:04',"
                    " '2026-11-23 08:05:00.5')"
                ),
                {"id": number, "note": [None, "", "Đường huyết đói"][number - 1]},
            )
    yield engine
    engine.dispose()


@pytest.fixture
def source(database: str, lis: Engine) -> Iterator[Source]:
    made = Source(database, VIEW, seconds=1)
    yield made
    made.close()


def all_rows(reading: Reading) -> bytes:
    return csv_of(VIEW.columns, reading.report(("report", ("XN-1",)), 10))


def test_a_report_is_read_in_its_one_form(source: Source) -> None:
    with source.reading() as reading:
        told = all_rows(reading).decode().split("\r\n")
    assert told == [
        "so_phieu,ket_qua,ti_le,ghi_chu,luc,gio",
        "XN-1,5.10,5,,2026-11-23T08:05:00,26:03:04",
        'XN-1,5.10,5,"",2026-11-23T08:05:00,26:03:04',
        "XN-1,5.10,5,Đường huyết đói,2026-11-23T08:05:00,26:03:04",
        "",
    ]


def test_rows_of_one_moment_come_page_after_page_without_a_gap(source: Source) -> None:
    found = []
    with source.reading() as reading:
        after = None
        while page := reading.changed("2026-11-23", after, 1):
            after = page[-1]
            found += [row.key for row in page]
    assert found == [(1,), (2,), (3,)]


def test_it_cannot_be_written_through_and_what_takes_too_long_is_broken_off(source: Source) -> None:
    for statement, rule in (("DELETE FROM results", "source-failed"), ("SELECT SLEEP(9)", "source-slow")):
        with pytest.raises(SourceUnavailable) as raised, source.reading() as reading:
            reading._connection.execute(text(statement)).all()
        assert raised.value.issues[0].rule == rule, raised.value


def test_a_locked_table_and_a_renamed_column_are_told_apart(source: Source, lis: Engine) -> None:
    with lis.connect() as connection:
        connection.execute(text("LOCK TABLES results WRITE"))
        with pytest.raises(SourceUnavailable, match="did not answer in time"), source.reading() as reading:
            all_rows(reading)
        connection.execute(text("UNLOCK TABLES"))
        connection.execute(text("ALTER TABLE results RENAME COLUMN ket_qua TO ketqua"))
        connection.execute(text("CREATE OR REPLACE VIEW v_results AS SELECT * FROM results"))
    with pytest.raises(SourceUnavailable, match="no column ket_qua; ketqua looks like it"), source.reading():
        pass
