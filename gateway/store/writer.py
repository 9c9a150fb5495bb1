"""The one writer of a SQLite database: what waits together is committed together.

Storing costs most where each commit waits for the disk (synchronous=FULL). So callers queue
their work; the writer runs those that wait, each inside a savepoint of its own, commits once,
and only then wakes every caller. A work that fails takes back its own savepoint and nothing
else. The writer never idles to gather more: while it commits, the next group forms by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from time import monotonic, perf_counter
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, exc

from gateway.errors import StoreUnavailable
from gateway.store import pace
from gateway.store.faults import translated

T = TypeVar("T")

GATHER = 0.010  # seconds a group may grow before it is committed
GROUP = 64  # works in a group at most


@dataclass(slots=True)
class _Waiting:
    """A caller's work, and where the caller waits for what became of it."""

    work: Callable[[Connection], Any]
    future: Future[Any] = field(default_factory=Future)
    result: Any = None


class Writer:
    """One thread, one connection. ``engine`` begins transactions with BEGIN IMMEDIATE."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._gate = Lock()
        self._closed = False
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Connection], T]) -> T:
        """As Store.write."""
        if current_thread() is self._thread:
            raise RuntimeError("a write inside a write waits for itself; use the connection at hand")
        waiting = _Waiting(work)
        with self._gate:
            if self._closed:
                raise StoreUnavailable("store-closed")
            self._queue.put(waiting)
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
        while (first := self._queue.get()) is not None:
            self._commit_together(first)

    def _commit_together(self, first: _Waiting) -> None:
        group = [first]
        try:
            with self._engine.begin() as connection:
                until = monotonic() + GATHER
                _attempt(connection, first)
                while len(group) < GROUP and monotonic() < until and (following := self._following()) is not None:
                    group.append(following)
                    _attempt(connection, following)
                written = perf_counter()
            seconds = perf_counter() - written
        except BaseException as raised:
            # Nothing of the group is kept, and each caller is told so; the next group starts afresh.
            rule = _rule(raised)
            for waiting in group:
                if not waiting.future.done():
                    waiting.future.set_exception(StoreUnavailable(rule))
        else:
            for waiting in group:
                if not waiting.future.done():
                    waiting.future.set_result(waiting.result)
            pace.committed(pace.Commit(len(group), self._queue.qsize(), seconds))

    def _following(self) -> _Waiting | None:
        try:
            following = self._queue.get_nowait()
        except Empty:
            return None
        if following is None:  # the end: it waits for the next round
            self._queue.put(None)
        return following


def _attempt(connection: Connection, waiting: _Waiting) -> None:
    """Run one work in its savepoint; a failure is told at once, since nothing of it will be kept.

    Some failures (disk full) make SQLite roll back the whole transaction; then the savepoint is
    gone, taking it back raises, and the whole group is lost
    (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
    """
    savepoint = connection.begin_nested()
    try:
        waiting.result = waiting.work(connection)
        savepoint.commit()
    except BaseException as raised:
        try:
            savepoint.rollback()
        except exc.SQLAlchemyError:
            raise StoreUnavailable(_rule(raised)) from None
        waiting.future.set_exception(translated(raised) if isinstance(raised, exc.SQLAlchemyError) else raised)


def _rule(raised: BaseException) -> str:
    """Why a group was lost: the rule of what the database said, where it said anything."""
    fault = translated(raised) if isinstance(raised, exc.SQLAlchemyError) else raised
    return fault.issues[0].rule if isinstance(fault, StoreUnavailable) else "store-not-committed"
