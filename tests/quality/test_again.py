"""What is translated again counts as it is now, in place of what it was, and takes nothing from what came after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.judgement import Judge
from gateway.retranslation import Again, Retranslation
from tests.intake.test_vocabulary import OWN, decide
from tests.intake.world import LAB, World
from tests.quality.sent import quality, ratios, report, total

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def again(world: World) -> list[Again]:
    intake = world.intake
    judge: Judge = intake._judge  # type: ignore[assignment]  # the one the world made it with
    made = Retranslation(world.store, judge, world.now, world.keyring, intake)
    return list(made.carry_out_decided(LAB, by="Thu", reason="glucose decided", actor="cli"))


def test_a_decision_on_a_code_makes_what_held_it_clean(world: World) -> None:
    world.take(report(changed={"obx3": "GLU^Glucose^L"}))
    assert ratios(total(world))[2] == (0, 1)
    decide(world, f"{OWN}|GLU", "14749-6")
    assert [one.rules for one in again(world)] == [()]
    assert ratios(total(world))[2] == (1, 1)


def test_a_correction_still_counts_when_what_it_corrected_is_translated_again(world: World) -> None:
    """The correction lacks its unit: it is the newest word, whatever the decision makes of the first one."""
    world.take(report(changed={"obx3": "GLU^Glucose^L"}))
    world.take(report(issued=AT + timedelta(minutes=10), changed={"obr25": "C", "obx11": "C", "obx6": ""}))
    before = quality(world)
    assert before.total.complete.met == 0
    decide(world, f"{OWN}|GLU", "14749-6")
    assert again(world)
    assert quality(world) == before
