"""Persons hold national numbers, patients are linked to persons, people decide what rules cannot."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from gateway.errors import Conflict, NotFound
from gateway.store import Connection, Store, persons
from gateway.store.resources import keep_version
from gateway.store.reviews import add_review, decide_review, list_reviews
from tests.store.conftest import NOW, add_exchange

CCCD = ("sid/cccd", "001")
BHXH = ("sid/bhxh", "001")


def add_patient(connection: Connection, patient_id: str) -> int:
    made = {"resourceType": "Patient", "id": patient_id}
    exchange = add_exchange(connection, f"x-{patient_id}")
    return keep_version(connection, exchange, "01001", made, NOW, NOW).resource_rid


def test_a_number_leads_to_the_person_who_holds_it(store: Store) -> None:
    def work(connection: Connection) -> tuple[int, int]:
        one, two = persons.add_person(connection, NOW), persons.add_person(connection, NOW)
        persons.attach(connection, one, CCCD, NOW)
        persons.attach(connection, two, BHXH, NOW)
        return one, two

    one, two = store.write(work)
    with store.read() as connection:
        assert persons.holders(connection, [CCCD, BHXH, ("sid/cccd", "999")]) == {CCCD: one, BHXH: two}
        assert persons.holders(connection, []) == {}
        assert persons.identifiers_of(connection, one) == [CCCD]


def test_a_number_is_one_persons_alone(store: Store) -> None:
    one = store.write(lambda connection: persons.add_person(connection, NOW))
    two = store.write(lambda connection: persons.add_person(connection, NOW))
    for _ in range(2):
        store.write(lambda connection: persons.attach(connection, one, CCCD, NOW))
    with pytest.raises(Conflict):
        store.write(lambda connection: persons.attach(connection, two, CCCD, NOW))
    with store.read() as connection:
        assert persons.holders(connection, [CCCD]) == {CCCD: one}


def test_patients_of_several_facilities_are_one_person_until_the_link_is_taken_back(store: Store) -> None:
    def work(connection: Connection) -> tuple[int, int, int]:
        person = persons.add_person(connection, NOW)
        first, second = add_patient(connection, "p1"), add_patient(connection, "p2")
        add_patient(connection, "p3")
        persons.link_patient(connection, first, person)
        persons.link_patient(connection, second, person)
        return person, first, second

    person, first, second = store.write(work)
    with store.read() as connection:
        assert persons.patients_of(connection, [person]) == [(first, "Patient/p1"), (second, "Patient/p2")]
        assert persons.person_of(connection, first) == person
        assert persons.patients_of(connection, []) == []
    store.write(lambda connection: persons.link_patient(connection, first, None))
    with store.read() as connection:
        assert persons.patients_of(connection, [person]) == [(second, "Patient/p2")]
        assert persons.person_of(connection, first) is None


def test_only_a_patient_is_linked(store: Store) -> None:
    def work(connection: Connection) -> tuple[int, int]:
        made = {"resourceType": "Observation", "id": "o1"}
        rid = keep_version(connection, add_exchange(connection), "01001", made, NOW, NOW).resource_rid
        person = persons.add_person(connection, NOW)
        persons.link_patient(connection, rid, person)
        return rid, person

    rid, person = store.write(work)
    with store.read() as connection:
        assert persons.person_of(connection, rid) is None
        assert persons.patients_of(connection, [person]) == []


def test_many_who_bring_one_number_at_once_make_one_person(store: Store) -> None:
    def link(connection: Connection) -> int:
        holder = persons.holders(connection, [CCCD]).get(CCCD)
        if holder is None:
            holder = persons.add_person(connection, NOW)
            persons.attach(connection, holder, CCCD, NOW)
        return holder

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: store.write(link), range(12)))
    assert len(set(found)) == 1
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM person").scalar_one() == 1


def test_the_same_question_is_asked_once_while_it_is_open(store: Store) -> None:
    def ask(patient: str = "p1") -> str:
        detail = {"patients": [f"Patient/{patient}"]}
        return store.write(
            lambda connection: add_review(connection, kind="person-link", rule="name", detail=detail, now=NOW)
        )

    first = ask()
    assert ask() == first
    assert ask("p2") != first
    later = NOW + timedelta(hours=1)
    store.write(lambda connection: decide_review(connection, first, who="dr", why="two people", now=later))
    assert ask() != first
    with store.read() as connection:
        [decided] = list_reviews(connection, "completed")
        assert len(list_reviews(connection, "requested")) == 2
        assert len(list_reviews(connection)) == 3
    assert (decided.id, decided.decided, decided.decided_by, decided.decided_reason) == (
        first,
        later,
        "dr",
        "two people",
    )
    assert (decided.kind, decided.rule, decided.detail) == ("person-link", "name", {"patients": ["Patient/p1"]})


def test_a_question_is_decided_once(store: Store) -> None:
    asked = store.write(lambda connection: add_review(connection, kind="k", rule="r", detail={}, now=NOW))
    store.write(lambda connection: decide_review(connection, asked, who="dr", why="", now=NOW))
    with pytest.raises(Conflict) as refused:
        store.write(lambda connection: decide_review(connection, asked, who="dr", why="", now=NOW))
    assert refused.value.issues[0].rule == "review-decided"
    with pytest.raises(NotFound):
        store.write(lambda connection: decide_review(connection, "none", who="dr", why="", now=NOW))
