"""The person is the key of what is about a human being: from its first version on, through links and an upgrade."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect, select, text

from gateway.bundle import CCCD
from gateway.store import Store, open_store, parsed_url, persons, postgresql, schema, sqlite
from gateway.store.tables import index_result, resource, resource_version
from gateway.store.words import stored_body
from tests.store.conftest import NOW, add_exchange
from tests.store.search_records import HBA1C, LOINC, found, keep, observation, patient

NEWEST = (("code", f"{LOINC}|{HBA1C}"), ("_sort", "-date"))


def keys(conn: Connection) -> dict[str, set[int]]:
    """``Type/id`` → the persons in the resource's row, its versions' and its results': one, where all is well."""
    made: dict[str, set[int]] = {}
    for rid, kind, name, whose in conn.execute(
        select(resource.c.rid, resource.c.type, resource.c.id, resource.c.person)
    ):
        others = [
            conn.scalars(select(table.c.person).where(table.c.resource_rid == rid))
            for table in (resource_version, index_result)
        ]
        made[f"{kind}/{name}"] = {whose, *(key for some in others for key in some)}
    return made


def two_patients(conn: Connection) -> tuple[int, int]:
    exchange = add_exchange(conn)
    rids = keep(conn, exchange, patient("p1")), keep(conn, exchange, patient("p2"))
    keep(conn, exchange, observation("o1"))
    keep(conn, exchange, observation("o2", "Patient/p2"))
    keep(conn, exchange, {"resourceType": "Organization", "id": "lab"})
    return rids


def test_a_patient_nobody_linked_is_a_person_of_its_own_and_the_key_is_never_null(store: Store) -> None:
    one, two = store.write(two_patients)
    with store.read() as conn:
        assert keys(conn) == {
            "Patient/p1": {-one}, "Observation/o1": {-one}, "Patient/p2": {-two}, "Observation/o2": {-two},
            "Organization/lab": {0},
        }  # fmt: skip
        assert persons.person_of(conn, one) is None


def test_all_that_is_about_a_patient_moves_with_the_link_and_nothing_else_does(store: Store) -> None:
    one, two = store.write(two_patients)

    def link(conn: Connection) -> int:
        joined = persons.add_person(conn, NOW)
        persons.link_patient(conn, one, joined)
        return joined

    joined = store.write(link)
    with store.read() as conn:
        apart = keys(conn)
        assert (apart["Patient/p1"], apart["Observation/o1"]) == ({joined}, {joined})
        assert (apart["Patient/p2"], apart["Observation/o2"]) == ({-two}, {-two})
    store.write(lambda conn: persons.link_patient(conn, two, joined))
    with store.read() as conn:
        assert keys(conn) == {name: {0 if name == "Organization/lab" else joined} for name in apart}
        assert found(conn, "Observation", ("patient", "p1"), *NEWEST) == ["o1"]
    store.write(lambda conn: persons.link_patient(conn, one, None))
    with store.read() as conn:
        assert keys(conn) == apart | {
            "Patient/p1": {-one}, "Observation/o1": {-one}, "Patient/p2": {joined}, "Observation/o2": {joined},
        }  # fmt: skip


def test_a_result_that_turns_out_to_be_another_patients_moves_with_its_versions(store: Store) -> None:
    _, two = store.write(two_patients)
    store.write(lambda conn: keep(conn, add_exchange(conn, "x2"), observation("o1", "Patient/p2"), later=60))
    with store.read() as conn:
        assert keys(conn)["Observation/o1"] == {-two}
        assert found(conn, "Observation", ("patient", "p2"), *NEWEST) == ["o2", "o1"][::-1]
        assert found(conn, "Observation", ("patient", "p1"), *NEWEST) == []


# ---- an older database ----------------------------------------------------------------

