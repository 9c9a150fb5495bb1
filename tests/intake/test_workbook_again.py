"""A workbook translated again: each record has bytes of its own, and none takes the place of another patient's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.tabular import TabularAdapter
from gateway.adapter import Payload, SourceAdapter
from gateway.bundle import resources
from gateway.intake import Intake
from gateway.retranslation import Retranslation
from gateway.store import payloads, retention
from gateway.store.packing import unpacked
from gateway.store.tables import exchange
from gateway.trust import evidence
from tests.intake.again import carry_out, register, take
from tests.intake.world import LAB, World
from tests.tabular.building import MAPPING
from tests.tabular.test_xlsx import workbook

HEAD = ["PHIEU", "BN", "XN", "KQ"]
NAMED = '\n[[row]]\nattribute = "DiagnosticReport.code.text"\nassignment = "Blood"\n'


@pytest.fixture
def adapter() -> SourceAdapter:
    return TabularAdapter()


def changed(old: str = "1", new: str = "2") -> str:
    return MAPPING.replace('version = "1"', 'version = "2"').replace(old, new)


def by_column_xn() -> str:
    """The patient's number read from the column XN."""
    return changed('field = "BN"', 'field = "XN"').replace('"XN"\nattribute = "Obs', '"BN"\nattribute = "Obs')


def sent(world: World, intake: Intake, *rows: list[str]) -> list[str]:
    register(world, MAPPING)
    return take(intake, workbook(*map(list, rows), head=HEAD))


def patient(world: World, name: str) -> str:
    return str(next(resources(world.exchange(name)["bundle"], "Patient"))["id"])


A1, A2, B1 = ["P1", "A", "a", "1"], ["P2", "A", "b", "2"], ["P3", "B", "a", "3"]


@pytest.mark.parametrize("pruned", [False, True])
def test_rows_joined_otherwise_put_no_patient_in_the_place_of_another(
    world: World, intake: Intake, again: Retranslation, pruned: bool
) -> None:
    made = sent(world, intake, A1, A2, B1)
    if pruned:  # all but the last have their bytes no more
        prune(world, made[:2])
    register(world, changed('report = ["PHIEU"]', 'report = ["BN"]'))
    told = carry_out(again, "lab")
    assert [(one.exchange, one.rules) for one in told] == [("", ("record-split-otherwise",))] * 2
    assert {one["status"] for one in world.all_of("Observation")} == {"final"}


def prune(world: World, names: list[str]) -> None:
    delivered = exchange.update().where(exchange.c.id.in_(names)).values(status="delivered")
    world.store.write(lambda connection: connection.execute(delivered))
    assert retention.empty_records(world.store, world.now() + timedelta(days=40), 30) == len(names)


def test_records_of_the_same_rows_are_translated_again_whoever_the_patient_is_now(
    world: World, intake: Intake, again: Retranslation
) -> None:
    """The bytes say that the rows are the record's own: it was the column that was wrong, in each of them."""
    before = sent(world, intake, ["P1", "A", "B", "1"], ["P2", "B", "A", "2"])
    was = [patient(world, name) for name in before]
    prune(world, before[:1])
    register(world, by_column_xn())
    made = [one.exchange for one in carry_out(again, "lab")]
    assert len(set(made) - {"", *before}) == 2
    assert [patient(world, name) for name in made] == was[::-1]
    assert carry_out(again, "lab") == []


def test_as_many_rows_of_the_same_patients_are_translated_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    before = sent(world, intake, A1, A2, B1)
    register(world, changed() + NAMED)
    made = [one.exchange for one in carry_out(again, "lab")]
    assert len(set(made) - {"", *before}) == 3
    assert [patient(world, name) for name in made] == [patient(world, name) for name in before]


def test_one_row_whose_patient_was_misread_is_translated_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    before = sent(world, intake, ["P1", "A", "B", "1"])
    register(world, by_column_xn())
    (made,) = carry_out(again, "lab")
    assert made.exchange not in ("", *before)


@pytest.mark.parametrize("rows", [[A1], [A1, B1]])
def test_the_workbook_is_kept_whole_and_each_exchange_has_its_own_rows_signed(
    world: World, intake: Intake, rows: list[list[str]]
) -> None:
    register(world, MAPPING)
    data = workbook(*rows, head=HEAD)
    made = take(intake, data)
    with world.store.read() as connection:
        (came,) = payloads.page(connection, LAB, "tabular", None)
        assert (came.sha256, payloads.whole(connection, came)) == (Payload(data).sha256, data)
        stored = {row.id: row for row in connection.execute(exchange.select())}
    trust = world.keyring.public_trust()
    for name, row in zip(made, rows, strict=True):
        record = unpacked(stored[name].record)
        assert [number in record for number in (b'"P1"', b'"P3"')] == [number in row for number in ("P1", "P3")]
        proof = evidence.build(world.exchange(name)["bundle"], payload=record)
        assert evidence.verify_file(proof, trust, world.now()).verdict == "valid"
        other = evidence.build(world.exchange(name)["bundle"], payload=record.replace(b'"a"', b'"b"'))
        assert evidence.verify_file(other, trust, world.now()).verdict == "invalid"
