"""The FHIRPath compiler: the language by examples, and fhirpathpy as a second opinion."""

from __future__ import annotations

import json
import warnings
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4.fhirpath import Environment, FhirPathError, compile_text
from gateway.r4.fhirpath.nodes import Collection, content
from gateway.r4.schema import resource_node
from tests.r4.expressions import expressions
from tests.r4.samples import message, observation, patient

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the oracle's parser is built for another release of its runtime
    from fhirpathpy import evaluate as oracle
    from fhirpathpy.models import models

ORGANIZATION = {"resourceType": "Organization", "id": "o", "name": "Khoa"}
RESOURCES: dict[str, dict[str, Any]] = {
    "patient": patient(
        telecom=[{"system": "phone", "value": "115"}, {"system": "email", "value": "a@b.example"}],
        multipleBirthInteger=2,
        active=True,
    ),
    "observation": observation(contained=[ORGANIZATION], performer=[{"reference": "#o"}]),
    "message": message(),
}


def evaluated(text: str, resource: dict[str, Any]) -> Collection:
    node = resource_node(resource)
    assert node is not None
    items = compile_text(text).collect(Environment(node, node, node), [node])
    return [content(item) for item in items]


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(
    "text",
    [
        "id",
        "name.given",
        "name.where(family = 'Nguyễn').given.first()",
        "telecom.where(system = 'phone').value",
        "telecom.system | telecom.system",
        "telecom.select(system & ':' & value)",
        "telecom.all(value.exists())",
        "telecom.exists(system = 'email')",
        "telecom.count() + 1",
        "telecom.empty() implies active",
        "active and telecom.exists()",
        "active or {}",
        "active xor telecom.empty()",
        "(active = true).not()",
        "name.given.count() > 1 and name.given.count() <= 2",
        "name.given[1]",
        "name.given.tail()",
        "name.given.last()",
        "name.given.isDistinct()",
        "name.given.distinct().count()",
        "'An' in name.given",
        "name.given contains 'Binh'",
        "id.startsWith('p')",
        "id.contains('1')",
        "id.matches('^[a-z][0-9]$')",
        "id.substring(1)",
        "id.substring(0, 1)",
        "id.replaceMatches('[0-9]', 'x')",
        "id.length()",
        "'12'.toInteger() + 1",
        "iif(active, 'a', 'b')",
        "status = 'final'",
        "value.exists()",
        "value.value > 5",
        "code.coding.code",
        "(value is Quantity)",
        "value.ofType(Quantity).unit",
        "effective.exists() and issued.empty()",
        "code.coding.intersect(code.coding).count()",
        "contained.id",
        "entry.resource.ofType(Patient).name.family",
        "entry.first().resource.is(MessageHeader)",
        "entry.all(fullUrl.startsWith('urn:uuid:'))",
        "entry.select(fullUrl & resource.meta.versionId).isDistinct()",
        "entry.where(resource is Observation).resource.status",
        "entry.fullUrl.combine(entry.fullUrl).count()",
        "%resource.id",
        "descendants().where(code = '2345-7').exists()",
        "repeat(entry).count()",
        "children().exists()",
        "1 + 2 - 4",
        "(1 | 2 | 2).count()",
        "2 > 1 and 'b' > 'a'",
    ],
)
def test_it_evaluates_as_the_oracle_does(text: str, resource: str) -> None:
    plain = json.loads(json.dumps(RESOURCES[resource], default=float))
    theirs = oracle(plain, text, {"resource": plain}, models["r4"])
    assert _comparable(evaluated(text, RESOURCES[resource])) == _comparable(theirs)


