"""What the law keeps apart stays apart, wherever a sender wrote it."""

from __future__ import annotations

import pytest

from gateway.jsontext import dumps
from tests.hl7v2.building import header, message, order, patient, result
from tests.intake.world import CITY, World

NOTE = "NTE|1||Nhiễm HIV, đang điều trị"
TEST = {"f4": "HIVT^Test nhanh HIV^L"}


def ordinary(world: World) -> str:
    kinds = ("Patient", "Observation", "DiagnosticReport", "ServiceRequest", "Encounter", "Specimen", "Organization")
    return dumps([world.all_of(kind) for kind in kinds]).decode()


def sent(world: World, taken_ids: list[str]) -> str:
    exchanges = [world.exchange(one) for one in taken_ids]
    return dumps([one["bundle"] for one in exchanges if one["deliveries"]]).decode()


@pytest.fixture
def subscribed(world: World) -> World:
    world.recipient(CITY)
    world.subscribe(CITY)
    return world


@pytest.mark.parametrize(
    ("below_patient", "asked", "found"),
    [
        (NOTE, {}, result()),
        ("", {}, f"{result()}\r{NOTE}"),
        ("", TEST, result("ST", "Dương tính", f3="KQ^Kết quả^L")),
        ("", {}, result("ST", "Dương tính", f3="HIVAB^Ab^L")),
        ("", {"f13": "Nghi HIV"}, result()),
    ],
)
def test_a_word_that_reveals_is_neither_read_nor_sent(
    subscribed: World, below_patient: str, asked: dict[str, str], found: str
) -> None:
    said = [one for one in (header(), patient(), below_patient, order(**asked), found) if one]
    taken = [line["id"] for line in subscribed.take(message(*said)).exchanges]
    for shown in (ordinary(subscribed), sent(subscribed, taken)):
        assert "HIV" not in shown
        assert "Dương tính" not in shown


def test_a_note_on_the_patient_keeps_the_patient_and_the_results_readable(world: World) -> None:
    world.take(message(header(), patient(), NOTE, order(), result()))
    (who,) = world.all_of("Patient")
    assert who["name"][0]["family"] == "LÊ"
    assert len(world.all_of("Observation")) == 1
    noted = [one for one in world.all_of("Patient", sensitive=True) if "HIV" in dumps(one).decode()]
    assert len(noted) == 1


def test_a_patient_whose_name_is_on_the_list_is_still_a_patient(world: World) -> None:
    world.take(message(header(), patient(f5="HIV^THỊ MẪU"), order(), result()))
    assert len(world.all_of("Patient")) == len(world.all_of("Observation")) == 1


def test_a_result_once_kept_apart_is_not_opened_by_its_next_version(world: World) -> None:
    world.take(message(header(f10="1"), patient(), order(f22="20261115100000"), result(f11="P"), NOTE))
    world.take(message(header(f10="2"), patient(), order(f22="20261115110000"), result(value="7.3")))
    assert "HIV" not in ordinary(world)
