"""An adapter that gives several records the same bytes, against its contract: none takes the place of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.adapter import MappingText, Payload, Record, SourceAdapter
from gateway.intake import Intake
from gateway.retranslation import Retranslation
from tests.intake.again import carry_out, register, take
from tests.intake.world import World
from tests.plain_table import PlainTable, mapping, table


class Alike(PlainTable):
    def bound(self, files: Sequence[MappingText]) -> SourceAdapter:
        return Alike(files)

    def records(self, payload: Payload) -> Sequence[Record]:
        return [replace(one, data=payload.data) for one in super().records(payload)]


@pytest.fixture
def adapter() -> SourceAdapter:
    return Alike()


def test_records_that_share_their_bytes_are_left_as_they_stand(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", "Glucose"))
    take(intake, table(1, 2))
    take(intake, table(3))
    register(world, mapping("2", "HbA1c"))
    first, second, alone = carry_out(again)
    assert {(one.exchange, one.rules) for one in (first, second)} == {("", ("record-pairing-uncertain",))}
    assert alone.exchange
    assert [one["code"]["text"] for one in world.all_of("Observation")] == ["Glucose", "Glucose", "HbA1c"]
