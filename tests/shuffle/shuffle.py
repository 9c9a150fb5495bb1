"""The same messages into two gateways: into one as they were sent, into the other twice each and shuffled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import Payload
from gateway.facility import Facility
from gateway.intake import Intake
from gateway.judgement import Judge
from gateway.simulator.province import FACILITIES, Sent
from tests.intake.world import HOSPITAL, LAB, World
from tests.shuffle.standing import Standing, standing


def stands_after(url: str, folder: Path, messages: Sequence[Sent]) -> Standing:
    """What stands in a new gateway at this database when it has taken the messages, one after another."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World.opened(url, folder)
    try:
        for code in FACILITIES:
            if code not in (LAB, HOSPITAL):
                world.register(Facility(code, f"Facility {code}"))
        judge = Judge([Hl7v2Adapter()], world.settings.public_url, world.keyring.secret)
        intake = Intake(world.store, judge, world.settings, world.now, world.keyring)
        for one in messages:
            intake.take(one.facility, Payload(one.data), actor="test")
        intake.close()
        return standing(world.store)
    finally:
        world.store.close()


def shuffled(messages: Sequence[Sent], seed: int) -> list[Sent]:
    """Each twice, in any order."""
    twice = [*messages, *messages]
    Random(seed).shuffle(twice)  # noqa: S311  # an order, not a secret
    return twice
