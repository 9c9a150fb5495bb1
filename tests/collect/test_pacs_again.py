"""A study that is told again: each state that comes anew is news to the gateway, however long ago it was the same."""

from __future__ import annotations

import pytest

from gateway.collect.collector import Fate
from gateway.simulator.pacs import SimulatedPacs
from gateway.steps import Step, listen
from tests.collect.archive import Watched, held
from tests.collect.site import NOT_NOW

TAKEN = Fate.TAKEN


@pytest.mark.parametrize("states", [[0, 1, 0, 1], [*range(22), 0]], ids=["again and again", "long ago"])
def test_a_study_that_is_again_what_it_was_is_no_repetition(
    ct: Watched, pacs: SimulatedPacs, states: list[int]
) -> None:
    for state in states:
        pacs.store(held(300 + len(states), images=(1 + state % 2,), StudyDescription=f"CT {state}"))
        assert ct.fates() == [TAKEN], state
    assert ct.taken() == len(ct.site.posts) == len(states)
    assert ct.look() == []


def test_a_state_of_which_no_answer_came_may_stand_there_so_that_the_one_before_is_told_anew(
    ct: Watched, pacs: SimulatedPacs
) -> None:
    small, grown = held(330), held(330, images=(2, 1))
    pacs.store(small)
    ct.look()
    pacs.store(grown)
    end = listen(_dies)  # the gateway has it, and we do not know
    try:
        with pytest.raises(_Death):
            ct.look()
    finally:
        end()
    pacs.store(small)
    assert ct.fates() == [TAKEN]
    assert ct.taken() == 3
    assert ct.site.posts[2] == ct.site.posts[0] + b"\n"
    assert ct.look() == []


def test_a_state_that_never_arrived_is_told_and_what_follows_it_too(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(331))
    ct.look()
    pacs.store(held(331, images=(2, 1)))
    ct.site.script.append(NOT_NOW)
    assert ct.rule()
    assert ct.fates() == [TAKEN]
    assert ct.taken() == 2
    assert ct.look() == []


def test_without_the_memory_of_what_was_sent_all_is_told_again_and_nothing_twice(
    ct: Watched, pacs: SimulatedPacs
) -> None:
    pacs.store(held(332))
    ct.look()
    for file in (ct.folder / "state").glob("sent.db*"):
        file.unlink()
    assert ct.fates() == [TAKEN]
    assert ct.taken() == 1
    assert ct.look() == []


def test_a_memory_that_cannot_be_read_ends_the_look(ct: Watched, pacs: SimulatedPacs) -> None:
    pacs.store(held(333))
    ct.look()
    (ct.folder / "state" / "sent.db").write_bytes(b"no database at all, but bytes enough to be taken for one" * 100)
    assert ct.rule() == "collect-state-away"
    assert len(ct.site.posts) == 1


class _Death(BaseException):
    """As kill -9: nothing that follows is done."""


def _dies(reached: Step, took: float | None = None, /) -> None:
    if reached is Step.COLLECT_ANSWERED:
        raise _Death
