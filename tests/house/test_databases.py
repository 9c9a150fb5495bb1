"""The databases that other tests stand on: empty, apart from each other, and gone afterwards."""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, select, text

from gateway.facility import Facility
from gateway.store import audit, facilities, open_store
from gateway.store.tables import audit_event
from tests import databases
from tests.conftest import SOCKET
from tests.tables import LentTables


def _store_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


@pytest.mark.parametrize("visit", [1, 2])
def test_each_test_gets_an_empty_database(database_url: str, visit: int) -> None:
    engine = create_engine(_store_url(database_url))
    try:
        assert inspect(engine).get_table_names() == []
        with engine.begin() as connection:
            connection.execute(text(f"create table visit_{visit} (id integer primary key)"))
        assert inspect(engine).get_table_names() == [f"visit_{visit}"]
    finally:
        engine.dispose()


@pytest.mark.parametrize("visit", [1, 2])
def test_each_test_gets_empty_tables_that_count_from_1(tables_url: str, visit: int) -> None:
    store = open_store(tables_url)
    try:
        with store.read() as connection:
            assert list(audit.lines(connection)) == []
        now = datetime(2026, 11, 23, tzinfo=UTC)
        store.write(lambda connection: facilities.add_facility(connection, Facility("79001", f"Visit {visit}"), now))
        store.write(lambda connection: audit.append(connection, now, "test", "visited", "", {"visit": visit}))
        with store.read() as connection:
            assert connection.scalar(select(audit_event.c.rid)) == 1
    finally:
        store.close()


def lent_after(tables: LentTables, statement: str) -> tuple[str, str]:
    """The schema one test is lent and does this in, and the one the next is lent."""
    found = []
    for sent in (statement, "select 1"):
        with tables.lent() as url, psycopg.connect(url, autocommit=True) as connection:
            found.append(str(connection.execute("select current_schema()").fetchone()))
            connection.execute(sent)
    return found[0], found[1]


@pytest.mark.parametrize(
    "change",
    [
        "alter table payload add column more text",
        "drop index ix_exchange_status",
        "alter table audit_event disable trigger all",
        "update alembic_version set version_num = '0001'",
        "create table added (id integer)",
        "analyze payload",
    ],
)
def test_tables_that_a_test_changed_are_lent_to_no_other(worker_tables: LentTables, change: str) -> None:
    first, second = lent_after(worker_tables, change)
    assert first != second


def test_tables_whose_rows_alone_changed_are_lent_again(worker_tables: LentTables) -> None:
    first, second = lent_after(worker_tables, "insert into facility values ('79001', '{}', 1)")
    assert first == second


def test_a_connection_left_behind_holds_no_row_back(worker_tables: LentTables) -> None:
    with worker_tables.lent() as url:
        lingering = psycopg.connect(url)
        lingering.execute("insert into facility values ('79001', '{}', 1)")
    with worker_tables.lent() as url, psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from facility").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError):
        lingering.execute("select 1")


def test_a_database_is_dropped_even_while_someone_is_still_connected() -> None:
    socket = os.environ[SOCKET]
    with databases.fresh_database(socket, "left_open") as url:
        lingering = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)
    lingering.close()


def test_a_cluster_leaves_no_user_no_folder_and_no_server_behind() -> None:
    users = {entry.pw_name for entry in pwd.getpwall()}
    cluster = databases.start_cluster()
    with psycopg.connect(cluster.url("postgres")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    folder, server = cluster.folder, cluster._server
    cluster.stop()
    assert server is not None
    assert server.returncode == 0
    assert not folder.exists()
    assert {entry.pw_name for entry in pwd.getpwall()} == users
