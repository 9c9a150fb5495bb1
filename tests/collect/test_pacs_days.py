"""Which days of a PACS are looked at: no outage, and no study that was left, is long enough to be forgotten."""

from __future__ import annotations

from gateway.collect.collector import Fate, Told
from gateway.collect.pacs import Watch
from gateway.simulator.pacs import SimulatedPacs
from tests.collect.archive import Watched, held


def test_an_outage_longer_than_the_days_looked_back_at_loses_nothing(ct: Watched, pacs: SimulatedPacs) -> None:
    ct.watch = Watch(look_back_days=2)
    assert ct.look() == []
    pacs.store(held(120))
    pacs.store(held(121, day="20261119"))  # came late
    pacs.script.follow("hang-up*")
    ct.later(days=20)
    assert ct.rule() == "collect-pacs-silent"
    ct.later(days=20)
    pacs.script.follow()
    assert ct.fates() == [Fate.TAKEN, Fate.TAKEN]
    pacs.asked.clear()
    assert ct.look() == []
    assert len(pacs.asked) == 4, "tomorrow, today, two days back"


def test_a_study_that_was_left_is_looked_at_until_it_is_told_and_no_longer(ct: Watched, pacs: SimulatedPacs) -> None:
    ct.watch = Watch(look_back_days=2)
    growing = held(130, images=(3,))
    growing.instances.pop()
    pacs.store(growing)
    pacs.store(held(131))
    assert sorted(ct.fates()) == sorted([Fate.LEFT, Fate.TAKEN])
    for _ in range(3):
        ct.later(days=10)
        assert ct.look() == [Told(Fate.LEFT, "collect-pacs-incomplete")], "and the other of that day is not forgotten"
    pacs.store(held(130, images=(3,)))
    assert ct.fates() == [Fate.TAKEN]
    assert len(ct.site.posts) == 2
    assert ct.look() == []
    pacs.asked.clear()
    assert ct.look() == []
    assert not any("20261120" in path for path in pacs.asked)


def test_days_that_cannot_be_read_are_not_taken_for_none(ct: Watched) -> None:
    assert ct.look() == []
    (ct.folder / "state" / "looked.json").write_text("{")
    assert ct.rule() == "collect-state-away"
