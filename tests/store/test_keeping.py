"""Many versions kept at once are kept as each would be alone, by what the sources said and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from gateway.errors import Conflict
from gateway.store import Connection, Store
from gateway.store.resources import current, current_of, history, keep_version, keep_versions, subject_of
from gateway.store.tables import resource, resource_version, restatement
from gateway.store.words import word
from tests.store.conftest import NOW, add_exchange

HOUR = timedelta(hours=1)
_numbers = count()


def said(name: str, value: str, patient: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"resourceType": "Observation", "id": name, "valueString": value}
    return made | ({"subject": {"reference": f"Patient/{patient}"}} if patient else {})


@dataclass
class Model:
    """One resource as the rules have it: versions in the order they came, and which is read."""

    versions: list[tuple[str, int]] = field(default_factory=list)  # value, hours
    current: int = -1
    held_by: list[set[int]] = field(default_factory=list)  # exchanges, version by version
    sensitive: bool = False

    def say(self, value: str, hours: int, exchange: int, sensitive: bool) -> None:
        self.sensitive |= sensitive
        same = [place for place, one in enumerate(self.versions) if one == (value, hours)]
        if self.versions and self.versions[self.current][0] == value:
            self.versions[self.current] = (value, max(hours, self.versions[self.current][1]))
            self.held_by[self.current].add(exchange)
        elif same and hours < self.versions[self.current][1]:
            self.held_by[same[-1]].add(exchange)
        else:
            self.versions.append((value, hours))
            self.held_by.append({exchange})
            if self.current < 0 or hours >= self.versions[self.current][1]:
                self.current = len(self.versions) - 1


_words = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 3), st.booleans()),
    max_size=6,
    unique_by=lambda word: word[0],
)


@given(exchanges=st.lists(_words, min_size=1, max_size=8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_in_whatever_order_stands_as_the_rules_say(
    store: Store, exchanges: list[list[tuple[str, str, int, bool]]]
) -> None:
    mine = f"{next(_numbers)}-"
    models: dict[str, Model] = {}

    def work(connection: Connection) -> None:
        for number, words in enumerate(exchanges):
            rid = add_exchange(connection, f"{mine}{number}")
            brought = [
                (word(said(mine + name, value)), NOW + hours * HOUR, secret) for name, value, hours, secret in words
            ]
            kept = keep_versions(connection, rid, "01001", brought, NOW)
            for (name, value, hours, secret), one in zip(words, kept, strict=True):
                model = models.setdefault(name, Model())
                before = len(model.versions)
                model.say(value, hours, rid, secret)
                assert one.changed == (len(model.versions) > before)
                assert one.first == (before == 0)
                assert one.is_current == (model.versions[model.current][0] == value)

    store.write(work)
    with store.read() as connection:
        for name, model in models.items():
            shown = current(connection, "Observation", mine + name, sensitive=True)
            assert shown is not None
            assert shown.resource()["valueString"] == model.versions[model.current][0]
            assert shown.vid == model.current + 1
            assert shown.sensitive == model.sensitive
            every = {
                (one.vid, one.resource()["valueString"])
                for one in history(connection, "Observation", mine + name, sensitive=True)
            }
            assert every == {(place + 1, value) for place, (value, _) in enumerate(model.versions)}
            found = connection.execute(
                select(resource_version.c.exchange_rid).where(resource_version.c.resource_rid == shown.resource_rid)
            ).scalars()
            again = connection.execute(
                select(restatement.c.exchange_rid).where(restatement.c.resource_rid == shown.resource_rid)
            ).scalars()
            assert {*found, *again} == set().union(*model.held_by)


def test_what_is_about_a_patient_finds_it_wherever_it_stands_in_the_exchange(store: Store) -> None:
    def work(connection: Connection) -> list[int]:
        rid = add_exchange(connection)
        brought = [said("o1", "1", "p1"), {"resourceType": "Patient", "id": "p1"}, said("o2", "2", "nobody")]
        return [
            one.resource_rid
            for one in keep_versions(connection, rid, "01001", [(word(r), NOW, False) for r in brought], NOW)
        ]

    first, patient, nobodys = store.write(work)
    with store.read() as connection:
        assert [subject_of(connection, rid) for rid in (first, patient, nobodys)] == [patient, patient, None]
        keys = select(resource.c.rid, resource.c.person).order_by(resource.c.rid)
        assert {row.rid: row.person for row in connection.execute(keys)} == {
            first: -patient,
            patient: -patient,
            nobodys: 0,
        }


def test_a_result_corrected_to_another_patient_is_that_patients_in_every_version(store: Store) -> None:
    def keep(connection: Connection, exchange: str, hours: int, *made: dict[str, Any]) -> list[int]:
        rid = add_exchange(connection, exchange)
        kept = keep_versions(connection, rid, "01001", [(word(one), NOW + hours * HOUR, False) for one in made], NOW)
        return [one.resource_rid for one in kept]

    patients = [{"resourceType": "Patient", "id": name} for name in ("p1", "p2")]
    _, right, result = store.write(lambda connection: keep(connection, "x1", 0, *patients, said("o1", "1", "p1")))
    store.write(lambda connection: keep(connection, "x2", 1, said("o1", "1", "p2")))
    with store.read() as connection:
        assert subject_of(connection, result) == right
        whose = select(resource_version.c.person).where(resource_version.c.resource_rid == result)
        assert connection.execute(whose).scalars().all() == [-right, -right]


def test_one_said_twice_in_one_exchange_is_two_versions(store: Store) -> None:
    def work(connection: Connection) -> list[int]:
        brought = [(word(said("o1", "1")), NOW, False), (word(said("o1", "2")), NOW + HOUR, False)]
        return [one.vid for one in keep_versions(connection, add_exchange(connection), "01001", brought, NOW)]

    assert store.write(work) == [1, 2]


def test_of_many_where_one_is_another_facilitys_nothing_is_kept(store: Store) -> None:
    store.write(
        lambda connection: keep_version(connection, add_exchange(connection), "02002", said("o2", "1"), NOW, NOW)
    )
    with pytest.raises(Conflict) as refused:
        store.write(
            lambda connection: keep_versions(
                connection,
                add_exchange(connection, "x2"),
                "01001",
                [(word(said("o1", "1")), NOW, False), (word(said("o2", "2")), NOW, False)],
                NOW,
            )
        )
    assert refused.value.issues[0].rule == "resource-of-another-facility"
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(resource)).scalar_one() == 1


def test_what_stands_is_told_for_those_that_stand(store: Store) -> None:
    def work(connection: Connection) -> None:
        rid = add_exchange(connection)
        keep_versions(
            connection, rid, "01001", [(word(said("o1", "1")), NOW, False), (word(said("o2", "1")), NOW, True)], NOW
        )
        keep_version(connection, add_exchange(connection, "x2"), "01001", said("o1", "2"), NOW - HOUR, NOW)

    store.write(work)
    keys = [("Observation", "o1"), ("Observation", "o2"), ("Observation", "o9"), ("Patient", "o1")]
    found = store.write(lambda connection: current_of(connection, keys))
    assert set(found) == {("Observation", "o1"), ("Observation", "o2")}
    one, two = found["Observation", "o1"], found["Observation", "o2"]
    assert (one.vid, one.last_vid, one.result_time, one.sensitive) == (1, 2, NOW, False)
    assert (two.vid, two.last_vid, two.facility, two.sensitive) == (1, 1, "01001", True)
    assert store.write(lambda connection: current_of(connection, [])) == {}


def test_more_rows_than_one_statement_takes_are_kept(store: Store) -> None:
    many = [(word(said(f"o{number}", str(number))), NOW, False) for number in range(2000)]
    store.write(lambda connection: keep_versions(connection, add_exchange(connection), "01001", many, NOW))
    with store.read() as connection:
        shown = current(connection, "Observation", "o1999")
        assert shown is not None
        assert shown.resource()["valueString"] == "1999"
