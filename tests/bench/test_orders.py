"""The made-up laboratories: the same seed is the same bytes, and a gateway takes all of them."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bench.orders import FACILITIES, Laboratories
from gateway.bench.panels import MEASURED, PANELS
from gateway.bench.people import person
from gateway.bench.translate import translated
from gateway.mapping.naming import person_number_system
from gateway.r4 import check

numbers = st.integers(0, 2_000_000)
seeds = st.integers(0, 1_000)


@given(seeds, numbers, st.booleans())
@settings(max_examples=25)
def test_every_message_is_translated_whole_held_by_nobody_and_valid(seed: int, number: int, mixed: bool) -> None:
    order = Laboratories(seed, 1_000, mixed).order(number)
    made = translated(order)
    assert list(made.issues) == []  # every code is known
    assert made.holds == []
    assert [one.field for one in made.unplaced if one.clinical] == []
    assert check(made.bundle()) == []
    results = [one for one in made.resources if one["resourceType"] == "Observation"]
    assert len(results) == order.payload.count(b"\rOBX|")
    measured = [one["valueQuantity"] for one in results if "unit" in one.get("valueQuantity", {})]
    assert all(one["system"] == "http://unitsofmeasure.org" for one in measured)


@given(seeds, numbers, st.booleans())
def test_the_same_seed_and_number_is_the_same_bytes(seed: int, number: int, mixed: bool) -> None:
    one, other = (Laboratories(seed, 1_000, mixed).order(number) for _ in range(2))
    assert one.payload == other.payload
    assert one.payload != Laboratories(seed + 1, 1_000, mixed).order(number).payload


def test_the_measured_message_has_twenty_results() -> None:
    order = Laboratories().order(7)
    assert order.panel is MEASURED
    assert order.payload.count(b"\rOBX|") == 20
    assert len(translated(order).bundle()["entry"]) == 34


@given(seeds, st.integers(0, 999_999))
def test_a_person_has_numbers_of_the_right_shape_that_are_nobodys(seed: int, number: int) -> None:
    one = person(seed, number)
    assert person_number_system(one.cccd).endswith("/cccd")
    assert one.cccd.startswith("099")
    assert (int(one.cccd[3]) % 2 == 1) == (one.sex == "F")
    assert one.cccd[4:6] == f"{one.born:%y}"
    assert len(one.card) == 15
    assert one.card[5:].startswith("99")
    assert one.phone.startswith("0000")


def test_patients_come_again_over_years_and_to_several_laboratories() -> None:
    orders = list(Laboratories(3, 500).orders(0, 500))
    comes = Counter(order.person.number for order in orders)
    assert 3 <= sum(comes.values()) / len(comes) <= 8
    often, _ = comes.most_common(1)[0]
    hers = [order for order in orders if order.person.number == often]
    assert len({order.facility for order in hers}) > 1
    assert len({order.payload.split(b"|")[6][:4] for order in hers}) > 1  # MSH-7, the year
    assert {order.facility for order in orders} == set(FACILITIES)


def test_every_order_has_numbers_of_its_own_and_is_later_than_the_one_before() -> None:
    orders = list(Laboratories(1, 50).orders(0, 200))
    assert len({order.payload.split(b"\rORC|")[1].split(b"|")[1] for order in orders}) == len(orders)
    written = [order.payload.split(b"|")[6] for order in orders]
    assert written == sorted(written)
    assert written[-1] < b"20260201"  # never in the future


def test_every_panel_is_ordered() -> None:
    found = {order.panel.local for order in Laboratories(1, 100, mixed=True).orders(0, 100)}
    assert found == {panel.local for panel in PANELS}
