"""A writer's turn: one transaction, and what was said in it that nobody waits for.

A journey to a PostgreSQL server and back costs both sides more than most statements do, and an
exchange is written in dozens whose answers nobody reads. In a turn these are put aside and travel
with the next question, in one journey, in the order they were said; what is left travels when the
work ends (https://www.postgresql.org/docs/current/libpq-pipeline-mode.html). So what they raise
comes with the next answer, and before the work counts as done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

Values = Sequence[Any]

_TURN = "turn"  # its place in Connection.info


class Turn:
    """``known``: what was read or made in it and holds until it ends, or until a work of it is taken back."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self._said: list[tuple[str, Sequence[Values]]] = []

    @property
    def silent(self) -> bool:
        """Nothing waits to be sent."""
        return not self._said

    def say(self, sql: str, rows: Sequence[Values]) -> None:
        """Run the statement for each of ``rows``, later."""
        self._said.append((sql, rows))

    def send(self, driver: Any, *question: Any) -> Any:
        """Send what waits, then the question (a statement and its values) if there is one: the cursor of its answer."""
        said, self._said = self._said, []
        cursor = driver.cursor()
        with driver.pipeline() as pipeline:
            pipeline._exit_gen = partial(_ended, pipeline)
            for sql, rows in said:
                if len(rows) == 1:
                    cursor.execute(sql, rows[0])
                else:
                    cursor.executemany(sql, rows)
            return driver.execute(*question) if question else cursor

    def forget(self, first: str) -> bool:
        """A work is taken back. True when ``first``, the statement it began with, was never sent: so nothing was."""
        self.known.clear()
        said, self._said = self._said, []
        return any(sql == first for sql, _ in said)


def _ended(pipeline: Any) -> Iterator[Any]:
    """The driver's own end of a pipeline, but for two things.

    It sends a Flush after the Sync: by that the server takes a silent session for one that speaks, and
    idle_in_transaction_session_timeout never ends it. And it raises the last error, "pipeline aborted", not the first.
    """
    found: list[Exception] = []
    pipeline._enqueue_sync()
    for rest in (pipeline._communicate_gen(), pipeline._fetch_gen(flush=False)):
        try:
            yield from rest
        except Exception as raised:
            found.append(raised)
    if found:
        raise found[0]


def begin(connection: Connection) -> Turn:
    """The turn that begins with the connection's transaction."""
    turn = connection.info[_TURN] = Turn()
    return turn


def end(connection: Connection) -> None:
    """Whoever gets the connection next finds no turn in it."""
    connection.info.pop(_TURN, None)


def of(connection: Connection) -> Turn | None:
    """The turn a connection is in; None outside of one, where every statement is run at once."""
    found: Turn | None = connection.info.get(_TURN)
    return found
