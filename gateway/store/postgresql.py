"""A store in PostgreSQL: pooled snapshots, and one writer a process; processes and hosts take turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event

from gateway.store import locks
from gateway.store.contract import Store
from gateway.store.faults import fenced
from gateway.store.prepared import driver, raised_as_ours
from gateway.store.writer import Writer

T = TypeVar("T")

TURN = 60_000  # ms a writer waits for its turn
# ms the server lets one be silent within its turn: a host that vanished or froze is ended, and the others go on.
SILENCE = 20_000


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
        self._writer = Writer(self._engine, _take_turn)
        self._snapshot = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def write(self, work: Callable[[Connection], T]) -> T:
        self._refuse_after_fork()
        return self._writer.write(work)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._refuse_after_fork()
        with fenced(), self._snapshot.begin() as connection:
            yield connection

    def hold_writer(self) -> None:
        """PostgreSQL has room for many, who take turns."""

    def close(self) -> None:
        self._writer.close()
        self._engine.dispose()


def _take_turn(connection: Connection) -> None:
    """Wait until no other process or host writes; the turn ends with the transaction."""
    with raised_as_ours(connection):
        driver(connection).execute(
            f"SET LOCAL lock_timeout = {TURN}; SET LOCAL idle_in_transaction_session_timeout = {SILENCE}"
        )
    locks.hold(connection, locks.Lock.WRITING)
