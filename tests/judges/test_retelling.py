"""What stands depends on what was said, not on the order in which it came."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.retelling import Said, changes_nothing, in_order, told_again
from gateway.revision import revise

NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)
TICK_LATER = NOON + timedelta(minutes=3, microseconds=1)


def said(name: str, at: int | None, recorded: int | None = None, told: int = 0, **content: Any) -> Said:
    def moment(minutes: int) -> datetime:
        return NOON + timedelta(minutes=minutes)

    resource = {"resourceType": "Observation", "id": "o", **content}
    return Said(
        resource,
        None if at is None else moment(at),
        None if recorded is None else moment(recorded),
        moment(told),
        name,
    )


def names(*words: Said) -> list[str]:
    return [one.exchange for one in in_order(words)]


def test_a_word_is_placed_by_its_own_time_not_by_when_it_was_told() -> None:
    assert names(said("late", 1, told=9), said("first", 5, told=1)) == ["late", "first"]


def test_of_messages_of_one_moment_the_correction_is_the_last_word_whichever_was_taken_last() -> None:
    for told in ((1, 9), (9, 1)):
        final = said("final", 1, recorded=3, told=told[0], status="final")
        corrected = said("corrected", 1, recorded=3, told=told[1], status="corrected")
        assert names(final, corrected) == ["final", "corrected"]


def test_of_messages_of_one_moment_that_say_no_more_the_one_taken_later_is_the_last_word() -> None:
    for recorded in (3, None):
        for values in permutations("ab"):
            first = said("y", 1, recorded, told=3, valueString=values[0])
            second = replace(said("x", 1, recorded, told=3, valueString=values[1]), told=TICK_LATER)
            assert names(first, second) == names(second, first) == ["y", "x"]


def test_of_messages_taken_at_one_instant_what_they_say_decides() -> None:
    first, second = said("y", 1, 3, told=3, valueString="a"), said("x", 1, 3, told=3, valueString="b")
    assert names(first, second) == names(second, first) == ["y", "x"]


def test_at_one_time_the_finished_result_is_the_last_word_whichever_was_told_last() -> None:
    words = said("final", 1, told=1, status="final"), said("preliminary", 1, told=9, status="preliminary")
    assert names(*words) == ["preliminary", "final"]


def test_at_one_time_the_message_made_later_is_the_last_word() -> None:
    assert names(said("second", 1, recorded=3, told=1), said("first", 1, recorded=2, told=9)) == ["first", "second"]


def test_of_messages_made_at_one_moment_the_one_with_the_higher_number_is_the_last_word() -> None:
    """Many senders write no seconds."""
    words = [
        replace(said(name, 1, recorded=1, told=9 - at), number=f"HIS{name}")
        for at, name in enumerate(["9", "10", "11"])
    ]
    assert names(*words) == ["9", "10", "11"]


def test_a_word_without_a_time_speaks_of_the_moment_of_the_one_told_before_it() -> None:
    words = said("a", 1, told=1), said("untimed", None, told=2), said("b", 3, told=3)
    assert names(*words) == ["a", "untimed", "b"]


def test_a_word_without_a_time_that_was_told_first_is_the_oldest() -> None:
    assert names(said("a", 5, told=2), said("untimed", None, told=1)) == ["untimed", "a"]


def test_a_word_whose_record_is_told_again_counts_no_more_and_the_new_one_was_told_when_it_was() -> None:
    old = replace(said("old", None, told=1), message="m1")
    new = replace(said("new", None, told=9), message="m2", replaces=frozenset({"m1"}))
    newest = replace(said("newest", None, told=10), message="m3", replaces=frozenset({"m2"}))
    between = replace(said("between", None, told=5), message="m4")
    for words in permutations((old, new, newest, between)):
        assert names(*words) == ["newest", "between"]
    assert names(new, between) == ["between", "new"]  # nothing is known of what it replaced


def test_nothing_said_is_the_callers_error() -> None:
    with pytest.raises(ValueError, match="no word"):
        told_again([])


def test_a_late_word_between_two_others_has_its_place_between_them() -> None:
    """The oldest note is overtaken by the one in the middle, though that came last."""
    words = said("1", 1, note="old", value="5"), said("3", 3, status="final"), said("2", 2, note="newer")
    assert told_again(words)["note"] == "newer"
    assert told_again(words)["status"] == "final"


@pytest.mark.parametrize(
    ("late", "whether"),
    [({"note": "n"}, True), ({}, True), ({"note": "other"}, False), ({"value": "5"}, False)],
)
def test_a_late_word_changes_nothing_only_where_all_of_it_stands(late: dict[str, Any], whether: bool) -> None:
    standing = {"resourceType": "Observation", "id": "o", "note": "n"}
    assert changes_nothing(standing, {"resourceType": "Observation", "id": "o", **late}) is whether


# One value at most, as R4 has it.
_VALUE = st.sampled_from([{}, {"valueString": "a"}, {"valueString": "b"}, {"valueInteger": 0}, {"valueInteger": 1}])
_CONTENT = st.fixed_dictionaries(
    {"status": st.sampled_from(["preliminary", "final", "corrected", "registered"])},
    optional={
        "interpretation": st.sampled_from(["H", "L"]),
        "note": st.sampled_from(["x", "y"]),
        "dataAbsentReason": st.just("unknown"),
    },
)
_SAID = st.builds(lambda content, value: {**content, **value}, _CONTENT, _VALUE)
_WORDS = st.lists(st.tuples(_SAID, st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=6)


@given(words=_WORDS, shuffle=st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_with_the_same(words: list[Any], shuffle: Any) -> None:
    made = [said(str(number), at, told, told, **content) for number, (content, at, told) in enumerate(words)]
    shuffled = list(made)
    shuffle.shuffle(shuffled)
    assert told_again(shuffled) == told_again(made)


@given(words=_WORDS)
def test_the_newest_word_may_be_put_on_top_of_what_stands(words: list[Any]) -> None:
    """So that nobody has to be told again what is told in order."""
    made = in_order(said(str(number), number, told=number, **content) for number, (content, _, _) in enumerate(words))
    assert told_again(made) == reduce(revise, [one.resource for one in made])


@given(words=_WORDS, late=st.integers(0, 5))
def test_a_late_word_that_stands_already_may_be_left_out(words: list[Any], late: int) -> None:
    made = [said(str(number), number, told=number, **content) for number, (content, _, _) in enumerate(words)]
    one = made.pop(min(late, len(made) - 1))
    if made and one.at != max(each.at or NOON for each in [*made, one]):
        standing = told_again(made)
        if changes_nothing(standing, one.resource):
            assert told_again([*made, one]) == standing
