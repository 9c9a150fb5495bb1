"""Expressions come from outside too, with profiles: whatever they say, they end, and with a FhirPathError at worst."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.jsontext import Number
from gateway.r4.fhirpath import Environment, FhirPathError, compile_text
from gateway.r4.fhirpath.functions import FUNCTIONS
from gateway.r4.fhirpath.lexer import LONGEST
from gateway.r4.fhirpath.parser import BINDING
from gateway.r4.schema import resource_node
from tests.r4.instances import TYPES, damaged, resource
from tests.r4.samples import message, patient

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

_LITERALS = st.sampled_from(
    [
        "{}", "true", "0", "1", "-1", "2.50", "99999999999999", "'a'", "''", "'1'", "'[a-z]+'", "'2026-01-01'",
        "@2026", "@2026-02-28", "@2026-01-01T10:00:00+07:00", "@T10:30", "4 days", "1 'mg'", "1000000 years",
        "$this", "$index", "$total", "%resource", "%context", "%ucum", "%`vs-a`", "%extension", "name", "id",
        "birthDate", "multipleBirth", "entry.resource", "(1 | 2 | 'a')", "value", "valueQuantity", "Patient",
    ]
)  # fmt: skip
_OPERATORS = st.sampled_from(sorted(set(BINDING) - {"is", "as"}))
_CALLS = st.sampled_from([(name, count) for name, made in FUNCTIONS.items() for count in made])
_TYPES = st.sampled_from(["Patient", "string", "Quantity", "System.Integer", "dateTime"])


def _called(source: str, call: tuple[str, int], arguments: list[str]) -> str:
    return f"({source}).{call[0]}({', '.join(arguments[: call[1]])})"


_EXPRESSIONS = st.recursive(
    _LITERALS,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, _OPERATORS, inner),
        st.builds("({} is {})".format, inner, _TYPES),
        st.builds("({}).ofType({})".format, inner, _TYPES),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("-({})".format, inner),
        st.builds(_called, inner, _CALLS, st.lists(inner, min_size=8, max_size=8)),
    ),
    max_leaves=12,
)


def environment_of(made: dict[str, Any]) -> Environment | None:
    node = resource_node(made)
    return None if node is None else Environment(node, node, node)


@given(_EXPRESSIONS, st.sampled_from(TYPES), st.randoms(use_true_random=True), st.integers(0, 2))
def test_evaluating_anything_on_anything_fails_with_nothing_else(
    text: str, name: str, random: Random, damages: int
) -> None:
    made = resource(random, name)
    for _ in range(damages):
        made = damaged(random, made)
    environment = environment_of(made)
    if environment is None:
        return
    try:
        expression = compile_text(text)
        expression.items(environment)
        expression.on(environment)
    except FhirPathError:
        return


@given(st.text(alphabet="ab.()'|=[]% \\`1{}@/-,$\"+*T:Z<>!~&", max_size=60))
def test_no_text_makes_the_reader_fail_with_anything_else(text: str) -> None:
    try:
        compile_text(text)
    except FhirPathError:
        return


HOSTILE = {
    "parentheses": "(" * 15_000,
    "brackets": "a" + "[0" * 9_000,
    "a long path": "a" + ".a" * 9_000,
    "a long sum": "1" + "+1" * 9_000,
    "a long text": "a" * (LONGEST + 1),
    "minus signs": "-" * 15_000 + "1",
    "calls in calls": "a.where(" * 2_000,
    "a number without end": "1" * 10_000 + " > 1",
    "an endless string": "'" + "\\'" * 9_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_expression_out_of_all_proportion_is_refused_when_read(text: str) -> None:
    with pytest.raises(FhirPathError):
        compile_text(text)


COSTLY = [
    "descendants().select(%resource.entry.descendants().where(true)).select(%resource.entry.descendants()).count()",
    "descendants().where(%resource.entry.descendants().exists($this = 'none')).exists()",
    "descendants().all(%resource.entry.descendants().select($this).count() > 1)",
    "(1 | 2).repeat($this + 1).count() > 0",
    "(1 | 2).repeat($this | $this * 2).count() > 0",
    "descendants().aggregate($total.combine($total).combine($this), 1).count() > 0",
    "descendants().aggregate($total & $total, 'aaaaaaaa').length() > 0",
    "descendants().aggregate($total * $total, 10) > 0",
    "descendants().aggregate($total.replace('a', 'aaaaaaaaaa'), 'a').length() > 0",
    "descendants().aggregate($total.power(9), 9.5) > 0",
    "descendants() ~ descendants()",
    "repeat(%resource.entry.descendants().where($this is Element) | descendants()).count() = 1",
]


@pytest.mark.parametrize("text", COSTLY)
def test_work_out_of_all_proportion_to_the_resource_is_broken_off(text: str) -> None:
    bundle = message()
    bundle["entry"] = [{"resource": patient(id=f"p{number}")} for number in range(400)]
    environment = environment_of(bundle)
    assert environment is not None
    with pytest.raises(FhirPathError):
        compile_text(text).on(environment)


def test_what_is_asked_of_every_element_of_a_large_resource_is_in_proportion() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection"}
    made: dict[str, Any] = {**bundle, "entry": [{"resource": patient(id=f"p{number}")} for number in range(4000)]}
    environment = environment_of(made)
    assert environment is not None
    assert compile_text("entry.resource.all(id.exists()) and descendants().count() > 30000").on(environment) is True


@pytest.mark.parametrize(
    "value", [Number("1E999999999"), Number("-1E-999999999"), 10**3000, Number("0." + "1" * 3000), -(10**40)]
)
@pytest.mark.parametrize(
    "text",
    [
        "value.toString()", "value.value * value.value", "value.value.truncate()", "value.value div 3",
        "value.value.power(2)", "value.value.round(2)", "value.value ~ 1.0", "value.value > 1", "value.value = 1",
        "@2026 + value", "value < 3 'mg'", "value.value.exp()", "value.value.toInteger()", "value.value mod 7",
        "name.substring(value.value)", "name[value.value]", "value.value & 'a'", "value.value.floor()",
    ],
)  # fmt: skip
def test_numbers_without_measure_take_neither_time_nor_memory(value: Any, text: str) -> None:
    environment = environment_of({"resourceType": "Observation", "valueQuantity": {"value": value, "unit": "year"}})
    assert environment is not None
    try:
        assert len(str(compile_text(text).items(environment))) < 5000
    except FhirPathError:
        return


def test_many_expressions_that_are_each_in_proportion_are_broken_off_together() -> None:
    node = resource_node(patient())
    assert node is not None
    environment = Environment(node, node, node, in_all=2000)
    asked = compile_text("descendants().exists()")
    answers = [asked.on(environment) for _ in range(100)]
    assert answers == [True] * 100
    with pytest.raises(FhirPathError):
        _ = [asked.on(environment) for _ in range(10_000)]
