"""The quality of data on /metrics: by who sends and in what format, reckoned once in a while."""

from __future__ import annotations

import pytest

from gateway.quality.figures import FEW
from gateway.store import quality_figures
from tests.quality.sent import report
from tests.rest.test_measures import later, told
from tests.rest.world import HOME, World


@pytest.fixture
def sending(world: World) -> World:
    world.sign_here()
    return world


def send(world: World, numbers: range, **left_out: str) -> None:
    for number in numbers:
        world.post(report(number, changed=left_out))
        world.clock.forward(seconds=1)


def share(world: World, dimension: str, adapter: str = "hl7v2") -> float | None:
    return told(world, "gateway_quality_ratio", facility=HOME, format=adapter, dimension=dimension)


def test_each_ratio_is_told_by_facility_and_format_once_there_are_enough(sending: World) -> None:
    send(sending, range(FEW - 1))
    assert told(sending, "gateway_quality_records", facility=HOME, format="hl7v2") == FEW - 1
    assert share(sending, "correct") is None
    send(sending, range(FEW - 1, FEW), obx6="")
    later(sending)
    assert [share(sending, one) for one in ("correct", "complete", "clean", "live")] == [1, (FEW - 1) / FEW, 1, 1]


def test_what_nobody_could_read_has_no_format(sending: World) -> None:
    sending.post(b"what is this", **{"Content-Type": "text/plain"})
    assert told(sending, "gateway_quality_records", facility=HOME, format="none") == 1


def test_how_long_a_facility_is_silent_is_told_since_its_last_message(sending: World) -> None:
    send(sending, range(1))
    sending.clock.forward(hours=5)
    later(sending)
    assert told(sending, "gateway_facility_silent_seconds", facility=HOME) == 5 * 3600 + 1
    sending.clock.forward(days=29)
    later(sending)
    assert told(sending, "gateway_facility_silent_seconds", facility=HOME) is None


def test_it_is_not_reckoned_again_at_the_next_scrape(sending: World, monkeypatch: pytest.MonkeyPatch) -> None:
    send(sending, range(1))
    assert told(sending, "gateway_quality_records", facility=HOME, format="hl7v2") == 1
    gauges = sending.app.extensions["measures"].asked
    gauges._until = float("-inf")  # the queues are asked anew, the quality is not
    monkeypatch.setattr(quality_figures, "cells", lambda *_: pytest.fail("reckoned again"))
    assert told(sending, "gateway_quality_records", facility=HOME, format="hl7v2") == 1
