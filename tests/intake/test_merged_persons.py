"""A merge joins persons, whatever the order of arrival; it never joins two who are known as two."""

from __future__ import annotations

from itertools import permutations

import pytest

from gateway.bundle import BHXH, CCCD
from gateway.store import persons
from tests.hl7v2.building import header, message, order, patient, result, segment
from tests.intake.world import HOSPITAL, LAB, World

CITIZEN = "001090000001^^^CCCD^NI"
INSURED = "7900000001^^^BHXH^SI"


def told(number: str, *more: str, at: str = "10", code: str = LAB, name: str = "LÊ^THỊ MẪU") -> bytes:
    """A result of a patient, by these numbers."""
    numbers = "~".join([f"{number}^^^{code}^MR", *more])
    return message(
        header(f4=code, f10=f"{number}{at}", f7=f"20261115{at}0000"),
        patient(f3=numbers, f5=name),
        order(f2=f"P{number}{at}", f3=f"F{number}{at}"),
        result(),
    )


def merged(surviving: str, prior: str, *more: str, at: str = "12", code: str = LAB) -> bytes:
    when = f"20261115{at}0000"
    return message(
        header(f9="ADT^A40^ADT_A39", f4=code, f7=when, f10=f"M{surviving}{prior}"),
        segment("EVN", {2: when}),
        patient(f3="~".join([f"{surviving}^^^{code}^MR", *more])),
        segment("MRG", {1: f"{prior}^^^{code}^MR"}),
    )


def linked(world: World) -> list[list[str]]:
    """Each person's Patients, by the record number of each."""
    numbers = {one["id"]: one["identifier"][0]["value"] for one in world.all_of("Patient")}
    with world.store.read() as connection:
        rows = [row for row in persons.rows_named(connection, numbers) if row.person > 0]
    return sorted(
        sorted(numbers[row.id] for row in rows if row.person == person) for person in {row.person for row in rows}
    )


JOINED = (told("BN1", CITIZEN), told("BN2"), merged("BN1", "BN2", CITIZEN), told("HS9", CITIZEN, code=HOSPITAL))


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_who_has_no_number_joins_the_person_it_was_merged_with(world: World, arrival: tuple[int, ...]) -> None:
    for place in arrival:
        world.take(JOINED[place])
    assert (linked(world), world.tasks()) == ([["BN1", "BN2"]], [])


def test_a_merged_patient_is_found_by_the_number_of_the_other_at_every_hospital(world: World) -> None:
    for one, code in zip(JOINED, (LAB, LAB, LAB, HOSPITAL), strict=True):
        world.take(one, code)
    assert linked(world) == [["BN1", "BN2", "HS9"]]


def test_two_without_numbers_become_one_person(world: World) -> None:
    for one in (told("BN1"), told("BN2"), merged("BN1", "BN2")):
        world.take(one)
    assert (linked(world), world.tasks()) == ([["BN1", "BN2"]], [])


@pytest.mark.parametrize("arrival", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_two_persons_by_their_numbers_are_never_joined_by_a_merge(world: World, arrival: tuple[int, ...]) -> None:
    words = (told("BN1", CITIZEN), told("BN2", INSURED), merged("BN1", "BN2", CITIZEN))
    for place in arrival:
        world.take(words[place])
    assert (linked(world), world.tasks()) == ([["BN1"], ["BN2"]], ["person-merge-two-persons"])
    with world.store.read() as connection:
        held = persons.holders(connection, [(CCCD, "001090000001"), (BHXH, "7900000001")])
    assert len(set(held.values())) == 2


@pytest.mark.parametrize("arrival", [(0, 1, 2), (2, 1, 0)])
def test_one_of_another_name_is_asked_about(world: World, arrival: tuple[int, ...]) -> None:
    words = (told("BN1", CITIZEN), told("BN2", name="TRẦN^VĂN KHÁC"), merged("BN1", "BN2", CITIZEN))
    for place in arrival:
        world.take(words[place])
    assert (linked(world), world.tasks()) == ([["BN1"]], ["person-name-differs"])


def test_a_question_closes_when_what_it_was_about_is_corrected(world: World) -> None:
    world.take(told("BN1", CITIZEN))
    world.take(told("HS9", CITIZEN, code=HOSPITAL, name="TRẦN^VĂN KHÁC"), HOSPITAL)
    assert world.tasks() == ["person-name-differs"]
    world.take(told("HS9", CITIZEN, code=HOSPITAL, at="11"), HOSPITAL)
    assert (linked(world), world.tasks()) == ([["BN1", "HS9"]], [])


def test_a_corrected_number_frees_who_was_mistaken_for_its_owner(world: World) -> None:
    world.take(told("BN1", CITIZEN, name="TRẦN^VĂN KHÁC"))
    world.take(told("HS9", CITIZEN, code=HOSPITAL), HOSPITAL)
    assert world.tasks() == ["person-name-differs"]
    world.take(told("BN1", "001090000002^^^CCCD^NI", name="TRẦN^VĂN KHÁC", at="11"))
    assert (linked(world), world.tasks()) == ([["BN1"], ["HS9"]], [])


def test_results_that_come_with_the_number_are_the_persons_at_once(world: World) -> None:
    world.take(told("BN1"))
    world.take(told("BN1", CITIZEN, at="11"))
    with world.store.read() as connection:
        (person,) = persons.holders(connection, [(CCCD, "001090000001")]).values()
    assert {row["person"] for row in world.rows_about("Observation")} == {person}
