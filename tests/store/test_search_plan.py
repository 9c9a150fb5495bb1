"""The doctor's question is answered from the indexes, not by reading the table; every hot one holds the person."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from gateway.bundle import CCCD
from gateway.store import Store
from tests.store.conftest import add_exchange
from tests.store.plans import Plan, listening, plans
from tests.store.search_records import HBA1C, LOINC, ask, keep, observation, patient, person

CODE = ("code", f"{LOINC}|{HBA1C}")
NEWEST = ("_sort", "-date")
BY_NUMBER = ("patient.identifier", f"{CCCD}|079080000001")

# What doctors and their systems ask all day.
HOT = [
    [BY_NUMBER, CODE, NEWEST],
    [("patient", "Patient/p1"), CODE, NEWEST],
    [BY_NUMBER, CODE, NEWEST, ("_count", "1")],  # with a total and a next page
    [BY_NUMBER, CODE, NEWEST, ("_include", "Observation:subject")],
]
OTHER = [
    [("patient", "Patient/p1"), ("code", HBA1C), NEWEST],
    [("patient", "Patient/p1"), NEWEST, ("date", "ge2026")],
    [("code", HBA1C), ("status", "final"), ("date", "ge2026")],
    [("identifier", "urn:x|1")],
    [("_id", "o1"), ("status:not", "final")],
    [("_lastUpdated", "ge2030")],
]

# Enough for PostgreSQL to prefer an index where there is one: what it does with a handful of rows says nothing.
MANY = (
    "INSERT INTO resource (rid, type, id, facility, sensitive, current, subject, person)"
    " SELECT n, 'Observation', 'm' || n, '01001', false, n, n % 1000 + 100000, n % 1000 + 100000"
    " FROM generate_series(1000, 20000) AS n",
    "INSERT INTO resource_version (rid, resource_rid, vid, result_time, updated, exchange_rid, body, person)"
    " SELECT n, n, 1, n, n, (SELECT min(rid) FROM exchange), '{}', n % 1000 + 100000"
    " FROM generate_series(1000, 20000) AS n",
    f"INSERT INTO index_result (person, type, code, system, time, resource_rid, subject)"
    f" SELECT n % 1000 + 100000, 'Observation', '{HBA1C}', '{LOINC}', n, n, n % 1000 + 100000"
    " FROM generate_series(1000, 20000) AS n",
    "INSERT INTO index_token (param, code, system, resource_rid)"
    " SELECT p, c || n % v, 'urn:s', n FROM generate_series(1000, 20000) AS n,"
    " (VALUES (601, 'i', 99999), (604, 'c', 200), (607, 's', 4)) AS t(p, c, v)",
    "INSERT INTO index_reference (param, target, resource_rid)"
    " SELECT 602, 'Patient/m' || n % 1000, n FROM generate_series(1000, 20000) AS n",
    "INSERT INTO index_date (param, low, high, resource_rid)"
    " SELECT 606, n, n + 1, n FROM generate_series(1000, 20000) AS n",
    "INSERT INTO exchange (rid, id, position, facility, origin, status, sensitive, jws_sha256, kid, adapter,"
    " adapter_version, record, bundle, bundle_sha256, outcome, account, created)"
    " SELECT n, 'e' || n, 1, '01001', '', 'kept', false, '', '', '', '', '', '', '', '', '', n"
    " FROM generate_series(1000, 20000) AS n",
    "INSERT INTO person (rid, created) SELECT n, 0 FROM generate_series(1000, 20000) AS n",
    "INSERT INTO person_identifier (system, value, person, since)"
    " SELECT 'urn:n', n, n, 0 FROM generate_series(1000, 20000) AS n",
    "ANALYZE",
)


@pytest.fixture
def filled(store: Store) -> Store:
    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        person(conn, {CCCD: "079080000001"}, keep(conn, exchange, patient("p1")))
        keep(conn, exchange, observation("o1", effectiveDateTime="2026-01-05"))
        keep(conn, exchange, observation("o2"))
        if conn.dialect.name == "postgresql":
            for statement in MANY:
                conn.execute(text(statement))

    store.write(work)
    return store


def explained(store: Store, pairs: list[tuple[str, str]]) -> list[Plan]:
    with store.read() as conn:
        with listening(conn) as sent:
            ask(conn, "Observation", *pairs)
        return plans(conn, sent)


@pytest.mark.parametrize("pairs", HOT + OTHER)
def test_no_table_is_read_from_end_to_end(filled: Store, pairs: list[tuple[str, str]]) -> None:
    found = explained(filled, pairs)
    assert found
    for plan in found:
        assert not [step for step in plan.steps if step.whole and step.grows], plan.text


@pytest.mark.parametrize("pairs", HOT)
def test_every_hot_statement_holds_the_person_or_asks_who_it_is(filled: Store, pairs: list[tuple[str, str]]) -> None:
    found = [plan for plan in explained(filled, pairs) if "index_result" in plan.statement]
    assert found
    for plan in found:
        (ranged,) = [step for step in plan.steps if step.table in ("index_result", "pk_index_result")][-1:]
        assert "person" in ranged.how, plan.text
        for table in ("resource", "resource_version"):
            if f" {table} " in plan.statement:
                assert f"{table}.person = index_result.person" in plan.statement
    for plan in explained(filled, pairs):
        if "resource_version" in plan.statement and "index_result" not in plan.statement:  # what is included
            assert "resource_version.person = resource.person" in plan.statement


@pytest.mark.parametrize("pairs", HOT)
def test_a_hot_question_reads_one_persons_rows_in_order_and_sorts_nothing_else(
    filled: Store, pairs: list[tuple[str, str]]
) -> None:
    (page,) = [plan for plan in explained(filled, pairs) if "ORDER BY index_result.time" in plan.statement]
    if "SEARCH" in page.text:  # SQLite: rows of one time are put in the order of arrival, no more
        assert "index_result USING PRIMARY KEY (person=? AND type=? AND code=? AND system=? AND time<?)" in page.text
        assert "B-TREE FOR ORDER BY" not in page.text
    else:
        (ranged,) = [step for step in page.steps if step.table in ("index_result", "pk_index_result")][-1:]
        assert all(f"({name} = " in ranged.how for name in ("person", "type", "code", "system")), page.text


def test_a_question_that_names_index_rows_does_not_begin_with_every_row_of_its_type(sqlite_store: Store) -> None:
    sqlite_store.write(lambda conn: keep(conn, add_exchange(conn), patient("p1")))
    for pairs in [*HOT, *OTHER]:
        for plan in explained(sqlite_store, pairs):
            assert "resource USING INDEX ix_resource_type" not in plan.text, plan.text
            assert "(type=?)" not in plan.text, plan.text


def test_a_search_without_criteria_reads_its_own_type_in_the_order_of_arrival(sqlite_store: Store) -> None:
    (page, *_) = [plan for plan in explained(sqlite_store, []) if "ORDER BY" in plan.statement]
    assert "resource USING INDEX ix_resource_type (type=? AND rid<?)" in page.text
    assert "B-TREE" not in page.text


def test_what_came_since_begins_with_what_came_since(filled: Store) -> None:
    for plan in explained(filled, [("_lastUpdated", "ge2030")]):
        if "resource_version" in plan.statement:
            assert "ix_resource_version_updated" in plan.text, plan.text
