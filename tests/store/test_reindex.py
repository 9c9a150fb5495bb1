"""``db reindex`` makes what resources are found by anew where it differs, and touches nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gateway.store import Connection, Store, index, reindex
from gateway.store.check import check
from gateway.store.reindex import Reindexed
from gateway.store.resources import keep_version
from tests.store.conftest import NOW, add_exchange


def observation(number: int, status: str = "final") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": status,
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-01T08:00:00+07:00",
    }


@pytest.fixture
def filled(store: Store) -> Store:
    """A Patient and five results, one of them in two versions."""

    def work(connection: Connection) -> None:
        patient = {"resourceType": "Patient", "id": "p1"}
        whose = keep_version(connection, add_exchange(connection, "x"), "01001", patient, NOW, NOW).resource_rid
        index.index(connection, whose, patient, None)
        for number, status in [*((one, "preliminary") for one in range(5)), (0, "final")]:
            rid, made = add_exchange(connection, f"x{number}{status}"), observation(number, status)
            told = NOW + timedelta(hours=status == "final")
            kept = keep_version(connection, rid, "01001", made, told, NOW)
            index.index(connection, kept.resource_rid, made, whose)

    store.write(work)
    return store


TABLES = ("index_token", "index_reference", "index_date", "index_result")


def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    with store.read() as connection:
        return {one: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {one}")).all())) for one in TABLES}


def change(store: Store, *statements: str) -> None:
    store.write(lambda connection: [connection.execute(text(one)) for one in statements])


def done(store: Store, **options: Any) -> list[str]:
    return [one.name for step in reindex.reindex(store, **options) for one in step.differed]


DAMAGE = [
    "DELETE FROM index_token",
    "DELETE FROM index_date",
    "UPDATE index_token SET code = 'cancelled' WHERE code = 'final'",
    "UPDATE index_result SET time = 7",
    "INSERT INTO index_reference VALUES (601, 'Patient/p9', 2)",
    "DELETE FROM index_reference WHERE resource_rid = 3",
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_it_is_as_it_was_before_the_damage_and_the_check_finds_nothing_more(filled: Store, damage: str) -> None:
    before = rows(filled)
    change(filled, damage)
    assert rows(filled) != before
    assert done(filled)
    assert rows(filled) == before
    assert [issue for step in check(filled, whole=True) for issue in step.issues] == []
    assert done(filled) == [], "nothing is left to do"


def test_what_is_right_is_not_written(filled: Store) -> None:
    assert done(filled) == []


def test_only_what_differs_is_named_and_a_dry_run_changes_nothing(filled: Store) -> None:
    change(filled, "DELETE FROM index_token WHERE code = 'final'")
    damaged = rows(filled)
    assert done(filled, dry_run=True) == ["Observation/o0"]
    assert rows(filled) == damaged
    assert done(filled) == ["Observation/o0"]


def test_a_version_that_came_between_the_look_and_the_writing_is_what_is_indexed(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(filled, "DELETE FROM index_token WHERE code = 'preliminary'")
    looked = reindex.differing

    def then_corrected(*arguments: Any) -> Any:
        found = list(looked(*arguments))

        def work(connection: Connection) -> None:
            rid = add_exchange(connection, "meanwhile")
            keep_version(connection, rid, "01001", observation(1, "final"), NOW + timedelta(days=1), NOW)

        monkeypatch.undo()
        filled.write(work)
        return found

    monkeypatch.setattr(reindex, "differing", then_corrected)
    done(filled)
    with filled.read() as connection:
        query = "SELECT code FROM index_token JOIN resource ON resource.rid = resource_rid WHERE resource.id = 'o1'"
        assert "final" in connection.execute(text(query)).scalars().all()


@pytest.mark.parametrize("step", [1, 2, 500])
def test_progress_is_shown_however_small_the_steps(filled: Store, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    monkeypatch.setattr(reindex, "STEP", step)
    change(filled, "DELETE FROM index_date")
    steps: list[Reindexed] = list(reindex.reindex(filled))
    assert [one.done for one in steps] == [min(one, 6) for one in range(step, 6 + step, step)]
    assert {one.total for one in steps} == {6}
    assert sum(len(one.differed) for one in steps) == 5


def test_an_empty_store_has_nothing_to_do(store: Store) -> None:
    assert done(store) == []
