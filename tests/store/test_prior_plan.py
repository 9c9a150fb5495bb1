"""What is known of earlier results is read from the indexes; every statement about a person's rows holds the person."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from gateway.bundle import CCCD
from gateway.store import Store, prior
from tests.store.conftest import add_exchange
from tests.store.plans import Plan, listening, plans
from tests.store.search_records import HBA1C, LOINC, keep, observation
from tests.store.test_search_plan import filled

__all__ = ["filled"]


@pytest.fixture
def found(filled: Store) -> list[Plan]:
    """The plan of every statement of a question about one person, for results and for studies."""

    def work(conn: Connection) -> None:
        exchange = add_exchange(conn, "x9")
        keep(conn, exchange, observation("o9", effectiveDateTime="2026-02-01"))
        keep(conn, exchange, observation("o9", effectiveDateTime="2026-02-01", status="amended"), later=9)
        study = {
            "resourceType": "ImagingStudy",
            "id": "s9",
            "status": "available",
            "subject": {"reference": "Patient/p1"},
        }
        keep(conn, exchange, study)

    filled.write(work)
    with filled.read() as conn:
        with listening(conn) as sent:
            patients = prior.patients_numbered(conn, CCCD, "079080000001")
            assert [row.id for row in prior.patients_named(conn, "p1")] == [row.id for row in patients] == ["p1"]
            (patient,) = patients
            assert prior.questioned(conn, patients) == set()
            timed = prior.timed(conn, {patient.person}, {(LOINC, HBA1C)})
            kept = prior.kept(conn, {(one.person, one.row) for one in timed[LOINC, HBA1C]})
            assert {one.id: one.former for one in kept} == {"o1": False, "o2": False, "o9": True}
            assert len(prior.former(conn, kept)) == 1
            assert [one.id for one in prior.studies(conn, {patient.person})] == ["s9"]
            assert prior.studies_apart(conn, {patient.person}) == []
            prior.reports_of(conn, {(patient.person, "Observation/o1")}, "result")
            prior.reports_numbered(conn, {(patient.person, "identifier", "urn:s", "1")})
            prior.named(conn, {(patient.person, "Specimen/s1"), (0, "Organization/x")})
        return plans(conn, sent)


def test_no_table_that_grows_is_read_from_end_to_end(found: list[Plan]) -> None:
    assert len(found) >= 10
    for plan in found:
        assert not [step for step in plan.steps if step.whole and step.grows], plan.text


def test_every_statement_that_reads_a_persons_rows_holds_the_person(found: list[Plan]) -> None:
    reading = [plan for plan in found if "resource_version" in plan.statement or "index_result" in plan.statement]
    assert len(reading) >= 6
    for plan in reading:
        held = ("resource_version.person = resource.person", "resource.person = index_result.person")
        own = ("resource_version.person = asked.", "index_result.person = asked.", "resource.current")
        assert any(one in plan.statement for one in (*held, *own)), plan.statement
        if "index_result" in plan.statement:
            (ranged,) = [step for step in plan.steps if step.table in ("index_result", "pk_index_result")][-1:]
            assert "person" in ranged.how, plan.text
