"""What ``write`` promises: all of a work or nothing of it, and only once it is durable."""

from __future__ import annotations

import os
import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text

from gateway.errors import Conflict, GatewayError, SettingsError, StoreUnavailable
from gateway.store import Connection, Store, exchanges, open_store, schema
from gateway.store.sqlite import SqliteStore, open_engine
from gateway.store.writer import Writer
from tests.store.conftest import NOW, add_exchange


def rule(raised: pytest.ExceptionInfo[GatewayError]) -> str:
    return raised.value.issues[0].rule


def stored(store: Store) -> set[str]:
    with store.read() as connection:
        return {line.id for line in exchanges.list_lines(connection, limit=1000)}


def add(store: Store, exchange_id: str) -> int:
    return store.write(lambda connection: add_exchange(connection, exchange_id))


def test_what_was_written_is_read_and_the_result_comes_back(store: Store) -> None:
    rid = add(store, "x1")
    assert stored(store) == {"x1"}
    with store.read() as connection:
        assert exchanges.rid_of(connection, "x1") == rid


def test_it_is_in_the_file_itself_when_write_returns(sqlite_store: Store) -> None:
    add(sqlite_store, "x1")
    assert isinstance(sqlite_store, SqliteStore)
    stranger = sqlite3.connect(sqlite_store.path)
    assert stranger.execute("SELECT id FROM exchange").fetchall() == [("x1",)]
    assert stranger.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    stranger.close()


def test_the_writer_waits_for_the_disk(sqlite_store: Store) -> None:
    def pragmas(connection: Connection) -> list[int]:
        names = ("synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    assert sqlite_store.write(pragmas) == [2, 1]  # FULL, ON


def test_a_work_has_the_writing_to_itself_before_its_first_statement(sqlite_store: Store) -> None:
    def work(_: Connection) -> None:
        assert isinstance(sqlite_store, SqliteStore)
        other = sqlite3.connect(sqlite_store.path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()

    sqlite_store.write(work)


def test_the_database_file_is_its_owners_alone(sqlite_store: Store) -> None:
    add(sqlite_store, "x1")
    assert isinstance(sqlite_store, SqliteStore)
    for name in (sqlite_store.path, sqlite_store.path.with_name(sqlite_store.path.name + "-wal")):
        assert name.stat().st_mode & 0o077 == 0


def test_a_work_that_fails_leaves_nothing_and_its_error_is_its_own(store: Store) -> None:
    def work(connection: Connection) -> None:
        add_exchange(connection, "x1")
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        store.write(work)
    assert stored(store) == set()
    add(store, "x2")
    assert stored(store) == {"x2"}


def test_nothing_is_seen_before_the_commit(store: Store) -> None:
    def work(connection: Connection) -> None:
        add_exchange(connection, "x1")
        assert stored(store) == set()

    store.write(work)
    assert stored(store) == {"x1"}


def test_a_read_is_one_snapshot(store: Store) -> None:
    add(store, "x1")
    with store.read() as connection:
        assert len(exchanges.list_lines(connection)) == 1
        add(store, "x2")
        assert len(exchanges.list_lines(connection)) == 1
    assert stored(store) == {"x1", "x2"}


def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable) as refused, store.read() as connection:
        add_exchange(connection, "x1")
    assert rule(refused) == "store-read-only"


def test_two_threads_writing_two_hundred_times_lose_nothing(store: Store) -> None:
    with ThreadPoolExecutor(2) as pool:
        rids = list(pool.map(lambda number: add(store, f"x{number}"), range(200)))
    assert len(set(rids)) == 200
    assert stored(store) == {f"x{number}" for number in range(200)}


def test_a_failing_work_does_not_spoil_its_neighbours_in_the_group(sqlite_store: Store) -> None:
    """While one work keeps the writer, seven others gather: one group, and the odd ones fail."""
    gathered = threading.Event()
    begun = threading.Event()

    def first(connection: Connection) -> None:
        begun.set()
        assert gathered.wait(10)
        add_exchange(connection, "first")

    def work(number: int) -> None:
        def inside(connection: Connection) -> None:
            add_exchange(connection, f"x{number}")
            if number % 2:
                add_exchange(connection, f"x{number}")  # the same id again: the database itself refuses

        sqlite_store.write(inside)

    with ThreadPoolExecutor(8) as pool:
        leading = pool.submit(sqlite_store.write, first)
        assert begun.wait(10)
        following = [pool.submit(work, number) for number in range(7)]
        assert isinstance(sqlite_store, SqliteStore)
        while len(sqlite_store._writer._queue) < 7:
            pass
        gathered.set()
        leading.result()
        for number, future in enumerate(following):
            if number % 2:
                with pytest.raises(Conflict) as refused:
                    future.result()
                assert rule(refused) == "store-row-conflict"
            else:
                future.result()
    assert stored(sqlite_store) == {"first", "x0", "x2", "x4", "x6"}


def test_those_who_wait_together_are_committed_together(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "x.sqlite3", writing=True)
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    begun, gathered = threading.Event(), threading.Event()
    writer = Writer(engine)

    def first(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
        begun.set()
        assert gathered.wait(10)

    def insert(connection: Connection) -> None:
        connection.execute(text("INSERT INTO t VALUES (1)"))

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(writer.write, first)]
        assert begun.wait(10)
        futures += [pool.submit(writer.write, insert) for _ in range(7)]
        while len(writer._queue) < 7:
            pass
        gathered.set()
        for future in futures:
            future.result()
    assert len(commits) < 8
    writer.close()
    engine.dispose()


def test_who_is_to_be_answered_soon_is_committed_before_others_that_came_first(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "x.sqlite3", writing=True)
    done: list[str] = []
    event.listen(engine, "commit", lambda _: done.append("commit"))
    begun, gathered = threading.Event(), threading.Event()
    writer = Writer(engine)

    def first(_connection: Connection) -> None:
        begun.set()
        assert gathered.wait(10)

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(writer.write, first)]
        assert begun.wait(10)
        for number in range(3):
            futures.append(pool.submit(writer.write, lambda _, number=number: done.append(f"exchange {number}")))
            until_waiting(writer, number + 1)
        for number in range(2):
            futures.append(pool.submit(writer.write, lambda _: done.append("question"), soon=True))
            until_waiting(writer, number + 4)
        gathered.set()
        for future in futures:
            future.result()
    writer.close()
    engine.dispose()
    assert done[:3] == ["question", "question", "commit"]
    assert [one for one in done if one.startswith("exchange")] == ["exchange 0", "exchange 1", "exchange 2"]


