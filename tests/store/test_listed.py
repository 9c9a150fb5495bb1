"""Many rows by one statement on SQLite: the rows, and the answers, are those of one statement each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, bindparam, delete, select

from gateway.errors import Conflict
from gateway.store import Store
from gateway.store.listed import LARGEST, STEP, parts
from gateway.store.prepared import Prepared, add_rows
from gateway.store.tables import person

HELD = Prepared(select(person.c.rid, person.c.created).where(person.c.created == bindparam("made")))
EMPTY = Prepared(delete(person))
COUNTS = [0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP + 5, LARGEST, LARGEST + 1, 2 * LARGEST + STEP + 1]


@given(st.integers(0, 5 * LARGEST))
def test_every_row_is_in_one_part_and_few_sizes_are_met(count: int) -> None:
    met = list(parts(count))
    assert [number for part in met for number in part] == list(range(count))
    assert all(len(part) % STEP == 0 for part in met[:-1])
    assert all(0 < len(part) <= LARGEST for part in met)
    assert len(met) <= count // LARGEST + 2


@pytest.mark.parametrize("count", COUNTS)
def test_all_rows_are_inserted_and_asked_for_in_order(store: Store, count: int) -> None:
    rows = [(rid, rid % 7) for rid in range(1, count + 1)]

    def work(connection: Connection) -> list[tuple[int, ...]]:
        EMPTY.put(connection)
        add_rows(connection, person, rows)
        return HELD.each(connection, [{"made": made} for made in (3, 9, 0, 3)])

    found = store.write(work)
    of_three, of_none = [row for row in rows if row[1] == 3], [row for row in rows if row[1] == 0]
    assert [made for _, made in found] == [made for _, made in [*of_three, *of_none, *of_three]]
    assert sorted(found) == sorted([*of_three, *of_none, *of_three])


@pytest.mark.parametrize("asked", [LARGEST + 20])
def test_more_questions_than_one_statement_takes_are_answered_in_order(store: Store, asked: int) -> None:
    store.write(lambda connection: add_rows(connection, person, [(rid, rid) for rid in range(1, asked + 1)]))
    wanted = [number * 7 % (asked + 9) + 1 for number in range(asked)]
    with store.read() as connection:
        found = HELD.each(connection, [{"made": made} for made in wanted])
    assert found == [(made, made) for made in wanted if made <= asked]


def test_one_row_that_is_there_already_takes_the_others_of_its_work_back(store: Store) -> None:
    store.write(lambda connection: add_rows(connection, person, [(5, 0)]))
    with pytest.raises(Conflict):
        store.write(lambda connection: add_rows(connection, person, [(rid, 1) for rid in range(1, 9)]))
    with store.read() as connection:
        assert HELD.all(connection, made=1) == []
