"""Index rows: which a resource gets, and that their numbers never change."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Table, select

from gateway.search.dates import BEGINNING, END, interval
from gateway.search.parameters import PARAMETERS
from gateway.store import Store, elements, index
from gateway.store.tables import index_date, index_reference, index_result, index_token
from tests.store.conftest import add_exchange
from tests.store.search_records import HBA1C, LOINC, keep, observation, patient

TABLES = (index_token, index_reference, index_date, index_result)


def rows(conn: Connection, table: Table, rid: int) -> list[tuple[Any, ...]]:
    """A resource's rows without its own number."""
    wanted = [column for column in table.columns if column.name != "resource_rid"]
    return sorted(tuple(row) for row in conn.execute(select(*wanted).where(table.c.resource_rid == rid)))


def test_the_numbers_in_stored_rows_never_change() -> None:
    pinned = {
        ("Patient", "identifier"): 101, ("Coverage", "beneficiary"): 219, ("Encounter", "date"): 306,
        ("ServiceRequest", "authored"): 411, ("DiagnosticReport", "issued"): 510, ("DiagnosticReport", "result"): 516,
        ("Observation", "identifier"): 601, ("Observation", "subject"): 602, ("Observation", "code"): 604,
        ("Observation", "date"): 606, ("Observation", "status"): 607, ("Observation", "date-or-issued"): 629,
        ("Specimen", "collected"): 712, ("Organization", "identifier"): 801, ("PractitionerRole", "practitioner"): 1021,
        ("Device", "patient"): 1203, ("Media", "created"): 1323, ("DocumentReference", "category"): 1405,
        ("Procedure", "based-on"): 1508, ("Condition", "recorded-date"): 1624, ("ImagingStudy", "started"): 1713,
        ("ImagingStudy", "basedon"): 1725, ("Provenance", "target"): 1826, ("Task", "authored-on"): 1928,
    }  # fmt: skip
    assert {key: index.PARAMS[key[0]][key[1]] for key in pinned} == pinned


def test_every_parameter_has_a_number_of_its_own() -> None:
    built = [p for rows in PARAMETERS.values() for p in rows.values() if p.path and p.rows == p.name]
    numbers = [index.number(parameter) for parameter in built]
    assert len(set(numbers)) == len(built) > 80
    assert max(numbers) < 2**15


def test_a_result_is_indexed_by_patient_code_and_time(store: Store) -> None:
    made = observation("o1", effectiveDateTime="2026-01-05", issued="2026-01-07T00:00:00Z")
    made["code"]["coding"].append({"code": "GLU"})
    low, high = interval("2026-01-05") or (0, 0)

    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        subject = keep(conn, exchange, patient("p1"))
        rid = keep(conn, exchange, made)
        assert rows(conn, index_result, rid) == [
            (-subject, "Observation", HBA1C, LOINC, low, subject),  # a Patient nobody linked is a person of its own
            (-subject, "Observation", "GLU", "", low, subject),
        ]
        assert rows(conn, index_date, rid) == [(606, low, high)]
        assert rows(conn, index_reference, rid) == [(602, "Patient/p1")]
        assert rows(conn, index_token, rid) == [
            (604, HBA1C, LOINC),
            (604, "GLU", ""),
            (607, "final", "http://hl7.org/fhir/observation-status"),
        ]

    store.write(work)


def test_indexing_again_replaces_and_unindexing_removes_everything(store: Store) -> None:
    def work(conn: Connection) -> None:
        exchange = add_exchange(conn)
        subject = keep(conn, exchange, patient("p1"))
        other = keep(conn, exchange, observation("o0"))
        rid = keep(conn, exchange, observation("o1", effectiveDateTime="2026"))
        before = {table.name: rows(conn, table, other) for table in TABLES}
        index.index(conn, rid, observation("o1", "Patient/p2", code="x"), subject)
        assert [row[1] for row in rows(conn, index_reference, rid)] == ["Patient/p2"]
        assert rows(conn, index_date, rid) == []
        assert [row[2] for row in rows(conn, index_result, rid)] == ["x"]
        index.unindex(conn, [rid])
        assert not any(rows(conn, table, rid) for table in TABLES)
        assert {table.name: rows(conn, table, other) for table in TABLES} == before

    store.write(work)


def test_a_guides_name_of_the_citizen_id_is_indexed_under_the_fixed_one(store: Store) -> None:
    alias = {"system": "https://basespecs.vn/NamingSystem/NationalID", "value": "079080000001"}

    def work(conn: Connection) -> None:
        rid = keep(conn, add_exchange(conn), patient("p1", identifier=[alias]))
        assert rows(conn, index_token, rid) == [(101, "079080000001", "http://fhir.hl7.org.vn/core/sid/cccd")]

    store.write(work)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"effectivePeriod": {"start": "2026-01-05", "end": "2026-01-06"}}, ("2026-01-05", "2026-01-06")),
        ({"effectivePeriod": {"start": "2026-01-05"}}, ("2026-01-05", None)),
        ({"effectivePeriod": {"end": "2026-01-06"}}, (None, "2026-01-06")),
        ({"effectiveInstant": "2026-01-05T01:02:03.5Z"}, ("2026-01-05T01:02:03.5Z", "2026-01-05T01:02:03.5Z")),
        ({"effectiveTiming": {"event": ["2026-01-05"]}}, ("2026-01-05", "2026-01-05")),
    ],
)
def test_a_date_of_any_type_is_the_interval_it_covers(
    store: Store, made: dict[str, Any], expected: tuple[str | None, str | None]
) -> None:
    first, last = (interval(text) if text else None for text in expected)
    span = (first[0] if first else BEGINNING, last[1] if last else END)

    def work(conn: Connection) -> None:
        rid = keep(conn, add_exchange(conn), observation("o1", **made))
        assert rows(conn, index_date, rid) == [(606, *span)]

    store.write(work)


def test_what_is_malformed_is_simply_not_found_by() -> None:
    assert index.result_time(observation("o1", effectiveDateTime="soon")) == BEGINNING
    assert list(elements.tokens({"system": "urn:x"})) == []
    assert list(elements.tokens({"text": "glucose"})) == []
