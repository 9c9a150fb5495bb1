"""A referral of the national XML goes to the facility it names, paper and appointment with it; nobody subscribed."""

from __future__ import annotations

from pathlib import Path

from tests.bhyt.building import SUMMARY, payload
from tests.bhyt.papers import FOLLOW_UP, REFERRAL
from tests.intake.world import HOSPITAL, World

SAMPLES = Path(__file__).parents[2] / "adapters" / "bhyt" / "samples"


def test_a_referral_and_an_appointment_go_to_the_facility_named(world: World) -> None:
    world.recipient(facility="01998", basis="referral")
    taken = world.take(payload(XML13=[REFERRAL], XML14=[FOLLOW_UP]), HOSPITAL)
    (line,) = taken.exchanges
    assert world.exchange(line["id"])["deliveries"] == [("city", "named", "referral")]
    (order,) = [one for one in world.all_of("ServiceRequest") if one.get("supportingInfo")]
    assert len(world.all_of("Composition")) == len(world.all_of("Appointment")) == 1
    assert order["supportingInfo"][0]["reference"] == f"Composition/{world.all_of('Composition')[0]['id']}"


def test_a_referral_to_one_and_a_stay_that_ends_at_another_go_nowhere(world: World) -> None:
    world.recipient(facility="01998", basis="referral")
    (line,) = world.take(payload(SUMMARY | {"MA_NOI_DEN": "01234"}, XML13=[REFERRAL]), HOSPITAL).exchanges
    assert line["status"] == "held"
    assert world.exchange(line["id"])["deliveries"] == []


def test_what_a_referral_says_of_hiv_is_cut_from_it_and_the_rest_travels(world: World) -> None:
    world.recipient(facility="01998", basis="referral")
    said = REFERRAL | {"TOMTAT_KQ": "Xét nghiệm HIV dương tính", "MA_BENH_KT": "B20"}
    lines = world.take(payload(XML13=[said], XML14=[FOLLOW_UP | {"MA_BENH_KT": "B20"}]), HOSPITAL).exchanges
    ordinary, apart = (world.exchange(line["id"]) for line in lines)
    assert [name for name, _, _ in ordinary["deliveries"]] == ["city"]
    assert apart["deliveries"] == []
    (paper,) = world.all_of("Composition")
    titles = {section["title"] for section in paper["section"]}
    assert "Tóm tắt kết quả cận lâm sàng" not in titles
    assert {"Dấu hiệu lâm sàng", "Hướng điều trị tiếp"} <= titles
    for shown in (*world.all_of("ServiceRequest"), *world.all_of("Appointment")):
        assert "B20" not in repr(shown)


def test_a_birth_is_kept_with_both_patients(world: World) -> None:
    (line,) = world.take(SAMPLES.joinpath("birth.xml").read_bytes(), HOSPITAL).exchanges
    assert line["status"] == "kept"
    assert len(world.all_of("Patient")) == 2
    assert len(world.all_of("Composition")) == 3


def test_hiv_and_tuberculosis_are_an_exchange_of_their_own_that_goes_nowhere(world: World) -> None:
    world.recipient(facility="01998", basis="referral")
    world.subscribe()
    lines = world.take(SAMPLES.joinpath("kept-apart.xml").read_bytes(), HOSPITAL).exchanges
    ordinary, apart = (world.exchange(line["id"]) for line in lines)
    assert [name for name, _, _ in ordinary["deliveries"]] == ["city"]
    assert apart["deliveries"] == []
    assert world.all_of("MedicationStatement") == []
    assert len(world.all_of("MedicationStatement", sensitive=True)) == 6
    assert world.account(lines[0]["id"])["apart"]
