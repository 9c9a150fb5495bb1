"""Where an issue is, is FHIRPath: it finds the element, and it alone, in the resource as it was sent.

https://hl7.org/fhir/R4/operationoutcome-definitions.html#OperationOutcome.issue.expression: element names, positions
and the dot, nothing else; so a choice is named by its stem, and no ``ofType()`` stands in it.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from gateway import jsontext
from gateway.errors import PayloadError
from gateway.outcome import Issue
from gateway.r4 import check
from gateway.r4.fhirpath import Environment, compile_text
from gateway.r4.schema import resource_node
from tests.r4.samples import message, observation, patient
from tests.r4.test_catalogue import CASES, issues_of
from tests.r4.test_mutants import some_mutants

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the oracle's parser is built for another release of its runtime
    from fhirpathpy import evaluate as oracle
    from fhirpathpy.models import models

# What stands there has not the form of an element, so FHIRPath finds nothing, or finds too much: the place is named.
OF_FORM = {
    "r4-json-object",
    "r4-resource-type",
    "r4-list",
    "r4-not-a-list",
    "r4-empty-list",
    "r4-list-length",
    "r4-null",
}
OF_THE_WHOLE = {"r4-json-object", "r4-resource-type"}  # there is no resource to find anything in
SIMPLE = re.compile(r"[A-Z]\w+(\.(\w+|`div`)(\[\d+\])?)*")
UNSEEN = {"con-2"}  # the other engine sees no element where extensions stand alone
_OF_EACH_KIND = 12


def count(expression: str, resource: dict[str, Any]) -> int:
    node = resource_node(resource)
    assert node is not None
    return len(compile_text(expression).items(Environment(node, node, node)))


def count_of_the_oracle(expression: str, resource: dict[str, Any]) -> int:
    plain = json.loads(json.dumps(resource, default=float))
    return len(oracle(plain, expression, {}, models["r4"]))


def parent(expression: str) -> str:
    return expression.rpartition(".")[0] or expression


def wrong(resource: Any, issues: Iterable[Issue]) -> Iterator[tuple[str, str]]:
    """The issues whose expression does not name one element."""
    issues = list(issues)
    # two values of one choice have one name: what is wrong with either is said under it
    twice = tuple(f"{issue.expression}.{issue.parameters['element']}" for issue in issues if issue.rule == "r4-choice")
    for issue in issues:
        place = issue.expression
        if not place:
            if issue.rule not in OF_THE_WHOLE:
                yield issue.rule, place
            continue
        is_exempt = issue.rule in OF_FORM or place.startswith(twice)
        if not SIMPLE.fullmatch(place) or count(parent(place) if is_exempt else place, resource) != 1:
            yield issue.rule, place


def test_each_issue_of_the_catalogue_is_found_by_its_expression() -> None:
    found = [(case.rule, one) for case in CASES for one in wrong(case.broken, issues_of(case, case.broken, case.asked))]
    assert found == []


def test_each_issue_of_a_mutant_is_found_by_its_expression() -> None:
    found: list[tuple[str, str, tuple[str, str]]] = []
    made: dict[str, int] = {}
    for name, mutant in some_mutants():
        made[mutant.kind] = made.get(mutant.kind, 0) + 1
        if made[mutant.kind] <= _OF_EACH_KIND:
            try:
                resource = jsontext.loads(mutant.text)
            except PayloadError:
                continue  # no resource
            found.extend((name, mutant.kind, one) for one in wrong(resource, check(resource)))
    assert found == []


def test_another_engine_finds_the_elements_by_these_expressions() -> None:
    found = []
    for case in CASES:
        for issue in issues_of(case, case.broken, case.asked):
            place = issue.expression
            if place and issue.rule not in OF_FORM | UNSEEN:
                found.append((issue.rule, place, count_of_the_oracle(place, case.broken)))
    assert [one for one in found if one[2] != 1] == []
    assert len(found) > 300


ORGANIZATION = {"resourceType": "Organization", "id": "o"}
BAD_DIV = {"status": "generated", "div": "<p/>"}


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        (observation(valueQuantity={"value": 1, "code": "mg/"}), "Observation.value"),
        (observation(valueQuantity={"value": "1"}), "Observation.value.value"),
        (observation(component=[{"code": {"text": "a"}, "valueInteger": "1"}]), "Observation.component[0].value"),
        (patient(deceasedDateTime="hôm qua"), "Patient.deceased"),
        (patient(_birthDate={"extension": [{"url": "http://a.example/b"}]}), "Patient.birthDate.extension[0]"),
        (patient(text=BAD_DIV), "Patient.text.`div`"),
        (patient(nickname="An"), "Patient"),
        (
            observation(contained=[ORGANIZATION], performer=[{"reference": "#o"}]),
            "Observation.contained[0]",
        ),
    ],
)
def test_an_element_is_named_as_both_engines_find_it(resource: dict[str, Any], expression: str) -> None:
    assert expression in {issue.expression for issue in check(resource)}
    assert count(expression, resource) == count_of_the_oracle(expression, resource) == 1


def test_in_a_bundle_the_expression_begins_at_the_bundle() -> None:
    made = message()
    at = next(index for index, entry in enumerate(made["entry"]) if entry["resource"]["resourceType"] == "Observation")
    made["entry"][at]["resource"]["valueQuantity"] = {"value": "1"}
    expression = f"Bundle.entry[{at}].resource.value.value"
    assert expression in {issue.expression for issue in check(made)}
    assert count(expression, made) == count_of_the_oracle(expression, made) == 1
