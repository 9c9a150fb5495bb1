"""A mutant is its control with one rule broken in one place, and the same for the same seed."""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from gateway.jsontext import dumps
from gateway.r4 import check
from gateway.r4.check import walked_issues
from gateway.r4.schema import type_named
from tests.r4.mutants import KINDS, Edit, Mutant, mutants_of
from tests.r4.mutants.controls import TYPES, controls
from tests.r4.mutants.edits import applied
from tests.r4.mutants.kinds_syntax import SYNTAX
from tests.r4.mutants.values import VALID
from tests.r4.mutants.written import WRITTEN
from tests.r4.samples import patient
from tests.r4.score.archive import EXAMPLES, json_files
from tests.r4.score.examples import NOT_VALID

_IN_THE_TEXT = {kind.__name__.replace("_", "-") for kind in SYNTAX}


@cache
def some_controls() -> dict[str, dict[str, Any]]:
    """One short example of each type, and all that are made and written here."""
    examples = {
        name: content
        for name, content in json_files(EXAMPLES).items()
        if name not in NOT_VALID and len(content) < 10_000
    }
    return dict(controls(examples, "a seed", 1))


@cache
def some_mutants() -> list[tuple[str, Mutant]]:
    return [
        (name, mutant)
        for name, resource in some_controls().items()
        for mutant in mutants_of(resource, f"a seed {name}")
    ]


def differences(one: Any, other: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The highest places at which two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            if key in one and key in other:
                yield from differences(one[key], other[key], (*path, key))
            else:
                yield (*path, key)
    elif isinstance(one, list) and isinstance(other, list) and abs(len(one) - len(other)) <= 1:
        for index in range(max(len(one), len(other))):
            if index < len(one) and index < len(other):
                yield from differences(one[index], other[index], (*path, index))
            else:
                yield (*path, index)
    elif type(one) is not type(other) or one != other:
        yield path


def test_every_control_is_valid() -> None:
    refused = {name: found for name, resource in some_controls().items() if (found := walked_issues(resource))}
    assert {name: found for name, found in refused.items() if any(issue.refuses for issue in found)} == {}


@pytest.mark.parametrize("name", sorted(VALID))
def test_what_is_added_as_a_second_type_is_valid_in_itself(name: str) -> None:
    key = f"value{name[0].upper()}{name[1:]}"
    if key in type_named("Extension").properties:
        extension = {"url": "http://example.org/a", key: VALID[name]}
        assert check(patient(extension=[extension])) == []
    else:
        assert name == "SimpleQuantity"


def test_each_mutant_differs_from_its_control_in_one_place_and_that_is_the_one_it_names() -> None:
    controls = {name: json.loads(dumps(resource)) for name, resource in some_controls().items()}
    for name, mutant in some_mutants():
        if mutant.kind in _IN_THE_TEXT or mutant.edit.action == "twice":
            continue
        places = {path[: len(mutant.edit.path)] for path in differences(controls[name], json.loads(mutant.text))}
        assert places == {mutant.edit.path}, (name, mutant.kind)


def test_a_property_written_twice_is_the_only_one() -> None:
    for name, mutant in some_mutants():
        if mutant.edit.action == "twice":
            twice: list[str] = []

            def seen(pairs: list[tuple[str, Any]], twice: list[str] = twice) -> dict[str, Any]:
                keys = [key for key, _ in pairs]
                twice.extend(key for key in set(keys) if keys.count(key) > 1)
                return dict(pairs)

            read = json.loads(mutant.text, object_pairs_hook=seen)
            assert twice == [mutant.edit.path[-1]]
            assert read == json.loads(dumps(some_controls()[name]))


def test_a_text_that_is_not_json_is_read_by_no_parser() -> None:
    broken = [mutant.text for _, mutant in some_mutants() if mutant.kind == "text-is-not-json"]
    assert broken
    for text in broken:
        with pytest.raises(ValueError, match=r"line \d+ column|invalid literal"):
            json.loads(text, parse_constant=int)


def test_the_same_seed_makes_the_same_mutants_and_another_makes_others() -> None:
    resource = WRITTEN["questionnaire"]
    texts = [[mutant.text for mutant in mutants_of(resource, seed, 3)] for seed in ("1", "1", "2")]
    assert texts[0] == texts[1] != texts[2]


def test_making_mutants_leaves_the_control_as_it_is() -> None:
    for resource in WRITTEN.values():
        before = copy.deepcopy(resource)
        assert list(mutants_of(resource, "1", 2))
        assert resource == before


def test_every_resource_type_is_broken_in_ten_ways_or_more() -> None:
    kinds = defaultdict(set)
    for name, mutant in some_mutants():
        kinds[some_controls()[name]["resourceType"]].add(mutant.kind)
    assert {name: len(kinds[name]) for name in TYPES if len(kinds[name]) < 10} == {}


def test_every_kind_breaks_something() -> None:
    assert set(KINDS) == {mutant.kind for _, mutant in some_mutants()}


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (Edit("set", ("name", 0, "family"), 1), '"name":[{"family":1,"given"'),
        (Edit("set", ("name", 1), {}), "},{}]"),
        (Edit("remove", ("gender",)), '}],"birthDate"'),
        (Edit("twice", ("gender",)), '"birthDate":"1980-02-29","gender":"male"}'),
    ],
)
def test_an_edit_changes_the_text_where_it_says(edit: Edit, text: str) -> None:
    assert text in applied(edit, patient()).decode()
    assert check(patient()) == []
