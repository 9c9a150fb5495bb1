"""A workbook translated again: its records all have its bytes, so none takes the place of another patient's."""

from __future__ import annotations

import pytest

from adapters.tabular import TabularAdapter
from gateway.adapter import Payload
from gateway.bundle import resources
from gateway.intake import Intake
from gateway.judgement import Judge
from gateway.retranslation import Again, Retranslation
from tests.intake.test_mapping_files import register
from tests.intake.world import LAB, World
from tests.tabular.building import MAPPING
from tests.tabular.test_xlsx import workbook

HEAD = ["PHIEU", "BN", "XN", "KQ"]
NAMED = '\n[[row]]\nattribute = "DiagnosticReport.code.text"\nassignment = "Blood"\n'


@pytest.fixture
def judge(world: World) -> Judge:
    return Judge([TabularAdapter()], world.settings.public_url, world.keyring.secret)


@pytest.fixture
def intake(world: World, judge: Judge) -> Intake:
    return Intake(world.store, judge, world.settings, world.now, world.keyring)


@pytest.fixture
def again(world: World, judge: Judge, intake: Intake) -> Retranslation:
    return Retranslation(world.store, judge, world.now, world.keyring, intake)


def changed(old: str = "1", new: str = "2") -> str:
    return MAPPING.replace('version = "1"', 'version = "2"').replace(old, new)


def by_column_xn() -> str:
    """The patient's number read from the column XN."""
    return changed('field = "BN"', 'field = "XN"').replace('"XN"\nattribute = "Obs', '"BN"\nattribute = "Obs')


def take(world: World, intake: Intake, *rows: list[str]) -> list[str]:
    register(world, MAPPING)
    payload = Payload(workbook(*map(list, rows), head=HEAD))
    return [line["id"] for line in intake.take(LAB, payload, actor="test").exchanges]


def patient(world: World, exchange: str) -> str:
    return str(next(resources(world.exchange(exchange)["bundle"], "Patient"))["id"])


def carry_out(again: Retranslation) -> list[Again]:
    return list(again.carry_out(LAB, "lab", by="Thu", reason="wrong column", actor="cli"))


A1, A2, B1 = ["P1", "A", "a", "1"], ["P2", "A", "b", "2"], ["P3", "B", "a", "3"]


def test_rows_joined_otherwise_put_no_patient_in_the_place_of_another(
    world: World, intake: Intake, again: Retranslation
) -> None:
    take(world, intake, A1, A2, B1)
    register(world, changed('report = ["PHIEU"]', 'report = ["BN"]'))
    told = carry_out(again)
    assert [one.exchange for one in told] == ["", ""]
    assert ("record-pairing-uncertain",) in [one.rules for one in told]
    assert {one["status"] for one in world.all_of("Observation")} == {"final"}


def test_as_many_rows_of_other_patients_put_none_in_the_place_of_another(
    world: World, intake: Intake, again: Retranslation
) -> None:
    take(world, intake, ["P1", "A", "B", "1"], ["P2", "B", "A", "2"])
    register(world, by_column_xn())
    told = carry_out(again)
    assert [one.exchange for one in told] == ["", ""]
    assert {one["status"] for one in world.all_of("Observation")} == {"final"}


def test_as_many_rows_of_the_same_patients_are_translated_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    before = take(world, intake, A1, A2, B1)
    register(world, changed() + NAMED)
    made = [one.exchange for one in carry_out(again)]
    assert len(set(made) - {"", *before}) == 3
    assert [patient(world, name) for name in made] == [patient(world, name) for name in before]


def test_one_row_whose_patient_was_misread_is_translated_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    before = take(world, intake, ["P1", "A", "B", "1"])
    register(world, by_column_xn())
    (made,) = carry_out(again)
    assert made.exchange not in ("", *before)
