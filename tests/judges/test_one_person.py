"""Which Patients are one person is a function of the Patients: not of their order, and nobody is in two."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gateway.bundle import BHXH, CCCD
from gateway.one_person import Known, settled
from gateway.person import Traits, differing

NUMBERS = [(CCCD, "001"), (CCCD, "002"), (BHXH, "1"), (BHXH, "2")]
_traits = st.builds(Traits, st.sampled_from(["", "le thi mau", "tran van khac"]), st.sampled_from(["", "male"]))


@st.composite
def _patients(draw: st.DrawFn) -> list[Known]:
    names = [f"Patient/{place}" for place in range(draw(st.integers(1, 6)))]
    return [
        Known(
            name,
            draw(_traits),
            frozenset(draw(st.lists(st.sampled_from(NUMBERS), max_size=2))),
            frozenset(draw(st.lists(st.sampled_from(names), max_size=2))) - {name},
        )
        for name in names
    ]


@given(_patients(), st.randoms())
def test_the_order_of_the_patients_does_not_matter(patients: list[Known], dice: Random) -> None:
    shuffled = sorted(patients, key=lambda _: dice.random())
    persons, asked = settled(patients)
    others, asked_too = settled(shuffled)
    assert sorted(sorted(one.names) for one in persons) == sorted(sorted(one.names) for one in others)
    assert set(asked) == set(asked_too)


@given(_patients())
def test_nobody_is_two_persons_and_a_number_is_one_persons(patients: list[Known]) -> None:
    persons, _ = settled(patients)
    names = [name for one in persons for name in one.names]
    numbers = [number for one in persons for number in one.numbers]
    assert len(names) == len(set(names))
    assert len(numbers) == len(set(numbers))


@given(_patients())
def test_patients_of_one_person_contradict_each_other_in_nothing(patients: list[Known]) -> None:
    for one in settled(patients)[0]:
        assert not any(differing(first, second) for first in one.traits for second in one.traits)
        assert len({value for system, value in one.numbers if system == CCCD}) <= 1


@given(_patients())
def test_who_has_a_number_and_is_no_person_is_asked_about(patients: list[Known]) -> None:
    persons, asked = settled(patients)
    placed = {name for one in persons for name in one.names}
    assert {one.name for one in patients if one.numbers} - placed <= {one.patient for one in asked}
