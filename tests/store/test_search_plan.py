"""The doctor's question is answered from the indexes, not by reading the table."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, event

from gateway.bundle import CCCD
from gateway.store import Store
from tests.store.conftest import add_exchange
from tests.store.search_records import HBA1C, ask, keep, observation, patient, person

PAIRS = [
    [("patient.identifier", f"{CCCD}|079080000001"), ("code", f"http://loinc.org|{HBA1C}"), ("_sort", "-date")],
    [("patient", "Patient/p1"), ("code", HBA1C), ("_sort", "-date")],
    [("patient", "Patient/p1"), ("_sort", "-date"), ("date", "ge2026")],
    [("code", HBA1C), ("status", "final"), ("date", "ge2026")],
    [("identifier", "urn:x|1")],
    [("_id", "o1"), ("status:not", "final")],
]


def plans(store: Store, pairs: list[tuple[str, str]]) -> list[str]:
    """SQLite's plan of every statement the search sends."""
    sent: list[tuple[str, object]] = []
    with store.read() as conn:

        def note(_c: object, _k: object, statement: str, parameters: object, _x: object, _m: bool) -> None:
            sent.append((statement, parameters))

        event.listen(conn, "before_cursor_execute", note)
        ask(conn, "Observation", *pairs, ("_include", "Observation:subject"))
        event.remove(conn, "before_cursor_execute", note)
        return [
            str(row[3])
            for statement, parameters in sent
            if statement.startswith("SELECT")
            for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]  # as the driver got them
        ]


@pytest.mark.parametrize("pairs", PAIRS)
def test_no_table_is_read_from_end_to_end_nor_every_row_of_a_type(
    sqlite_store: Store, pairs: list[tuple[str, str]]
) -> None:
    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        person(conn, {CCCD: "079080000001"}, keep(conn, exchange, patient("p1")))
        keep(conn, exchange, observation("o1"))

    sqlite_store.write(work)
    steps = plans(sqlite_store, pairs)
    tables = ("resource", "resource_version", "index_", "person")
    assert steps
    assert not [step for step in steps if step.startswith("SCAN") and step.split()[1].startswith(tables)]
    assert not [step for step in steps if "(type=?)" in step]


def test_this_patient_with_this_code_is_one_range_of_the_result_index(sqlite_store: Store) -> None:
    sqlite_store.write(lambda conn: keep(conn, add_exchange(conn), patient("p1")))
    steps = plans(sqlite_store, PAIRS[1])
    assert any("index_result USING PRIMARY KEY (person=? AND type=? AND code=?" in step for step in steps)


def test_a_search_without_criteria_reads_its_own_type_alone(sqlite_store: Store) -> None:
    steps = plans(sqlite_store, [])
    assert any("resource USING INDEX" in step and "(type=?" in step for step in steps), steps
