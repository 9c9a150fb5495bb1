"""A ValueSet is listed by its rules, and where they cannot be followed exactly, it says so."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.r4.value_sets import Codes, NotEnumerable, codes_of, parents

SYSTEM = {
    "content": "complete",
    "concept": [{"code": "a", "concept": [{"code": "b", "concept": [{"code": "c"}]}]}, {"code": "d"}],
}
SYSTEMS = {"urn:s": parents(SYSTEM) or {}}
ELSEWHERE = "urn:elsewhere"


def listed(*includes: dict[str, Any], exclude: list[dict[str, Any]] | None = None) -> Codes:
    some = [{"system": "urn:s", "concept": [{"code": "c"}, {"code": "d"}]}]
    definitions = {
        "urn:v": {"compose": {"include": list(includes), "exclude": exclude or []}},
        "urn:w": {"compose": {"include": some}},
        "urn:x": {"compose": {"include": [{"system": ELSEWHERE, "filter": [_rule("is-a", "1")]}]}},
        "urn:ring": {"compose": {"include": [{"valueSet": ["urn:ring"]}]}},
    }
    return codes_of(definitions, SYSTEMS, "urn:v|1.0")


def _rule(operator: str, value: str, name: str = "concept") -> dict[str, str]:
    return {"property": name, "op": operator, "value": value}


@pytest.mark.parametrize(
    ("include", "codes"),
    [
        ({"system": "urn:s", "concept": [{"code": "a"}]}, "a"),
        ({"system": "urn:s", "filter": [_rule("is-a", "b")]}, "bc"),
        ({"system": "urn:s", "filter": [_rule("descendent-of", "a")]}, "bc"),
        ({"system": "urn:s", "filter": [_rule("is-not-a", "b")]}, "ad"),
        ({"system": "urn:s", "filter": [_rule("is-a", "a"), _rule("is-not-a", "c")]}, "ab"),
        ({"valueSet": ["urn:w|1.0"]}, "cd"),
        ({"system": "urn:s", "valueSet": ["urn:w"]}, "cd"),
        ({"system": "urn:s", "concept": [{"code": "a"}, {"code": "c"}], "valueSet": ["urn:w"]}, "c"),
    ],
)
def test_a_value_set_is_listed_by_its_rules(include: dict[str, Any], codes: str) -> None:
    assert listed(include) == Codes({"urn:s": frozenset(codes)})


def test_a_whole_system_stands_for_all_its_codes() -> None:
    assert listed({"system": ELSEWHERE}) == Codes({ELSEWHERE: None})
    assert listed({"system": "urn:s"}, {"valueSet": ["urn:w"]}) == Codes({"urn:s": None})


def test_what_is_excluded_is_not_listed() -> None:
    assert listed({"system": "urn:s"}, exclude=[{"valueSet": ["urn:w"]}]) == Codes({"urn:s": frozenset("ab")})
    assert listed({"valueSet": ["urn:w"]}, exclude=[{"system": "urn:s"}]) == Codes()


@pytest.mark.parametrize(
    ("include", "exclude"),
    [
        ({"system": ELSEWHERE, "filter": [_rule("is-a", "1")]}, []),
        ({"system": ELSEWHERE}, [{"system": ELSEWHERE, "concept": [{"code": "1"}]}]),
        ({"system": ELSEWHERE}, [{"valueSet": ["urn:x"]}]),
        ({"system": ELSEWHERE, "valueSet": ["urn:x"]}, []),
    ],
)
def test_of_a_system_that_is_not_known_a_part_is_not_listed(include: dict[str, Any], exclude: list[Any]) -> None:
    assert listed(include, exclude=exclude) == Codes({}, {ELSEWHERE})


def test_a_filter_that_is_not_read_leaves_its_system_unlisted() -> None:
    assert listed({"system": "urn:s", "filter": [_rule("=", "active", "status")]}) == Codes({}, {"urn:s"})


@pytest.mark.parametrize("include", [{"valueSet": [ELSEWHERE]}, {}, {"valueSet": ["urn:ring"]}])
def test_a_value_set_of_what_is_not_known_is_not_listed_at_all(include: dict[str, Any]) -> None:
    with pytest.raises(NotEnumerable):
        listed(include)


@pytest.mark.parametrize("system", [{}, {"content": "fragment", "concept": [{"code": "a"}]}, {"content": "complete"}])
def test_a_code_system_that_lists_not_all_lists_nothing(system: dict[str, Any]) -> None:
    assert parents(system) is None


def test_rings_of_concepts_end() -> None:
    rings = {"urn:s": {"a": "b", "b": "a"}}
    definition = {"compose": {"include": [{"system": "urn:s", "filter": [_rule("is-a", "a")]}]}}
    assert codes_of({"urn:v": definition}, rings, "urn:v") == Codes({"urn:s": frozenset("ab")})
