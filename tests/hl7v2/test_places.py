"""A bed's number is one in its room, a room's in its point of care: two places never become one Location."""

from __future__ import annotations

import pytest

from gateway.adapter import Translation
from gateway.bundle import Resource
from tests.hl7v2.building import header, message, of_type, order, patient, result, segment, translate

OWN = "urn:vn:cskcb:79001"


def at(*places: str) -> Translation:
    visits = [segment("PV1", {1: "1", 2: "I", 3: place, 19: f"V{number}"}) for number, place in enumerate(places)]
    told = [line for number, one in enumerate(visits) for line in (one, order(f2="", f3=f"F{number}"), result())]
    return translate(message(header(), patient(), *told))


def places(made: Translation, name: str) -> list[Resource]:
    return [one for one in of_type(made, "Location") if one.get("name") == name]


def numbered(made: Translation, name: str) -> list[str]:
    return [one["identifier"][0]["system"] for one in places(made, name)]


@pytest.mark.parametrize(
    ("place", "system"),
    [
        ("K01^P05^G1", ":bed:K01:P05"),
        ("K01^^G1", ":bed:K01"),
        ("^P05^G1", ":bed::P05"),
        ("^^G1", ":bed"),
        ("K01^P05^G1^BV2", ":site:BV2:bed:K01:P05"),
        ("^P05^G1^^^^N1^2", ":bed::P05:N1:2"),
        ("K01^P05^G1^^^^N1^2", ":bed:K01:P05"),
    ],
)
def test_a_beds_number_is_one_in_the_innermost_place_that_is_said(place: str, system: str) -> None:
    assert numbered(at(place), "G1") == [OWN + system]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("K01^P05^G1", "K01^P06^G1"),
        ("K01^P05^G1", "K02^P05^G1"),
        ("K01^P05^G1", "K01^^G1"),
        ("K01^^G1", "K02^^G1"),
        ("K01^^G1", "^^G1"),
        ("^P05^G1", "^P06^G1"),
        ("K01^P05^G1", "^P05^G1"),
        ("K01^P05^G1", "K01^P05^G1^BV2"),
        ("^P05^G1^^^^N1", "^P05^G1^^^^N2"),
    ],
)
def test_the_same_bed_number_elsewhere_is_another_bed(one: str, other: str) -> None:
    beds = places(at(one, other), "G1")
    assert len({bed["id"] for bed in beds}) == len(beds) == 2


def test_a_room_of_one_number_in_two_wards_is_two_rooms_and_the_same_place_twice_is_one() -> None:
    assert numbered(at("K01^P05^G1", "K02^P05^G1"), "P05") == [f"{OWN}:room:K01", f"{OWN}:room:K02"]
    assert len(places(at("K01^P05^G1", "K01^P05^G1"), "G1")) == 1


def test_a_bed_without_a_room_stands_in_its_ward_and_one_without_either_in_nothing() -> None:
    made = at("K01^^G1", "^^G2")
    (ward,), (bed,), (alone,) = places(made, "K01"), places(made, "G1"), places(made, "G2")
    assert bed["partOf"]["reference"] == f"urn:uuid:{ward['id']}"
    assert "partOf" not in alone