def test_others_are_not_kept_waiting_for_ever_by_those_to_be_answered_soon(tmp_path: Path) -> None:
    """Each question asks the next before it is answered, so one always waits: the exchange is written all the same."""
    engine = open_engine(tmp_path / "x.sqlite3", writing=True)
    writer = Writer(engine)
    written = threading.Event()

    with ThreadPoolExecutor(8) as pool:
        futures: list[Future[None]] = []

        def question(_connection: Connection) -> None:
            if not written.is_set() and len(futures) < 1000:
                futures.append(pool.submit(writer.write, question, soon=True))
                until_waiting(writer, 1)

        futures.append(pool.submit(writer.write, question, soon=True))
        writer.write(lambda _: written.set())
        asked = len(futures)
        for future in futures:
            future.result()
    writer.close()
    engine.dispose()
    assert asked < 100


def until_waiting(writer: Writer, number: int) -> None:
    while len(writer._queue) < number:
        pass


def test_a_commit_that_fails_fails_every_caller(tmp_path: Path) -> None:
    """A constraint checked only at the commit: each work seemed well until then."""
    engine = open_engine(tmp_path / "x.sqlite3", writing=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (n INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE b (n INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED)"))
    writer = Writer(engine)
    with pytest.raises(StoreUnavailable) as refused:
        writer.write(lambda connection: connection.execute(text("INSERT INTO b VALUES (1)")).close())
    assert rule(refused) == "store-not-committed"
    assert writer.write(lambda connection: connection.execute(text("SELECT count(*) FROM b")).scalar_one()) == 0
    writer.close()
    engine.dispose()


def test_a_full_disk_is_unavailable_with_nothing_kept_and_passes(sqlite_store: Store) -> None:
    def pages(connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())

    def limit(number: int) -> None:
        sqlite_store.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {number}").close())

    def large(connection: Connection) -> None:
        for number in range(2000):
            add_exchange(connection, f"x{number}")

    limit(sqlite_store.write(pages) + 2)
    with pytest.raises(StoreUnavailable) as refused:
        sqlite_store.write(large)
    assert rule(refused) == "store-disk-full"
    assert refused.value.status == 503
    assert stored(sqlite_store) == set()
    limit(1_000_000)
    add(sqlite_store, "later")
    assert stored(sqlite_store) == {"later"}


def test_a_database_another_process_keeps_locked_is_busy_and_then_is_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.sqlite3'}"
    schema.prepare(url)
    store = SqliteStore(tmp_path / "gateway.sqlite3", busy_timeout=1)
    other = sqlite3.connect(tmp_path / "gateway.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable) as refused:
        add(store, "x1")
    assert rule(refused) == "store-busy"
    other.execute("ROLLBACK")
    other.close()
    add(store, "x2")
    assert stored(store) == {"x2"}
    store.close()


def test_no_value_of_a_row_is_in_an_error(store: Store) -> None:
    def work(connection: Connection) -> None:
        for _ in range(2):
            exchanges.add_payload(connection, facility="SECRET", sha256="S", content_type="", adapter="", received=NOW)
            connection.execute(text("INSERT INTO person_identifier VALUES ('SECRET', 'SECRET', 99, 0)"))

    with pytest.raises(Conflict) as refused:
        store.write(work)
    error: BaseException | None = refused.value
    while error is not None:
        assert "SECRET" not in str(error)
        error = None if error.__suppress_context__ else error.__cause__ or error.__context__


def test_a_write_inside_a_write_is_refused_instead_of_waiting_for_itself(sqlite_store: Store) -> None:
    with pytest.raises(RuntimeError, match="inside a write"):
        sqlite_store.write(lambda _: add(sqlite_store, "x1"))


def test_a_store_is_not_used_across_a_fork(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(RuntimeError, match="fork"):
        add(store, "x1")
    with pytest.raises(RuntimeError, match="fork"), store.read():
        pass


def test_a_closed_store_takes_nothing_more(sqlite_store: Store) -> None:
    sqlite_store.close()
    sqlite_store.close()
    with pytest.raises(StoreUnavailable) as refused:
        add(sqlite_store, "x1")
    assert rule(refused) == "store-closed"


def test_one_sqlite_database_is_served_by_one_process(sqlite_store: Store) -> None:
    second = open_store(sqlite_store.url)
    sqlite_store.hold_writer()
    sqlite_store.hold_writer()
    with pytest.raises(SettingsError) as refused:
        second.hold_writer()
    assert rule(refused) == "store-held"
    sqlite_store.close()
    second.hold_writer()
    second.close()
