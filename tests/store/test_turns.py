"""What a writer says on PostgreSQL without waiting arrives in order, and its failure is told as what it was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, func, insert, select, text

from gateway.errors import Conflict
from gateway.store import Connection, Store, audit
from gateway.store.arrays import written
from gateway.store.prepared import Prepared, add_rows, reserve
from gateway.store.tables import person
from tests.store.conftest import NOW

ADD = Prepared(insert(person), sets=("rid", "created"))
COUNT = Prepared(select(func.count()).select_from(person))
CREATED = Prepared(select(person.c.created).where(person.c.rid == bindparam("wanted")))

Work = Callable[[Connection], None]


def test_a_question_sees_all_that_was_said_before_it_however_it_is_asked(store: Store) -> None:
    def work(connection: Connection) -> list[Any]:
        ADD.put(connection, rid=1, created=10)
        ADD.many(connection, [{"rid": 2, "created": 20}, {"rid": 3, "created": 30}])
        counted = COUNT.value(connection)
        add_rows(connection, person, [(4, 40)])
        return [counted, connection.execute(select(func.count()).select_from(person)).scalar_one()]

    assert store.write(work) == [3, 4]


def test_what_nobody_asked_about_is_written_when_the_work_ends(store: Store) -> None:
    store.write(lambda connection: ADD.put(connection, rid=7, created=70))
    with store.read() as connection:
        assert CREATED.value(connection, wanted=7) == 70


def test_each_answers_in_the_order_it_was_asked(store: Store) -> None:
    store.write(lambda connection: add_rows(connection, person, [(rid, 10 * rid) for rid in range(1, 6)]))
    with store.read() as connection:
        answers = CREATED.each(connection, [{"wanted": rid} for rid in (4, 9, 1, 4)])
    assert answers == [(40,), (10,), (40,)]


@pytest.mark.parametrize("last", ["nothing", "a question"])
def test_a_row_that_is_there_already_is_a_conflict_whatever_followed_it(store: Store, last: str) -> None:
    store.write(lambda connection: ADD.put(connection, rid=1, created=10))

    def work(connection: Connection) -> None:
        for rid in (2, 1, 3, 4):
            ADD.put(connection, rid=rid, created=0)
        if last == "a question":
            COUNT.value(connection)

    for _ in range(20):  # when the answer comes is chance: the error is the first one's each time
        with pytest.raises(Conflict):
            store.write(work)
    with store.read() as connection:
        assert COUNT.value(connection) == 1


def test_of_works_together_the_failed_one_leaves_nothing_and_the_chain_stays_whole(store: Store) -> None:
    def kept(connection: Connection) -> None:
        audit.append(connection, NOW, "a", "search", "", {})

    def before_anything_is_sent(connection: Connection) -> None:
        ADD.put(connection, rid=1, created=0)
        raise Conflict("order-of-another")

    def after_a_question(connection: Connection) -> None:
        audit.append(connection, NOW, "b", "search", "", {})
        COUNT.value(connection)
        raise Conflict("order-of-another")

    became = together(store, kept, before_anything_is_sent, kept, after_a_question, kept)
    assert [type(one) for one in became] == [type(None), Conflict, type(None), Conflict, type(None)]
    with store.read() as connection:
        assert audit.check(connection) is None
        assert [line.actor for line in audit.lines(connection)] == ["a", "a", "a"]
        assert COUNT.value(connection) == 0


def test_row_ids_grow_with_every_turn_and_are_nobody_elses(store: Store) -> None:
    def draw(connection: Connection) -> list[int]:
        drawn = [*reserve(connection, person, 2)]
        add_rows(connection, person, [(rid, 0) for rid in drawn])
        more = [*reserve(connection, person, 70)]
        add_rows(connection, person, [(rid, 0) for rid in more])
        return drawn + more

    found = [rid for _ in range(3) for rid in store.write(draw)]
    assert found == sorted(set(found))
    assert len(found) == 3 * 72


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))


@given(st.lists(st.one_of(st.none(), TEXT)), st.lists(st.one_of(st.none(), st.binary())))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_postgresql_reads_an_array_as_it_was_written(
    postgresql_store: Store, texts: list[str | None], blobs: list[bytes | None]
) -> None:
    asked = {
        "texts": written(texts),
        "blobs": written(blobs),
        "rest": written([1, None]),
        "truths": written([True, False]),
    }
    query = text("SELECT :texts ::text[], :blobs ::bytea[], :rest ::bigint[], :truths ::boolean[]")
    with postgresql_store.read() as connection:
        row = connection.execute(query, asked).one()
    assert list(row) == [texts, blobs, [1, None], [True, False]]


def together(store: Store, *works: Work) -> list[BaseException | None]:
    """What became of each of the works, which wait until the first has begun and are then one group."""
    begun, go = threading.Event(), threading.Event()

    def first(connection: Connection) -> None:
        works[0](connection)
        begun.set()
        assert go.wait(10)

    with ThreadPoolExecutor(len(works)) as pool:
        made = [pool.submit(store.write, first)]
        assert begun.wait(10)
        for number, work in enumerate(works[1:], 1):
            made.append(pool.submit(store.write, work))
            while len(store._writer._queue) < number:  # type: ignore[attr-defined]  # both stores have one
                pass
        go.set()
        return [one.exception() for one in made]
