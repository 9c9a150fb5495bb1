"""Conditions read from invariants: where one is met, the expression does not say False and does not fail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.r4.definition_files import definition_file
from gateway.r4.fhirpath import Environment, Node, compile_text
from gateway.r4.fhirpath.parser import parse
from gateway.r4.quick.conditions import NEVER, Place, holding
from gateway.r4.schema import type_named

ELEMENT = type_named("ElementDefinition")
_texts = st.sampled_from(["a", "b", "a/b"])
_siblings = st.just({"extension": [{"url": "http://a.example"}]})
_objects = st.fixed_dictionaries(
    {},
    optional={
        "max": _texts,
        "_max": _siblings,
        "path": _texts,
        "_path": _siblings,
        "alias": st.lists(_texts, min_size=1, max_size=2),
        "fixedString": _texts,
        "patternCode": _texts,
        "type": st.lists(
            st.fixed_dictionaries({}, optional={"code": _texts, "_code": _siblings, "profile": st.just(["a"])}).filter(
                bool
            ),
            min_size=1,
            max_size=2,
        ),
    },
)
_members = st.sampled_from(
    ["max", "path", "alias", "fixed", "pattern", "type", "type.code", "type.where(code = 'a')", "nothing"]
)
_leaves = st.one_of(
    st.builds("{}.{}".format, _members, st.sampled_from(["exists()", "empty()", "hasValue()", "count() > 1"])),
    st.builds("{} {} '{}'".format, _members, st.sampled_from(["=", "!="]), _texts),
    st.builds("{} in ('a' | 'b')".format, _members),
    st.builds("{}.contains('/')".format, _members),
    st.builds(
        "type.all({})".format,
        st.sampled_from(["code.exists()", "code = 'a'", "profile.empty()", "code != 'b' or profile.exists()"]),
    ),
    st.builds("type.exists({})".format, st.sampled_from(["code = 'a'", "code"])),
    st.sampled_from(["max", "alias", "max < path", "alias < path"]),
)
_expressions = st.recursive(
    _leaves,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or", "xor", "implies", "=", "!="]), inner)
        | st.builds("{}.not()".format, inner.map("({})".format))
    ),
    max_leaves=4,
)


def condition(text: str, *, strict: bool = False) -> tuple[str, dict[str, Any]]:
    """The condition of an expression on an ElementDefinition, and the constants it names."""
    constants: dict[str, Any] = {}

    def bind(value: object) -> str:
        constants[f"c{len(constants)}"] = value
        return f"c{len(constants) - 1}"

    place = Place("value", ELEMENT)
    return holding(parse(text), place, place, bind, strict=strict), constants


def answer(text: str, value: dict[str, Any]) -> bool | None:
    node = Node(value, None, ELEMENT)
    return compile_text(text).on(Environment(node, node, node))


@settings(max_examples=400)
@given(_expressions, _objects, st.booleans())
def test_a_condition_that_is_met_is_never_wrong(text: str, value: dict[str, Any], strict: bool) -> None:
    source, constants = condition(text, strict=strict)
    if source != NEVER and eval(source, {**constants, "value": value}):  # noqa: S307 - our own text
        found = answer(text, value)
        assert found is True or (found is None and not strict)


@pytest.mark.parametrize(
    ("text", "met", "unmet"),
    [
        ("path.empty() or max.exists()", {"alias": ["a"]}, {"_path": {"id": "a"}}),
        ("path.exists() implies max.exists()", {"max": "a"}, {"path": "a"}),
        ("path.exists() = max.exists()", {"path": "a", "max": "b"}, {"path": "a"}),
        ("path = 'a' xor max.exists()", {"path": "a"}, {"path": "a", "max": "b"}),
        ("fixed.empty() or pattern.empty()", {"fixedString": "a"}, {"fixedString": "a", "patternCode": "b"}),
        ("path.contains('/').not()", {"path": "a"}, {"path": "a/b"}),
        ("type.all(code != 'a')", {"type": [{"code": "b"}]}, {"type": [{"code": "b"}, {"code": "a"}]}),
        ("type.code.empty()", {"type": [{"profile": ["a"]}]}, {"type": [{"code": "a"}]}),
        ("%resource.path in ('a' | 'b')", {"path": "b"}, {"path": "c"}),
    ],
)
def test_the_common_forms_are_read(text: str, met: dict[str, Any], unmet: dict[str, Any]) -> None:
    source, constants = condition(text)
    assert eval(source, {**constants, "value": met})  # noqa: S307 - our own text
    assert not eval(source, {**constants, "value": unmet})  # noqa: S307 - our own text


def test_what_might_fail_before_the_answer_is_not_read() -> None:
    assert condition("alias < path or max.exists()")[0] == NEVER
    assert condition("max.exists() or alias < path")[0] == "'max' in value"
    assert condition("max = 'a' or alias < path")[0] == "('max' in value and value['max'] == 'a')"


def test_two_thirds_of_r4s_invariants_are_read_at_least_in_part() -> None:
    read = total = 0
    for name, definition in definition_file("types").items():
        if definition["kind"] != "primitive-type":
            place = Place("value", type_named(name))
            for rule in place.type.invariants:
                total += 1
                read += holding(parse(rule.text), place, place, str, strict=not rule.empty_is_met) != NEVER
    assert read > total * 2 / 3
