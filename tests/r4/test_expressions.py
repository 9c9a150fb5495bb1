"""Expressions that resources hold are FHIRPath where they say or mean to be."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.r4.definition_files import definition_file
from gateway.r4.expressions import all_read, unread
from gateway.r4.fhirpath.lexer import LONGEST
from gateway.r4.quick import certainly_valid
from tests.r4.samples import found, patient

URL = "http://hl7.org/fhir/StructureDefinition/cqf-expression"


def measure(expression: Any, language: str = "text/fhirpath") -> dict[str, Any]:
    criteria = {"language": language, "expression": expression}
    group = {"population": [{"criteria": criteria}]}
    return {"resourceType": "Measure", "status": "draft", "group": [group]}


@pytest.mark.parametrize("text", ["Patient.name.given", "%p-inactive", "a.where($this = 'x') | b", "now() - 2 years"])
def test_what_can_be_read_is_accepted(text: str) -> None:
    assert found(measure(text)) == []


@pytest.mark.parametrize("text", ["$ and %p", "a.where(", "a b", "'a", "a..b", "1 +", "/*" * 1000])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    assert not certainly_valid(measure(text))
    assert found(measure(text)) == [("r4-fhirpath", "Measure.group[0].population[0].criteria.expression")]


def test_other_languages_are_not_read() -> None:
    assert found(measure("define x: [Patient] where", "text/cql")) == []


def test_more_than_we_read_is_not_refused() -> None:
    assert all_read("SearchParameter", {"expression": "a" * (LONGEST + 1) + " b"})


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("SearchParameter", {"expression": "Patient.("}, "expression"),
        ("SearchParameter.component", {"expression": "Patient.("}, "expression"),
        ("ElementDefinition.constraint", {"expression": "a."}, "expression"),
        ("StructureDefinition", {"contextInvariant": ["a", "a."]}, "contextInvariant[1]"),
    ],
)
def test_definitions_hold_fhirpath_by_what_they_are(name: str, value: dict[str, Any], place: str) -> None:
    assert list(unread(name, value)) == [place]


@pytest.mark.parametrize("value", [None, 7, [], [7], {}, ["a", {}]])
def test_what_is_no_text_is_left_to_the_structure(value: Any) -> None:
    assert all_read("SearchParameter", {"expression": value})
    assert all_read("StructureDefinition", {"contextInvariant": value})


def test_all_of_r4s_own_expressions_are_read() -> None:
    invariants = [rule["expression"] for rule in definition_file("invariants").values()]
    searches = [one["expression"] for one in definition_file("search_parameters").values()]
    assert [text for text in (*invariants, *searches) if not all_read("SearchParameter", {"expression": text})] == []


def test_an_expression_in_an_extension_is_read_too() -> None:
    wrong = {"language": "text/fhirpath", "expression": "a b"}
    made = patient(_gender={"extension": [{"url": URL, "valueExpression": wrong}]})
    assert ("r4-fhirpath", "Patient.gender.extension[0].value.expression") in found(made)