def _comparable(items: Any) -> list[Any]:
    return [float(item) if isinstance(item, Decimal) else item for item in items]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("birthDate.hasValue()", [True]),
        ("name.hasValue()", [False]),
        ("multipleBirth is integer", [True]),
        ("multipleBirth is Integer", [True]),
        ("multipleBirth is boolean", [False]),
        ("Patient.gender", ["male"]),
        ("Observation.status", []),
        ("`gender`", ["male"]),
        ("birthDate > '1980-01'", [True]),
        ("birthDate >= birthDate", [True]),
        ("name.trace('a').given.count()", [2]),
        ("{}.empty()", [True]),
        ("gender.toString()", ["male"]),
        ("true // a remark", [True]),
        ("'a\\'b\\u0041'", ["a'bA"]),
        ("-1 < 0", [True]),
        ("%ucum", ["http://unitsofmeasure.org"]),
        ("true and {}", []),
        ("false and {}", [False]),
        ("{} implies true", [True]),
        ("false implies {}", [True]),
        ("{} or true", [True]),
        ("1 = 1.0", [True]),
        ("true = 1", [False]),
    ],
)
def test_what_the_oracle_does_not_settle(text: str, answer: list[Any]) -> None:
    assert evaluated(text, RESOURCES["patient"]) == answer


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ("2026-01", "2026-02", True),
        ("2026", "2026-02", None),
        ("2026-02-01", "2026-02-01T00:00:00Z", None),
        ("2026-01-31T23:00:00+07:00", "2026-01-31T17:00:00Z", True),
        ("2026-01-31T23:00:00-07:00", "2026-01-31T17:00:00Z", False),
        ("2026-01-01", "2025-12-31", False),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:01Z", True),
    ],
)
def test_times_are_ordered_only_as_far_as_both_are_known(left: str, right: str, answer: bool | None) -> None:
    appointment = resource_node({"resourceType": "Encounter", "period": {"start": left, "end": right}})
    assert appointment is not None
    assert compile_text("period.start < period.end").on(Environment(appointment, appointment, appointment)) is answer


@pytest.mark.parametrize(
    "text", ["", "a b", "a.", "(a", "a.where(", "name[", "unknown()", "%unknown", "a ~~ b", "'", "#"]
)
def test_what_is_not_fhirpath_is_refused(text: str) -> None:
    with pytest.raises(FhirPathError):
        compile_text(text)


@pytest.mark.parametrize(
    "text", ["name.given.startsWith('A')", "name.given > 'A'", "gender + 1", "name.given and true"]
)
def test_an_expression_that_cannot_be_evaluated_says_so(text: str) -> None:
    with pytest.raises(FhirPathError):
        evaluated(text, RESOURCES["patient"])


@given(st.text(alphabet="ab.()'|=[]% \\`1{}@/-,$"))
def test_no_text_makes_the_compiler_raise_anything_else(text: str) -> None:
    try:
        compile_text(text)
    except FhirPathError:
        return


def test_parentheses_without_end_are_refused_and_do_not_exhaust_the_stack() -> None:
    with pytest.raises(FhirPathError):
        compile_text("(" * 10_000)


def test_what_depends_on_the_resource_alone_is_evaluated_once_for_all_its_elements() -> None:
    """Otherwise obs-7 asked of many components would cost their number times the codings, squared."""
    node = resource_node(RESOURCES["observation"])
    assert node is not None
    environment = Environment(node, node, node)
    coding = compile_text("%resource.code.coding")
    assert coding.collect(environment, []) is coding.collect(environment, [node])
    other = Environment(node, node, node)
    assert coding.collect(other, []) is not coding.collect(environment, [])


def test_what_depends_on_the_element_is_not() -> None:
    node = resource_node(RESOURCES["patient"])
    assert node is not None
    asked = compile_text("name.given.where($this in %resource.name.given.first())")
    assert [content(item) for item in asked.collect(Environment(node, node, node), [node])] == ["Văn"]


def test_every_expression_of_hl7s_core_package_is_read() -> None:
    """The invariants of all its types, profiles and extensions, its search parameters, its slices."""
    refused = []
    for text, place in expressions().items():
        try:
            compile_text(text)
        except FhirPathError as reason:
            refused.append((place, text, str(reason)))
    assert refused == []
    assert len(expressions()) > 1500
