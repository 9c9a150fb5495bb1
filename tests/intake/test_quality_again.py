"""A record translated again counts once, as what it became, in the week in which it first came."""

from __future__ import annotations

from datetime import timedelta

from gateway.facility import Facility
from gateway.intake import Intake
from gateway.quality.figures import LATE_AFTER, Counts, Period, monday
from gateway.retranslation import Retranslation
from gateway.store import quality_figures
from tests.intake.again import carry_out, register, take
from tests.intake.world import LAB, START, World
from tests.plain_table import mapping, table


def weeks(world: World) -> dict[str, Counts]:
    period = Period(START - timedelta(days=1), START + timedelta(days=30))
    with world.store.read() as connection:
        made = quality_figures.of_facility(connection, Facility(LAB, ""), period, LATE_AFTER)
    return {str(week): one for week, one in made.by_week.items() if one.records}


def test_it_counts_once_in_the_week_in_which_it_came(world: World, intake: Intake, again: Retranslation) -> None:
    first = str(monday(START))
    register(world, mapping("1"))
    take(intake, table(1, 2))
    before = weeks(world)
    assert {week: one.records for week, one in before.items()} == {first: 2}
    world.at += timedelta(days=14)
    register(world, mapping("2", "HbA1c"))
    assert len(carry_out(again)) == 2
    assert weeks(world) == before


def test_so_it_does_where_its_results_become_others(world: World, intake: Intake, again: Retranslation) -> None:
    register(world, mapping("1"))
    take(intake, table(1))
    register(world, mapping("2", series="b"))
    assert [bool(one.exchange) for one in carry_out(again)] == [True]
    assert sum(one.records for one in weeks(world).values()) == 1


def test_one_that_was_held_counts_as_what_it_became(world: World, intake: Intake, again: Retranslation) -> None:
    register(world, mapping("1", held="1"))
    take(intake, table(1))
    assert [one.correct.met for one in weeks(world).values()] == [0]
    register(world, mapping("2", unit="mmol/L"))
    assert [bool(one.exchange) for one in carry_out(again)] == [True]
    assert [(one.correct.met, one.records) for one in weeks(world).values()] == [(1, 1)]
