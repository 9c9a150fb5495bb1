"""What R4 says in words of CodeSystems, ValueSets, SearchParameters and Questionnaires is held to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4 import check
from gateway.r4.canonical_content import JUDGED, canonical_issues
from gateway.r4.check import walked_issues
from gateway.r4.quick import certainly_valid
from tests.r4.samples import found

SNOMED = "http://snomed.info/sct"
ACT_CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActClass"
PROPERTY = "CodeSystem.concept[0].property[0]"


def code_system(**more: Any) -> dict[str, Any]:
    return {"resourceType": "CodeSystem", "status": "draft", "content": "complete", **more}


def value_set(key: str = "include", **more: Any) -> dict[str, Any]:
    compose = {"include": [{"system": SNOMED}], key: [more]}
    return {"resourceType": "ValueSet", "url": "http://a.example/x", "status": "draft", "compose": compose}


def filtering(system: str, op: str, value: str, name: str = "concept") -> dict[str, Any]:
    return value_set(system=system, filter=[{"property": name, "op": op, "value": value}])


def questionnaire(question: str) -> dict[str, Any]:
    condition = {"question": question, "operator": "exists", "answerBoolean": True}
    asked = [{"linkId": "1.1", "type": "string", "enableWhen": [condition]}, {"linkId": "1.2", "type": "boolean"}]
    items = [{"linkId": "1", "type": "group", "item": asked}, {"linkId": "2", "type": "boolean"}]
    return {"resourceType": "Questionnaire", "status": "draft", "item": items}


def property_of(kind: str | None, **value: Any) -> dict[str, Any]:
    declared = {"property": [{"code": "p", "type": kind}]} if kind else {}
    return code_system(concept=[{"code": "a", "property": [{"code": "p", **value}]}], **declared)


def test_a_supplement_says_what_it_supplements_and_is_nothing_else() -> None:
    assert found(code_system(content="supplement", supplements="http://loinc.org")) == []
    assert found(code_system(content="supplement")) == [("r4-supplement-of", "CodeSystem")]
    assert found(code_system(supplements="http://loinc.org")) == [("r4-supplement-content", "CodeSystem.content")]


def test_a_supplement_may_say_why_it_cannot_say() -> None:
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    assert found(code_system(content="supplement", _supplements={"extension": [absent]})) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("code", {"valueCode": "a"}),
        ("Coding", {"valueCoding": {"display": "a"}}),
        ("string", {"valueString": "a"}),
        ("integer", {"valueInteger": 1}),
        ("boolean", {"valueBoolean": True}),
        ("dateTime", {"valueDateTime": "2026"}),
        ("decimal", {"valueDecimal": 1}),
    ],
)
def test_a_property_holds_what_it_is_declared_to_hold(kind: str, value: dict[str, Any]) -> None:
    assert found(property_of(kind, **value)) == []
    other = "integer" if kind != "integer" else "string"
    assert found(property_of(other, **value)) == [("r4-property-type", f"{PROPERTY}.value")]


def test_a_property_that_is_declared_twice_holds_either() -> None:
    made = property_of("string", valueString="a")
    made["property"].append({"code": "p", "type": "code"})
    assert found(made) == []


def test_a_property_that_nobody_declares_is_remarked_on() -> None:
    made = property_of(None, valueString="a")
    assert [(issue.severity, issue.rule) for issue in check(made)] == [("warning", "r4-property-undeclared")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("inactive", "boolean"), ("parent", "code"), ("status", "code"), ("deprecationDate", "dateTime")],
)
def test_properties_of_r4_have_r4s_type(name: str, kind: str) -> None:
    uri = f"http://hl7.org/fhir/concept-properties#{name}"
    assert found(code_system(property=[{"code": "p", "uri": uri, "type": kind}])) == []
    assert found(code_system(property=[{"code": "p", "uri": uri, "type": "string"}])) == [
        ("r4-property-meaning", "CodeSystem.property[0].type")
    ]


@pytest.mark.parametrize("key", ["include", "exclude"])
@pytest.mark.parametrize("system", ["#contained", "CodeSystem/1", "//a.example/x", "snomed"])
def test_the_system_of_a_value_set_is_absolute(key: str, system: str) -> None:
    assert ("r4-system-absolute", f"ValueSet.compose.{key}[0].system") in found(value_set(key, system=system))


@pytest.mark.parametrize("system", ["urn:oid:2.16.840.1.113883.6.96", "urn:iso:std:iso:3166", "https://a.example/x"])
def test_any_absolute_system_will_do(system: str) -> None:
    assert found(value_set(system=system)) == []


@pytest.mark.parametrize(
    ("op", "value"),
    [
        ("is-a", "404684003"),
        ("descendent-of", "404684003"),
        ("=", "404684003 |Clinical finding|"),
        ("in", "723264001"),
        ("in", "404684003, 73211009"),
        ("regex", "4.*"),
    ],
)
def test_filters_that_snomed_ct_may_answer_are_accepted(op: str, value: str) -> None:
    assert found(filtering(SNOMED, op, value)) == []


@pytest.mark.parametrize("op", ["is-a", "descendent-of", "is-not-a", "generalizes", "=", "in", "not-in"])
@pytest.mark.parametrize("value", ["something", "404684004", "12345"])
def test_a_filter_by_what_is_no_snomed_ct_identifier_is_refused(op: str, value: str) -> None:
    assert found(filtering(SNOMED, op, value)) == [("r4-filter-code", "ValueSet.compose.include[0].filter[0].value")]


@pytest.mark.parametrize(
    ("system", "severity"), [("http://hl7.org/fhir/administrative-gender", "error"), (ACT_CLASS, "warning")]
)
def test_a_filter_by_a_code_that_a_listed_system_has_not_is_as_severe_as_such_a_code(
    system: str, severity: str
) -> None:
    made = filtering(system, "is-a", "something")
    assert [(issue.severity, issue.rule) for issue in check(made)] == [(severity, "r4-filter-code")]


def test_a_filter_by_a_code_that_the_system_has_or_may_have_is_accepted() -> None:
    assert found(filtering(ACT_CLASS, "is-a", "OBS")) == []
    assert found(filtering("http://a.example/c", "is-a", "something")) == []
    assert found(filtering(SNOMED, "=", "true", "inactive")) == []


@pytest.mark.parametrize(("value", "rules"), [("true", []), ("false", []), ("1", ["r4-filter-exists"])])
def test_exists_is_true_or_false(value: str, rules: list[str]) -> None:
    assert [rule for rule, _ in found(filtering("http://a.example/c", "exists", value, "parent"))] == rules


@pytest.mark.parametrize("question", ["1.2", "2", "1", "1.1"])
def test_enable_when_names_an_item_anywhere_in_the_questionnaire(question: str) -> None:
    assert found(questionnaire(question)) == []


def test_enable_when_names_no_item_of_another() -> None:
    place = "Questionnaire.item[0].item[0].enableWhen[0].question"
    assert found(questionnaire("3")) == [("r4-enable-when", place)]


@pytest.mark.parametrize(("kind", "value"), [("text", "valueString"), ("url", "valueUri"), ("choice", "valueString")])
@pytest.mark.parametrize("name", ["initial", "answerOption"])
def test_a_value_of_an_item_is_of_its_type(kind: str, value: str, name: str) -> None:
    def made(key: str, content: Any) -> list[tuple[str, str]]:
        item = {"linkId": "1", "type": kind, name: [{key: content}]}
        resource = {"resourceType": "Questionnaire", "status": "draft", "item": [item]}
        return [(issue.rule, issue.expression) for issue in canonical_issues(resource, "Questionnaire")]

    assert made(value, "urn:a") == []
    place = f"Questionnaire.item[0].{name}[0].value"
    assert made("valueInteger", 1) == ([] if kind == "choice" else [("r4-answer-type", place)])


@pytest.mark.parametrize(
    ("content", "count", "severities"),
    [
        ("complete", 2, []),
        ("complete", 1, ["error"]),
        ("complete", 3, ["error"]),
        ("fragment", 3, []),
        ("example", 1, ["warning"]),
    ],
)
def test_concepts_are_as_many_as_counted(content: str, count: int, severities: list[str]) -> None:
    made = code_system(concept=[{"code": "a", "concept": [{"code": "b"}]}], content=content, count=count)
    assert [(issue.severity, issue.rule) for issue in check(made)] == [(one, "r4-concept-count") for one in severities]
    assert found({**made, "compositional": True}) == []


def test_content_that_is_not_present_has_no_concepts() -> None:
    assert found(code_system(content="not-present", count=5)) == []
    assert found(code_system(content="not-present", concept=[{"code": "a"}])) == [
        ("r4-content-not-present", "CodeSystem.content")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<< 404684003 |Clinical finding|",
        "^ 700043003",
        "(< 19829001 OR < 301867009) MINUS < 64572001",
        "< 404684003: 363698007 = << 39057004, 116676008 = << 55641003",
        "< 373873005: { 1142135004 >= #250, 732945000 = 258684004 }",
        "< 64572001 |a (b| AND 404684003",
        "<< 404684003 {{ C moduleId = (900000000000207008 731000124108) }}",
        '< 64572001 {{ term = "404684003 << (" }}',
        "*",
    ],
)
def test_constraints_of_snomed_ct_are_accepted(text: str) -> None:
    assert found(filtering(SNOMED, "=", text, "constraint")) == []


@pytest.mark.parametrize("text", ["234234 << 234234", "404684003 73211009", "(< 19829001", "404684003 |a| ^700043003"])
def test_what_plainly_is_no_constraint_is_refused(text: str) -> None:
    assert [rule for rule, _ in found(filtering(SNOMED, "=", text, "constraint"))] == ["r4-filter-constraint"]
    assert found(filtering("http://a.example/c", "=", text, "constraint")) == []


@pytest.mark.parametrize("name", ["inactive", "notSelectable"])
def test_a_filter_by_what_is_true_or_false_in_systems_of_hl7_says_which(name: str) -> None:
    assert (
        found(filtering(ACT_CLASS, "=", "false", name)) == found(filtering("http://a.example/c", "=", "1", name)) == []
    )
    assert [rule for rule, _ in found(filtering(ACT_CLASS, "=", "1", name))] == ["r4-filter-boolean"]


def test_what_is_contained_is_judged_too() -> None:
    made = {
        **value_set(system="http://a.example/c"),
        "contained": [code_system(id="c", supplements="http://a.example")],
    }
    assert ("r4-supplement-content", "ValueSet.contained[0].content") in found(made)


_NAMES = st.sampled_from([
    "property", "concept", "compose", "include", "filter", "item", "enableWhen", "question", "component",
    "initial", "count",
    "code", "type", "uri", "content", "supplements", "system", "op", "value",
])  # fmt: skip
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "concept", "is-a", SNOMED, "composite"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=15,
)


@given(st.sampled_from(sorted(JUDGED)), st.dictionaries(_NAMES, _json))
def test_nothing_is_too_strange_to_be_judged(name: str, content: dict[str, Any]) -> None:
    made = {"resourceType": name, **content}
    list(canonical_issues(made, name))
    assert not certainly_valid(made) or walked_issues(made) == []
