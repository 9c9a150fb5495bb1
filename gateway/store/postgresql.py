"""A store in PostgreSQL: pooled transactions, many processes and hosts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc

from gateway.store import pace
from gateway.store.contract import Store
from gateway.store.faults import driver_code, fenced

T = TypeVar("T")

ATTEMPTS = 4  # of one work, the first included
# Serialization failure, deadlock, and a row another transaction inserted first: run again, the
# work sees what the other committed (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
RERUN = frozenset({"40001", "40P01", "23505"})


def open_engine(url: URL, *, pool: int = 16) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=30,
        pool_pre_ping=True,
        hide_parameters=True,  # they are patients' values
    )

    def connected(connection: Any, _record: object) -> None:
        # A server that does not wait for its disk would make "committed" a lie.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
        connection.commit()

    event.listen(engine, "connect", connected)
    return engine


class PostgresqlStore(Store):
    def __init__(self, url: URL) -> None:
        super().__init__(url.render_as_string(hide_password=True))
        self._engine = open_engine(url)
        self._snapshot = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def write(self, work: Callable[[Connection], T]) -> T:
        self._refuse_after_fork()
        with fenced():
            for _ in range(ATTEMPTS - 1):
                try:
                    return self._once(work)
                except exc.DBAPIError as raised:
                    if driver_code(raised) not in RERUN:
                        raise
            return self._once(work)

    def _once(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            made = work(connection)
            written = perf_counter()
        pace.committed(pace.Commit(1, 0, perf_counter() - written))
        return made

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._refuse_after_fork()
        with fenced(), self._snapshot.begin() as connection:
            yield connection

    def hold_writer(self) -> None:
        """PostgreSQL has room for many writers."""

    def close(self) -> None:
        self._engine.dispose()
