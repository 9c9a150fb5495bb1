"""Persons across facilities: linked on national numbers, never on anything weaker."""

from __future__ import annotations

from gateway.bundle import BHXH, CCCD
from gateway.store import persons
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import HOSPITAL, LAB, World

NUMBER = "001090000001^^^CCCD^NI"


def at(code: str, name: str = "LÊ^THỊ MẪU", **changed: str) -> bytes:
    record = {"f3": f"BN1^^^{code}^MR~{NUMBER}", "f5": name} | changed
    return message(header(f4=code), patient(**record), order(), result())


def linked(world: World) -> list[int]:
    """How many Patients each person has."""
    with world.store.read() as connection:
        found = persons.holders(connection, [(CCCD, "001090000001"), (BHXH, "7900000001")])
        return [len(persons.patients_of(connection, [rid])) for rid in sorted(set(found.values()))]


def test_two_facilities_patients_with_one_citizen_id_are_one_person(world: World) -> None:
    world.take(at(LAB), LAB)
    world.take(at(HOSPITAL), HOSPITAL)
    assert linked(world) == [2]
    assert world.tasks() == []


def test_tone_marks_and_case_do_not_make_two_persons(world: World) -> None:
    world.take(at(LAB), LAB)
    world.take(at(HOSPITAL, name="Le^Thi Mau"), HOSPITAL)
    assert linked(world) == [2]


def test_another_name_stops_the_link_and_asks_a_person(world: World) -> None:
    world.take(at(LAB), LAB)
    world.take(at(HOSPITAL, name="TRẦN^VĂN KHÁC"), HOSPITAL)
    assert linked(world) == [1]
    assert world.tasks() == ["person-name-differs"]


def test_another_sex_or_birth_date_stops_the_link(world: World) -> None:
    world.take(at(LAB), LAB)
    world.take(at(HOSPITAL, f8="M"), HOSPITAL)
    assert world.tasks() == ["person-sex-differs"]


def test_a_birth_year_agrees_with_a_birth_date_in_it_and_not_with_another(world: World) -> None:
    world.take(at(LAB), LAB)
    world.take(at(HOSPITAL, f7="1980"), HOSPITAL)
    assert linked(world) == [2]


def test_two_numbers_of_two_persons_stop_the_link(world: World) -> None:
    world.take(at(LAB), LAB)
    other = "BN9^^^79001^MR~7900000001^^^BHXH^SI"
    world.take(message(header(f10="2"), patient(f3=other), order(f2="P9", f3="F9"), result()), LAB)
    both = f"BN1^^^{HOSPITAL}^MR~{NUMBER}~7900000001^^^BHXH^SI"
    world.take(at(HOSPITAL, f3=both), HOSPITAL)
    assert world.tasks() == ["person-two-numbers-two-persons"]
    assert linked(world) == [1, 1]


def test_a_hospitals_own_record_number_never_links(world: World) -> None:
    world.take(message(header(), patient(), order(), result()), LAB)
    world.take(message(header(f4=HOSPITAL), patient(f3=f"BN1^^^{HOSPITAL}^MR"), order(), result()), HOSPITAL)
    assert linked(world) == []


def test_a_name_corrected_later_against_the_others_takes_the_link_back(world: World) -> None:
    world.take(at(LAB), LAB)
    world.take(at(HOSPITAL), HOSPITAL)
    changed = message(
        header(f4=HOSPITAL, f10="2"),
        patient(f3=f"BN1^^^{HOSPITAL}^MR~{NUMBER}", f5="TRẦN^VĂN KHÁC"),
        order(f22="20261116100000"),
        result(),
    )
    world.take(changed, HOSPITAL)
    assert linked(world) == [1]
    assert world.tasks() == ["person-name-differs"]


def test_a_subscription_by_citizen_id_gets_the_record_that_lacks_it_too(world: World) -> None:
    number = f"{CCCD}|001090000001"
    world.take(at(LAB, f3=f"BN1^^^{LAB}^MR~{NUMBER}~7900000001^^^BHXH^SI"), LAB)
    world.recipient()
    world.subscribe(patient=number)
    (line,) = world.take(at(HOSPITAL, f3=f"BN1^^^{HOSPITAL}^MR~7900000001^^^BHXH^SI"), HOSPITAL).exchanges
    assert [name for name, _, _ in world.exchange(line["id"])["deliveries"]] == ["city"]
