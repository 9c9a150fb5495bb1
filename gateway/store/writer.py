"""The one writer of a database: what waits together is committed together.

Storing costs most where each commit waits for the disk (synchronous=FULL). So callers queue
their work; the writer runs those that wait, one after another, commits once, and only then
wakes every caller. A work that fails takes back what it did itself and nothing else. The
writer never idles to gather more: while it commits, the next group forms by itself. Small works
that somebody's answer waits for go first, and are committed at once (``soon``).

No two groups of one database interleave: SQLite has one writer, and on PostgreSQL the
writers of all processes and hosts take turns (``begun`` waits for its own). So a work may
read, judge and write as if it were alone, and two never wait for each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock, Thread, current_thread
from time import monotonic, perf_counter
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, exc

from gateway.errors import StoreUnavailable
from gateway.store import pace, turns
from gateway.store.faults import driver_code, translated
from gateway.store.prepared import driver, raised_as_ours, say, send
from gateway.store.waiting import Lines

T = TypeVar("T")

GATHER = 0.010  # seconds a group may grow before it is committed
GROUP = 64  # works in a group at most
ATTEMPTS = 4  # of one work, the first included
_SAVEPOINT = "SAVEPOINT work"
# PostgreSQL's serialization failure, deadlock, and a row another transaction inserted first, as when
# someone else is at the tables: run again, the work sees what the other committed
# (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
RERUN = frozenset({"40001", "40P01", "23505"})


@dataclass(slots=True, eq=False)
class _Waiting:
    """A caller's work, and where the caller waits for what became of it."""

    work: Callable[[Connection], Any]
    soon: bool = False
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    attempts: int = 1


class Writer:
    """One thread, one connection. ``begun`` is called first in every group's transaction."""

    def __init__(self, engine: Engine, begun: Callable[[Connection], None] | None = None) -> None:
        self._engine = engine
        self._begun = begun
        self._queue: Lines[_Waiting | None] = Lines()
        self._again: deque[_Waiting] = deque()
        self._gate = Lock()
        self._closed = False
        self._passed_over = False  # the last group took none but those to be answered soon
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Connection], T], *, soon: bool = False) -> T:
        """As Store.write."""
        if current_thread() is self._thread:
            raise RuntimeError("a write inside a write waits for itself; use the connection at hand")
        waiting = _Waiting(work, soon)
        with self._gate:
            if self._closed:
                raise StoreUnavailable("store-closed")
            self._queue.put(waiting, soon=soon)
        try:
            result: T = waiting.future.result()
        finally:
            del waiting  # a future holds its exception, the exception this frame: break the ring
        return result

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            first = self._again.popleft() if self._again else self._queue.get()
            if first is None:
                return
            self._commit_together(first)

    def _commit_together(self, first: _Waiting) -> None:
        group = [first]
        try:
            with self._engine.connect() as connection, connection.begin() as transaction:
                turns.begin(connection)
                if self._begun is not None:
                    self._begun(connection)
                if not self._first(connection, first):
                    group.clear()
                    transaction.rollback()
                    return
                until = monotonic() + GATHER
                soon, others = first.soon, not first.soon
                while len(group) < GROUP and monotonic() < until:
                    # Nobody comes between one who is to be answered soon and its commit, but every second time.
                    following = self._following(soon=soon and (others or not self._passed_over))
                    if following is None:
                        break
                    soon, others = soon or following.soon, others or not following.soon
                    group.append(following)
                    if not self._beside(connection, following):
                        group.remove(following)
                self._passed_over = not others
                written = perf_counter()
            took = perf_counter() - written
        except BaseException as raised:
            # Nothing of the group is kept, and each caller is told so; the next group starts afresh.
            rule = _rule(raised)
            for waiting in group:
                waiting.future.set_exception(StoreUnavailable(rule))
        else:
            for waiting in group:
                waiting.future.set_result(waiting.result)
            pace.committed(pace.Commit(len(group), len(self._queue), took))

    def _following(self, *, soon: bool) -> _Waiting | None:
        if not self._queue:
            return None
        following = self._queue.take(soon=soon)
        if following is None and not soon:  # the end: it waits for the next round
            self._queue.put(None)
        return following

    def _first(self, connection: Connection, waiting: _Waiting) -> bool:
        """Run a group's first work; False, and all to be taken back, when it fails."""
        try:
            waiting.result = waiting.work(connection)
            send(connection)
        except BaseException as raised:
            self._failed(waiting, raised)
            return False
        return True

    def _beside(self, connection: Connection, waiting: _Waiting) -> bool:
        """Run one more work, in a savepoint; False, with nothing of it left, when it fails.

        Some failures (disk full) make SQLite roll back the whole transaction; then the savepoint is
        gone, taking it back raises, and the whole group is lost
        (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
        """
        turn = turns.of(connection)
        say(connection, _SAVEPOINT)
        try:
            waiting.result = waiting.work(connection)
            say(connection, "RELEASE SAVEPOINT work")
            send(connection)
        except BaseException as raised:
            try:
                if turn is None or not turn.forget(_SAVEPOINT):
                    with raised_as_ours(connection):
                        driver(connection).execute("ROLLBACK TO SAVEPOINT work")
            except exc.SQLAlchemyError:
                raise StoreUnavailable(_rule(raised)) from None
            self._failed(waiting, raised)
            return False
        return True

    def _failed(self, waiting: _Waiting, raised: BaseException) -> None:
        """Told at once, since nothing of it will be kept; or run again, where that may help."""
        if isinstance(raised, exc.DBAPIError) and driver_code(raised) in RERUN and waiting.attempts < ATTEMPTS:
            waiting.attempts += 1
            self._again.append(waiting)
        else:
            waiting.future.set_exception(translated(raised) if isinstance(raised, exc.SQLAlchemyError) else raised)


def _rule(raised: BaseException) -> str:
    """Why a group was lost: the rule of what the database said, where it said anything."""
    fault = translated(raised) if isinstance(raised, exc.SQLAlchemyError) else raised
    return fault.issues[0].rule if isinstance(fault, StoreUnavailable) else "store-not-committed"
