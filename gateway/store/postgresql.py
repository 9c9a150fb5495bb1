"""A store in PostgreSQL: pooled snapshots, and one writer a process; processes and hosts take turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.store import locks
from gateway.store.contract import Store
from gateway.store.faults import fenced
from gateway.store.prepared import send
from gateway.store.writer import Writer

T = TypeVar("T")

TURN = 60_000  # ms a writer waits for its turn
# ms the server lets one be silent within its turn: a host that vanished or froze is ended, and the others go on.
SILENCE = 20_000
TRUSTED = 1.0  # seconds after its last use in which a connection is not asked whether it still stands


def open_engine(url: URL, *, pool: int = 16) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=30,
        hide_parameters=True,  # they are patients' values
    )

    def connected(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_DURABLE)
        connection.commit()

    def given_back(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_RESTED] = monotonic()

    def taken(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        """One that rested may have lost its server meanwhile; to ask each time would be a journey a statement."""
        if monotonic() - record.info.get(_RESTED, 0.0) > TRUSTED and not _answers(engine, connection):
            raise exc.InvalidatePoolError

    event.listen(engine, "connect", connected)
    event.listen(engine, "checkin", given_back)
    event.listen(engine, "checkout", taken)
    return engine


# A server that does not wait for its disk would make "committed" a lie.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
_RESTED = "rested"


def _answers(engine: Engine, connection: Any) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False


def _open_writing(url: URL) -> Engine:
    """The one connection a writer writes by; its statements stay prepared.

    It looks for rows by their keys alone, a few in a table of any size. The planner, which prepares
    some of it while the tables are small, is to stay with the keys when they have grown.
    """
    engine = open_engine(url, pool=1)

    def connected(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {TURN}")
            cursor.execute(f"SET idle_in_transaction_session_timeout = {SILENCE}")
            for way in _BY_KEY:
                cursor.execute(f"SET {way} = off")
        connection.commit()

    def before(connection: Connection, *_: object) -> None:
        send(connection)

    event.listen(engine, "connect", connected)
    event.listen(engine, "before_cursor_execute", before)  # what Core asks comes after what was said, too
    return engine


_BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")  # all off


class PostgresqlStore(Store):
    def __init__(self, url: URL) -> None:
        super().__init__(url.render_as_string(hide_password=True))
        self._engine = open_engine(url)
        self._writing = _open_writing(url)
        self._writer = Writer(self._writing, _take_turn)
        self._snapshot = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def write(self, work: Callable[[Connection], T], *, soon: bool = False) -> T:
        self._refuse_after_fork()
        return self._writer.write(work, soon=soon)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._refuse_after_fork()
        with fenced(), self._snapshot.begin() as connection:
            yield connection

    def hold_writer(self) -> None:
        """PostgreSQL has room for many, who take turns."""

    def close(self) -> None:
        self._writer.close()
        self._writing.dispose()
        self._engine.dispose()


def _take_turn(connection: Connection) -> None:
    """No other process or host writes from here on; the turn ends with the transaction.

    Said, not asked: nothing of the turn is sent before it.
    """
    locks.say(connection, locks.Lock.WRITING)
