"""What ``write`` promises on PostgreSQL, where other processes, and strangers, are at the same tables."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text

from gateway.errors import Conflict, StoreUnavailable
from gateway.store import Connection, Store, audit, exchanges, open_store, postgresql, schema
from gateway.store.locks import Lock
from gateway.store.postgresql import PostgresqlStore
from gateway.store.writer import ATTEMPTS
from tests.store.conftest import NOW, add_exchange
from tests.store.test_write import add, rule, stored


def test_postgresql_waits_for_its_disk_even_where_the_server_does_not(postgresql_url: str) -> None:
    schema.prepare(postgresql_url)
    first = open_store(postgresql_url)
    name = first.write(lambda connection: connection.execute(text("SELECT current_database()")).scalar_one())
    first.write(lambda connection: connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off')))
    first.close()
    store = open_store(postgresql_url)
    assert store.write(lambda connection: connection.execute(text("SHOW synchronous_commit")).scalar_one()) == "on"
    store.close()


def test_a_lost_connection_is_unavailable_and_the_next_write_works(postgresql_store: Store) -> None:
    def work(connection: Connection) -> None:
        add_exchange(connection, "x1")
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StoreUnavailable) as refused:
        postgresql_store.write(work)
    assert rule(refused) == "store-unreachable"
    add(postgresql_store, "x2")
    assert stored(postgresql_store) == {"x2"}


def test_a_deadlock_with_a_stranger_at_the_tables_is_run_again(postgresql_store: Store, postgresql_url: str) -> None:
    add(postgresql_store, "x1")
    add(postgresql_store, "x2")
    touch = "UPDATE exchange SET kid = kid || 'k' WHERE id = %s"
    stranger = psycopg.connect(postgresql_url)
    stranger.execute("SET deadlock_timeout = '1h'")  # it is the work that finds the deadlock, and gives way
    stranger.execute(touch, ["x2"])
    runs, strangers = 0, list[Future[None]]()

    def work(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            connection.execute(text("SET LOCAL deadlock_timeout = '1ms'"))
        else:  # who gave way was taken back: the stranger ends, and is not met again
            strangers[0].result(30)
        for exchange_id in ("x1", "x2"):
            connection.execute(text("UPDATE exchange SET kid = kid || 'w' WHERE id = :id"), {"id": exchange_id})
            if runs == 1 and exchange_id == "x1":
                strangers.append(waiting.submit(in_its_way))
                until_waiting(connection)

    def in_its_way() -> None:
        stranger.execute(touch, ["x1"])
        stranger.commit()

    def until_waiting(connection: Connection) -> None:
        stuck = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = :pid")
        while not connection.execute(stuck, {"pid": stranger.info.backend_pid}).scalar_one():
            pass

    with ThreadPoolExecutor(1) as waiting:
        postgresql_store.write(work)
    assert runs == 2
    with postgresql_store.read() as connection:
        assert {line.kid for line in exchanges.list_lines(connection)} == {"kw"}
    stranger.close()


def test_a_work_that_is_run_again_does_not_take_its_neighbours_with_it(postgresql_store: Store) -> None:
    """The second of a group meets a row of the first: it fails alone, after as many attempts as there are."""
    begun, gathered = threading.Event(), threading.Event()
    runs = 0

    def first(connection: Connection) -> None:
        begun.set()
        assert gathered.wait(10)
        add_exchange(connection, "x1")

    def second(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        add_exchange(connection, "x2")
        add_exchange(connection, "x1")

    with ThreadPoolExecutor(3) as pool:
        leading = pool.submit(postgresql_store.write, first)
        assert begun.wait(10)
        following = [pool.submit(postgresql_store.write, work) for work in (second, lambda c: add_exchange(c, "x3"))]
        assert isinstance(postgresql_store, PostgresqlStore)
        while len(postgresql_store._writer._queue) < 2:
            pass
        gathered.set()
        leading.result()
        with pytest.raises(Conflict):
            following[0].result()
        following[1].result()
    assert runs == ATTEMPTS
    assert stored(postgresql_store) == {"x1", "x3"}


def test_a_writer_that_fell_silent_in_its_turn_is_ended_by_the_server_and_the_others_go_on(
    postgresql_store: Store, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SILENCE", 100)
    begun, done = threading.Event(), threading.Event()

    def frozen(connection: Connection) -> None:
        add_exchange(connection, "x1")
        begun.set()
        assert done.wait(30)

    other = open_store(postgresql_url)
    with ThreadPoolExecutor(1) as pool:
        silent = pool.submit(postgresql_store.write, frozen)
        assert begun.wait(10)
        add(other, "x2")
        done.set()
        with pytest.raises(StoreUnavailable) as refused:
            silent.result()
    assert rule(refused) == "store-unreachable"
    add(postgresql_store, "x3")
    assert stored(other) == {"x2", "x3"}
    other.close()


def test_a_turn_that_does_not_come_is_busy_and_then_comes(
    postgresql_store: Store, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "TURN", 100)
    with psycopg.connect(postgresql_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [Lock.WRITING.value])
        with pytest.raises(StoreUnavailable) as refused:
            add(postgresql_store, "x1")
    assert rule(refused) == "store-busy"
    add(postgresql_store, "x2")
    assert stored(postgresql_store) == {"x2"}


def test_connections_that_lost_their_server_while_they_rested_are_replaced_unnoticed(
    postgresql_store: Store, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "TRUSTED", 0.0)
    own = text("SELECT pg_backend_pid()")
    with postgresql_store.read() as connection:
        reading = connection.execute(own).scalar_one()
    writing = postgresql_store.write(lambda connection: connection.execute(own).scalar_one())
    with psycopg.connect(postgresql_url) as other:
        for lost in (reading, writing):
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [lost])
    add(postgresql_store, "x1")
    assert stored(postgresql_store) == {"x1"}


def test_many_processes_serve_one_postgresql_database(postgresql_store: Store) -> None:
    second = open_store(postgresql_store.url)
    postgresql_store.hold_writer()
    second.hold_writer()
    second.close()


def test_two_processes_that_write_at_once_make_one_audit_chain(postgresql_store: Store, postgresql_url: str) -> None:
    other = open_store(postgresql_url)

    def write(number: int) -> None:
        store = (postgresql_store, other)[number % 2]
        store.write(lambda connection: audit.append(connection, NOW, "c1", "search", "law", {"number": number}))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(60)))
    with other.read() as connection:
        assert audit.check(connection) is None
        assert len(list(audit.lines(connection))) == 60
    other.close()
