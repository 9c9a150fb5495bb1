"""What is stored, judged again by a changed mapping file: what would be different is told, and nothing is changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.adapter import MappingText, Payload
from gateway.compared import Difference
from gateway.errors import NotFound
from gateway.intake import Intake
from gateway.retranslation import Retranslation
from gateway.store import exchanges, retention
from gateway.store.mapping_tables import payload_body
from gateway.store.tables import exchange
from tests.intake.again import register, take
from tests.intake.world import HOSPITAL, LAB, START, World
from tests.plain_table import mapping, table


def found(again: Retranslation, text: str) -> list[Difference]:
    return list(again.differences(LAB, "plain", [MappingText.read(text.encode())]))


def test_each_record_that_would_be_different_is_told_with_its_elements_and_nothing_is_stored(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1", "Glucose"))
    several, single = take(intake, table(1, 2)), take(intake, table(3))
    before = world.audit()
    told = found(again, mapping("2", "HbA1c"))
    assert [(one.exchange, one.record, one.was, one.becomes) for one in told] == [
        (several[0], 1, "kept", "kept"), (several[1], 2, "kept", "kept"), (single[0], 1, "kept", "kept"),
    ]  # fmt: skip
    (change,) = told[0].changes
    assert (change.element, change.what, change.before, change.after) == (
        "Observation[0].code.text", "changed", "Glucose", "HbA1c",
    )  # fmt: skip
    assert (again.counts.payloads, again.counts.same, again.counts.different) == (2, 0, 3)
    assert again.counts.becomes == {"kept": 3}
    assert world.audit() == before
    assert [one["code"]["text"] for one in world.all_of("Observation")] == ["Glucose"] * 3


def test_a_file_that_says_the_same_in_other_words_changes_nothing(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping("1"))
    take(intake, table(1, 2))
    assert found(again, "# in other words\n" + mapping("2")) == []
    assert (again.counts.same, again.counts.different) == (2, 0)


def test_what_would_be_refused_is_told_with_its_rule(world: World, intake: Intake, again: Retranslation) -> None:
    register(world, mapping())
    (exchange_id,) = take(intake, table(1))
    (none,) = found(again, mapping("2", table="another"))
    assert (none.exchange, none.was, none.becomes, none.rules) == (
        exchange_id, "kept", "refused", ("mapping-none-fits",),
    )  # fmt: skip
    (two,) = found(again, mapping("1", name="xn-tinh"))
    assert two.rules == ("mapping-two-fit",)


def test_only_what_came_since_is_looked_at_and_nothing_of_another_facility(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping(), "")
    take(intake, table(1))
    intake.take(HOSPITAL, Payload(table(2)), actor="test")
    world.at = START + timedelta(days=2)
    later = take(intake, table(3))
    changed = [MappingText.read(mapping("2", "HbA1c").encode())]
    told = list(again.differences(LAB, "plain", changed, START + timedelta(days=1)))
    assert [one.exchange for one in told] == later
    with pytest.raises(NotFound):
        list(again.differences("99999", "plain"))


def test_a_table_with_several_records_is_kept_whole_and_one_of_a_single_record_is_its_record(
    world: World, intake: Intake
) -> None:
    register(world, mapping())
    take(intake, table(1))
    take(intake, table(2, 3))
    with world.store.read() as connection:
        (kept,) = connection.execute(payload_body.select()).all()
    assert bytes(kept.body) == table(2, 3)


def test_a_payload_whose_bytes_were_pruned_is_counted_and_cannot_be_translated_again(
    world: World, intake: Intake, again: Retranslation
) -> None:
    register(world, mapping())
    for data in (table(1), table(2, 3), table(4, 5)):
        take(intake, data)
    with world.store.read() as connection:
        ids = {row.position: row.id for row in connection.execute(exchange.select().where(exchange.c.payload_rid == 2))}

    def deliver(*names: str) -> None:
        world.store.write(
            lambda connection: connection.execute(
                exchange.update().where(exchange.c.id.in_(names)).values(status="delivered")
            )
        )

    deliver(ids[1])
    retention.empty_records(world.store, world.now() + timedelta(days=40), 30)
    assert len(found(again, mapping("2", "HbA1c"))) == 5  # one of its records still has its bytes
    deliver(ids[2])
    retention.empty_records(world.store, world.now() + timedelta(days=40), 30)
    again.counts.without_bytes = 0
    assert len(found(again, mapping("2", "HbA1c"))) == 3
    assert again.counts.without_bytes == 1
    with world.store.read() as connection:
        assert len(connection.execute(payload_body.select()).all()) == 1
        assert exchanges.get(connection, ids[1]) is not None
