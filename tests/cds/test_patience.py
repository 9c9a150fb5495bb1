"""A doctor's order never waits for advice: in time, or no card; and what was too late was not shown."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any, cast

import pytest

from gateway.app import create_app
from gateway.cds.patience import Late, Patience
from gateway.prior.answering import Priors
from gateway.store import Store
from tests.cds.his import SIGN, His, hook
from tests.prior.laboratory import told
from tests.prior.lists import RULES


def test_what_is_done_in_time_is_returned_and_what_is_refused_is_raised() -> None:
    patience = Patience(60, 1)
    assert [patience.within(0, lambda: 7, lambda _: None) for _ in range(3)] == [7, 7, 7]
    with pytest.raises(ZeroDivisionError):
        patience.within(0, lambda: 1 // 0, lambda _: None)


def test_what_is_late_is_given_up_and_undone_when_it_ends() -> None:
    may_end, undone = Event(), Event()
    kept: list[str] = []

    def slow() -> str:
        may_end.wait(60)
        return "late"

    def undo(one: str) -> None:
        kept.append(one)
        undone.set()

    patience = Patience(0.01, 1)
    with pytest.raises(Late):
        patience.within(0, slow, undo)
    with pytest.raises(Late):  # the one that may be at work still is
        patience.within(0, lambda: "never begun", undo)
    may_end.set()
    assert undone.wait(60)
    assert kept == ["late"]


def test_when_the_time_is_over_before_anything_is_done_nothing_is_begun() -> None:
    with pytest.raises(Late):
        Patience(1, 1).within(1, lambda: pytest.fail("begun"), lambda _: None)


def test_a_late_answer_has_no_card_is_counted_and_counts_as_not_shown(his: His) -> None:
    told(his.world, days_ago=3)
    parts, held, ended = his.world.parts, Event(), Event()

    class Held(Priors):
        def results(self, *asked: Any) -> Any:
            held.wait(60)
            return super().results(*asked)

    class Watched:
        """The store, which tells when late cards were taken back."""

        def __getattr__(self, name: str) -> Any:
            return getattr(parts.store, name)

        def write(self, work: Any, **how: Any) -> Any:
            made = parts.store.write(work, **how)
            if "withdraw" in work.__qualname__:
                ended.set()
            return made

    slow = Held(parts.store, parts.keyring, his.world.clock, lambda: RULES)
    impatient = replace(
        parts, priors=slow, store=cast(Store, Watched()), settings=replace(parts.settings, cds_milliseconds=200)
    )
    patient, his.world.app = his.world.app, create_app(impatient.settings, parts=impatient)
    assert his.cards(SIGN, hook()) == []
    assert 'gateway_cds_hooks_total{answer="late",hook="order-sign"} 1.0' in his.metrics()
    held.set()
    assert ended.wait(60)
    his.world.app = patient
    assert len(his.cards(SIGN, hook())) == 1