# As the first release kept them: two Patients of one person, one of nobody's, a result of each.
FIRST = (
    "INSERT INTO exchange (rid, id, position, facility, origin, status, sensitive, jws_sha256, kid, adapter,"
    " adapter_version, record, bundle, bundle_sha256, outcome, account, created)"
    " VALUES (1, 'x1', 1, '01001', '', 'kept', false, '', '', '', '', '', '', '', '', '', 0)",
    "INSERT INTO person (rid, created) VALUES (5, 0)",
    f"INSERT INTO person_identifier (system, value, person, since) VALUES ('{CCCD}', '079080000001', 5, 0)",
    "INSERT INTO resource (rid, type, id, facility, sensitive, current, subject, person) VALUES"
    " (1, 'Patient', 'p1', '01001', false, 11, 1, 5), (2, 'Patient', 'p2', '01001', false, 12, 2, 5),"
    " (3, 'Patient', 'p3', '01001', false, 13, 3, NULL), (4, 'Observation', 'o1', '01001', false, 14, 1, NULL),"
    " (5, 'Observation', 'o2', '01001', false, 15, 2, NULL), (6, 'Observation', 'o3', '01001', false, 16, 3, NULL),"
    " (7, 'Organization', 'lab', '01001', false, 17, NULL, NULL)",
    "INSERT INTO resource_version (rid, resource_rid, vid, result_time, updated, exchange_rid, body)"
    " SELECT rid + 10, rid, 1, 0, 0, 1, '{}' FROM resource",
    f"INSERT INTO index_result (subject, type, code, system, time, resource_rid) VALUES"
    f" (1, 'Observation', '{HBA1C}', '{LOINC}', 30, 4), (2, 'Observation', '{HBA1C}', '{LOINC}', 40, 5),"
    f" (3, 'Observation', '{HBA1C}', '{LOINC}', 20, 6)",
)


def connected(database_url: str) -> Engine:
    url = parsed_url(database_url)
    if url.get_backend_name() == "postgresql":
        return postgresql.open_engine(url, pool=1)
    return sqlite.open_engine(Path(str(url.database)), writing=True)


@pytest.fixture
def first_release(database_url: str) -> str:
    """A database of the first release with some records."""
    engine = connected(database_url)
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        for statement in FIRST:
            conn.execute(text(statement))
        for rid, kind, name in conn.execute(text("SELECT rid, type, id FROM resource")).all():
            conn.execute(
                text("UPDATE resource_version SET body = :body WHERE resource_rid = :rid"),
                {"body": stored_body({"resourceType": kind, "id": name}), "rid": rid},
            )
    engine.dispose()
    return database_url


def test_an_upgrade_gives_every_row_of_an_older_database_its_person_and_loses_none(first_release: str) -> None:
    assert schema.state(first_release) == "older"
    schema.upgrade(first_release)
    store = open_store(first_release)
    with store.read() as conn:
        assert keys(conn) == {
            "Patient/p1": {5}, "Patient/p2": {5}, "Patient/p3": {-3}, "Observation/o1": {5}, "Observation/o2": {5},
            "Observation/o3": {-3}, "Organization/lab": {0},
        }  # fmt: skip
        assert found(conn, "Observation", ("patient.identifier", f"{CCCD}|079080000001"), *NEWEST) == ["o2", "o1"]
        assert found(conn, "Observation", ("patient", "p3"), *NEWEST) == ["o3"]
        assert persons.patients_of(conn, [5]) == [(1, "Patient/p1"), (2, "Patient/p2")]
        assert persons.person_of(conn, 3) is None
    store.write(lambda conn: persons.link_patient(conn, 3, 5))
    with store.read() as conn:
        assert keys(conn)["Observation/o3"] == {5}
    store.close()


def test_an_upgrade_leaves_nothing_of_its_own_behind(first_release: str) -> None:
    schema.upgrade(first_release)
    engine = connected(first_release)
    names = inspect(engine).get_table_names()
    columns = {column["name"] for column in inspect(engine).get_columns("resource")}
    engine.dispose()
    assert "index_result_before" not in names
    assert "linked" not in columns
