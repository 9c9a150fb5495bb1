"""docs/examples/partition-by-person.sql, run on a database in use: same answers, one part read, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection

from gateway.bundle import CCCD
from gateway.store import Store, open_store, persons, schema
from tests.store.conftest import add_exchange
from tests.store.plans import listening, plans
from tests.store.search_records import HBA1C, LOINC, ask, found, keep, observation, patient, person
from tests.store.test_person_key import keys

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "partition-by-person.sql"
NEWEST = (("code", f"{LOINC}|{HBA1C}"), ("_sort", "-date"))
HOT = (("patient.identifier", f"{CCCD}|079080000001"), *NEWEST)
ASKED = (HOT, (("patient", "p3"), *NEWEST), (("code", HBA1C),), (("_lastUpdated", "ge2026"),))


@pytest.fixture
def parted(postgresql_url: str) -> Iterator[tuple[Store, list[list[str]]]]:
    """A store in use that was then divided, and what it answered before."""
    schema.prepare(postgresql_url)
    store = open_store(postgresql_url)
    store.write(_fill)
    with store.read() as conn:
        before = [found(conn, "Observation", *pairs) for pairs in ASKED]
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(SCRIPT.read_bytes())
    yield store, before
    store.close()


def _fill(conn: Connection) -> None:
    exchange = add_exchange(conn)
    rids = [keep(conn, exchange, patient(f"p{number}")) for number in range(1, 6)]
    person(conn, {CCCD: "079080000001"}, *rids[:2])
    for number in range(20):
        day = f"2026-01-{number + 1:02}"
        keep(conn, exchange, observation(f"o{number}", f"Patient/p{number % 5 + 1}", effectiveDateTime=day))


def test_every_question_has_the_answer_it_had_and_new_results_are_found(parted: tuple[Store, list[list[str]]]) -> None:
    store, before = parted
    assert len(before[0]) == 8
    with store.read() as conn:
        assert [found(conn, "Observation", *pairs) for pairs in ASKED] == before
    made = [observation(f"n{number}", "Patient/p1", effectiveDateTime="2026-02-01") for number in range(12)]
    made.append(observation("o0", "Patient/p1", effectiveDateTime="2026-03-01"))  # a correction

    def more(conn: Connection) -> None:
        exchange = add_exchange(conn, "x2")
        for one in made:
            keep(conn, exchange, one, later=60)

    store.write(more)
    with store.read() as conn:
        newest = found(conn, "Observation", *HOT)
        assert newest == ["o0", *(f"n{number}" for number in range(12)), *(name for name in before[0] if name != "o0")]


def test_a_hot_question_looks_into_one_part_of_each_table(parted: tuple[Store, list[list[str]]]) -> None:
    store, _ = parted
    with store.read() as conn:
        with listening(conn) as sent:
            ask(conn, "Observation", *HOT)
        pages = [plan for plan in plans(conn, sent) if "ORDER BY index_result.time" in plan.statement]
    assert len(pages) == 2  # one for each Patient of the person
    for page in pages:
        parts = sorted(step.table for step in page.steps if step.table.startswith(("index_result_", "resource_ver")))
        assert len(parts) == 2, page.text
        assert parts[0].removeprefix("index_result_") == parts[1].removeprefix("resource_version_")


def test_a_link_moves_a_patients_rows_to_the_persons_part(parted: tuple[Store, list[list[str]]]) -> None:
    store, before = parted
    with store.read() as conn:
        (whose,) = persons.holders(conn, [(CCCD, "079080000001")]).values()
        alone = {name: rid for rid, name in persons.patients_of(conn, range(-50, 0))}
    store.write(lambda conn: persons.link_patient(conn, alone["Patient/p3"], whose))
    with store.read() as conn:
        now = keys(conn)
        assert all(len(some) == 1 for some in now.values())
        assert now["Patient/p3"] == now["Observation/o2"] == {whose}
        assert sorted(found(conn, "Observation", *HOT)) == sorted([*before[0], *before[1]])
