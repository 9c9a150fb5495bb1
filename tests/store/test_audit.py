"""The audit trail cannot be changed by the program, nor by anyone without it showing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from gateway.errors import GatewayError
from gateway.store import Connection, Store, audit
from tests.store.conftest import NOW


def write(store: Store, number: int) -> bytes:
    return store.write(
        lambda connection: audit.append(
            connection, NOW + timedelta(seconds=number), "c1", "search", "law", {"number": number}
        )
    )


def execute(store: Store, *statements: str) -> None:
    """As someone with the database in hand, the triggers taken off."""

    def work(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER IF EXISTS audit_event_no_update"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_event_no_delete"))
        else:
            connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))

    store.write(work)


def broken_at(store: Store) -> int | None:
    with store.read() as connection:
        return audit.check(connection)


@pytest.fixture
def trail(store: Store) -> Store:
    for number in range(1, 6):
        write(store, number)
    return store


def test_lines_come_back_in_order_and_the_chain_holds(trail: Store) -> None:
    assert broken_at(trail) is None
    with trail.read() as connection:
        lines = list(audit.lines(connection))
        assert [line.detail for line in lines] == [{"number": number} for number in range(1, 6)]
        assert (lines[0].recorded, lines[0].actor, lines[0].action, lines[0].basis) == (
            NOW + timedelta(seconds=1),
            "c1",
            "search",
            "law",
        )
        assert [line.rid for line in audit.lines(connection, after=lines[2].rid, limit=1)] == [lines[3].rid]


def test_an_empty_trail_holds(store: Store) -> None:
    assert broken_at(store) is None
    with store.read() as connection:
        assert audit.head(connection) == bytes(32)


def test_the_head_is_the_digest_of_the_newest_line(trail: Store) -> None:
    newest = write(trail, 6)
    with trail.read() as connection:
        assert audit.head(connection) == newest
    assert write(trail, 6) != newest  # the same line after another is another digest


@pytest.mark.parametrize(
    "column", ["recorded = recorded + 1", "actor = 'x'", "action = 'x'", "basis = 'x'", "detail = '{}'"]
)
def test_a_changed_line_shows_at_its_place(trail: Store, column: str) -> None:
    execute(trail, f"UPDATE audit_event SET {column} WHERE rid = 3")
    assert broken_at(trail) == 3


def test_a_removed_line_shows_at_the_next(trail: Store) -> None:
    execute(trail, "DELETE FROM audit_event WHERE rid = 3")
    assert broken_at(trail) == 4


def test_two_exchanged_lines_show(trail: Store) -> None:
    execute(
        trail,
        "UPDATE audit_event SET rid = -3 WHERE rid = 3",
        "UPDATE audit_event SET rid = 3 WHERE rid = 4",
        "UPDATE audit_event SET rid = 4 WHERE rid = -3",
    )
    assert broken_at(trail) == 3


def test_moving_a_word_from_one_field_to_the_next_shows(trail: Store) -> None:
    execute(trail, "UPDATE audit_event SET actor = 'c1search', action = '' WHERE rid = 2")
    assert broken_at(trail) == 2


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"])
def test_the_database_itself_refuses_to_change_the_trail(trail: Store, statement: str) -> None:
    with pytest.raises(GatewayError):
        trail.write(lambda connection: connection.execute(text(statement)).close())
    assert broken_at(trail) is None
    with trail.read() as connection:
        assert len(list(audit.lines(connection))) == 5


def test_many_writing_at_once_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: write(store, number), range(60)))
    assert broken_at(store) is None
    with store.read() as connection:
        assert len(list(audit.lines(connection))) == 60
