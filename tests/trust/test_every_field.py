"""A signed message changed in any one place, whatever the place and the change, is never valid."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.jsontext import Number
from tests.trust.world import World, as_sent

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every value in a message, the inner ones and the leaves."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def replaced(bundle: Any, path: Path, new: Any) -> Any:
    made = copy.deepcopy(bundle)
    at(made, path[:-1])[path[-1]] = new
    return made


def others(value: Any) -> list[Any]:
    """Values that differ from ``value`` a little, and some that are of another kind."""
    if isinstance(value, bool):
        return [not value, str(value), None]
    if isinstance(value, Number):
        return [Number(value.token + "0"), Number("1" + value.token), str(value), None]
    if isinstance(value, str):
        turned = chr(ord(value[-1]) ^ 1) if value else "x"
        middle = len(value) // 2
        inside = value[:middle] + chr(ord(value[middle]) ^ 1) + value[middle + 1 :]
        return [
            value + "x",
            value[:-1],
            value[:-1] + turned,
            inside,
            value + " ",
            value.swapcase() + "é",
            None,
            1,
            [value],
        ]
    return [None, "x", [], {}, 1]


def test_every_leaf_changed_in_every_way_is_never_valid(world: World) -> None:
    tried = 0
    for path in places(world.signed):
        for other in others(at(world.signed, path)):
            found = world.judged(as_sent(replaced(world.signed, path, other)))
            assert found.verdict == "invalid", (path, other)
            tried += 1
    assert tried > 300


def test_every_member_and_item_left_out_is_never_valid(world: World) -> None:
    for path in places(world.signed):
        made = copy.deepcopy(world.signed)
        del at(made, path[:-1])[path[-1]]
        assert world.judged(as_sent(made)).verdict == "invalid", path


def test_a_member_added_anywhere_is_never_valid(world: World) -> None:
    for path in [(), *places(world.signed)]:
        made = copy.deepcopy(world.signed)
        place = at(made, path)
        if isinstance(place, dict):
            place["extension"] = []
        elif isinstance(place, list):
            place.append(copy.deepcopy(place[0]))
        else:
            continue
        assert world.judged(as_sent(made)).verdict == "invalid", path


def test_any_two_entries_exchanged_are_never_valid(world: World) -> None:
    for first in range(len(world.signed["entry"])):
        for second in range(first):
            made = copy.deepcopy(world.signed)
            entries = made["entry"]
            entries[first], entries[second] = entries[second], entries[first]
            assert world.judged(made).verdict == "invalid"


def test_every_field_of_a_receipt_changed_is_never_valid(world: World) -> None:
    receipt = world.receipt()
    jws = world.judged().message
    assert jws is not None
    assert world.judged(receipt, expect_receipt_for=jws.jws, payload=None).valid
    for path in places(receipt):
        for other in others(at(receipt, path)):
            found = world.judged(replaced(receipt, path, other), expect_receipt_for=jws.jws, payload=None)
            assert found.verdict == "invalid", (path, other)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.data())
def test_anything_in_place_of_anything_is_judged_without_a_crash(world: World, chosen: st.DataObject) -> None:
    path = chosen.draw(st.sampled_from(list(places(world.signed))))
    new = chosen.draw(_json)
    if new == at(world.signed, path):
        return
    assert world.judged(replaced(world.signed, path, new)).verdict == "invalid"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(index=st.integers(0, 10_000), octet=st.integers(0, 255))
def test_any_octet_changed_on_the_wire_is_invalid_or_means_the_same(world: World, index: int, octet: int) -> None:
    sent = as_sent(world.signed)
    place = index % len(sent)
    made = sent[:place] + bytes([octet]) + sent[place + 1 :]
    found = world.judged(made)
    assert (found.verdict == "valid") == (made == sent)


@pytest.mark.parametrize("given", [None, [], "", 0, True, {}, {"resourceType": "Bundle"}])
def test_what_is_no_message_at_all_is_invalid(world: World, given: Any) -> None:
    assert world.judged(as_sent(given)).verdict == "invalid"
