"""The databases that other tests stand on: empty, apart from each other, and gone afterwards."""

from __future__ import annotations

import os
import pwd

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, text

from tests import databases
from tests.conftest import SOCKET


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
