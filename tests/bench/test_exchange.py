"""How the highest rate that holds is looked for, and when a rate is said to hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bench.exchange import highest, sustained
from gateway.bench.failed import BenchFailed
from gateway.bench.load import Answer
from gateway.bench.plan import quick
from gateway.bench.sending import Seen

PLAN = quick(Path(), Path())
HELD = Seen(10, 10, [Answer(number, 201, 0.1, 0.0, b"") for number in range(200)], 200, 0.5, {})


def _with(*last: Answer) -> list[Answer]:
    return [*HELD.answers[: -len(last)], *last]


class Machine:
    """One that keeps up with so many exchanges a second, and with fewer for longer than a minute."""

    def __init__(self, able: float, lasting: float | None = None) -> None:
        self.able = able
        self.lasting = able if lasting is None else lasting
        self.tried: list[tuple[float, float]] = []

    def at(self, rate: float, seconds: float) -> Seen:
        self.tried.append((rate, seconds))
        able = self.lasting if seconds > 15 else self.able
        return replace(HELD, rate=rate, seconds=seconds, drained=0.5 if rate <= able else 60.0)


def test_a_rate_holds_when_all_were_taken_in_time_and_delivered_soon_after() -> None:
    assert HELD.holds
    assert not replace(HELD, answers=_with(Answer(0, 503, 0.1, 0.0, b""))).holds
    assert not replace(HELD, answers=_with(*(Answer(0, 201, 0.2, 0.0, b"") for _ in range(3)))).holds
    assert not replace(HELD, delivered=199).holds
    assert not replace(HELD, drained=3.0).holds
    assert replace(HELD, drained=3.0, seconds=120).holds


@given(st.floats(1, 1_000))
def test_the_highest_rate_found_holds_and_is_close_to_what_the_machine_can(able: float) -> None:
    machine = Machine(able)
    found = highest(machine, 5, lambda _: None)
    assert found <= able
    assert found > able / 1.1
    assert len(machine.tried) <= 24


def test_a_rate_that_holds_for_seconds_alone_is_lowered_until_it_holds_for_the_whole_time() -> None:
    machine = Machine(100, lasting=80)
    seen = sustained(machine, PLAN, lambda _: None)
    assert seen.holds
    assert seen.seconds == PLAN.seconds
    assert 70 < seen.rate <= 80


def test_a_rate_that_was_asked_for_is_offered_as_it_is() -> None:
    machine = Machine(10)
    seen = sustained(machine, replace(PLAN, rate=50), lambda _: None)
    assert (seen.rate, seen.holds) == (50, False)
    assert machine.tried == [(50, PLAN.seconds)]


def test_a_machine_on_which_nothing_holds_is_said_to_be_one() -> None:
    with pytest.raises(BenchFailed, match="no rate held"):
        highest(Machine(0), 5, lambda _: None)
