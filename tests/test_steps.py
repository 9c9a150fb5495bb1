"""The named steps: who listens hears each, and nobody else does."""

from __future__ import annotations

import pytest

from gateway.steps import Step, listen, reached


def test_a_listener_hears_every_step_until_it_ends() -> None:
    heard: list[tuple[Step, float | None]] = []
    end = listen(lambda step, took=None: heard.append((step, took)))
    reached(Step.INTAKE_RECEIVED)
    reached(Step.INTAKE_COMMITTED, 0.5)  # done in another process
    end()
    reached(Step.DELIVERY_SENT)
    assert heard == [(Step.INTAKE_RECEIVED, None), (Step.INTAKE_COMMITTED, 0.5)]


def test_what_a_listener_raises_comes_out_where_the_step_was_reached() -> None:
    def broken(_step: Step, _took: float | None = None) -> None:
        raise OSError("as if the disk were full")

    end = listen(broken)
    try:
        with pytest.raises(OSError, match="disk"):
            reached(Step.INTAKE_WRITTEN)
    finally:
        end()
