"""A laboratory's table whose patients were read from the wrong column, mended: from CSV to what is found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from adapters.tabular import TabularAdapter
from gateway.adapter import MappingText, Payload
from gateway.intake import Intake
from gateway.judgement import Judge
from gateway.retranslation import Retranslation
from gateway.store.check import check
from tests.intake.again import register
from tests.intake.world import LAB, World

SAMPLES = Path(__file__).parents[2] / "adapters" / "tabular" / "samples"
CSV, RIGHT = (SAMPLES / "xn-huyen.csv").read_bytes(), (SAMPLES / "xn-huyen.toml").read_text("utf-8")
WRONG = RIGHT.replace('field = "MA_BN"', 'field = "SO_PHIEU"') + 'MA_BN = "the number of the bed"\n'
MENDED = RIGHT.replace('version = "1"', 'version = "2"')


def test_results_are_moved_to_whose_they_are_and_what_was_wrong_is_taken_back(world: World) -> None:
    judge = Judge([TabularAdapter()], world.settings.public_url, world.keyring.secret)
    intake = Intake(world.store, judge, world.settings, world.now, world.keyring)
    again = Retranslation(world.store, judge, world.now, world.keyring, intake)
    register(world, WRONG)
    intake.take(LAB, Payload(CSV), actor="test")
    wrong = {one["id"] for one in world.all_of("Patient")}

    shown = list(again.differences(LAB, "tabular", [MappingText.read(MENDED.encode())]))
    assert [(one.record, one.was, one.becomes) for one in shown] == [(1, "kept", "kept"), (2, "kept", "kept")]
    assert {change.element.partition("[")[0] for one in shown for change in one.changes} >= {"Patient", "Observation"}

    label = register(world, MENDED)
    made = list(again.carry_out(LAB, "xn-huyen", by="Thu", reason="MA_BN is the patient's number", actor="cli"))
    assert [world.account(one.exchange)["mapping"] for one in made] == [label, label]

    numbers = {
        one["id"]: [each["value"] for each in one["identifier"] if each["system"].endswith(":mrn")]
        for one in world.all_of("Patient")
        if one.get("active") is not False
    }
    assert sorted(numbers.values()) == [["BN000451"], ["BN000452"]]
    assert wrong.isdisjoint(numbers)
    found = world.all_of("Observation")
    standing = [one for one in found if one["status"] != "entered-in-error"]
    whose = Counter(numbers[one["subject"]["reference"].removeprefix("Patient/")][0] for one in standing)
    assert whose == {"BN000451": 3, "BN000452": 2}
    assert {one["subject"]["reference"].removeprefix("Patient/") for one in found if one not in standing} == wrong
    assert list(again.differences(LAB, "tabular")) == []
    assert [issue for step in check(world.store, whole=True) for issue in step.issues] == []
