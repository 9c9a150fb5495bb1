"""The first look: its yes means that the walker finds nothing, and it says yes to what we translate."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.jsontext import MAX_DEPTH, Number
from gateway.r4.check import check, walked_issues
from gateway.r4.invariants import Invariant
from gateway.r4.quick import certainly_valid
from gateway.r4.quick.checks import evaluated, text_of
from gateway.r4.quick.values import NAMES, expression, precise_test
from gateway.r4.schema import primitive, type_named
from tests.r4.instances import TYPES, damaged, resource
from tests.r4.samples import LAB, OBSERVATION, PATIENT, found, message, observation, patient, without
from tests.r4.test_primitives import RIGHT, WRONG
from tests.r4.translated import bundles

_VALUES = [value for values in (*RIGHT.values(), *WRONG.values()) for value in values]
_randoms = st.randoms(use_true_random=True)


@given(st.sampled_from(TYPES), _randoms, st.integers(0, 2))
def test_in_what_it_calls_valid_the_walker_finds_nothing(name: str, random: Random, damages: int) -> None:
    made = resource(random, name)
    for _ in range(damages):
        made = damaged(random, made)
    if certainly_valid(made):
        assert walked_issues(made) == []


@given(st.sampled_from(sorted(bundles())), _randoms)
def test_no_damage_to_a_translated_bundle_hides_from_it(name: str, random: Random) -> None:
    made = damaged(random, bundles()[name])
    if certainly_valid(made):
        assert walked_issues(made) == []


@pytest.mark.parametrize(
    "name", [name for name in sorted(bundles()) if name.startswith(("lab-", "result-preliminary", "qd130"))]
)
def test_an_everyday_result_needs_no_walk(name: str) -> None:
    assert certainly_valid(bundles()[name])


@pytest.mark.parametrize("name", sorted(bundles()))
def test_nothing_we_translate_is_refused(name: str) -> None:
    assert not [issue for issue in check(bundles()[name]) if issue.refuses]


@pytest.mark.parametrize(
    "made",
    [
        message(),
        patient(_birthDate={"extension": [{"url": "http://a.example", "valueCode": "unknown"}]}),
        observation(component=[{"code": {"text": "khác"}, "valueInteger": 1}]),
        observation(subject={"reference": "Patient/1", "identifier": {"system": "urn:oid:1.2", "value": "1"}}),
        {**without(observation(), "valueQuantity"), "valueString": "âm tính\n(hai dòng)"},
        {**without(observation(), "valueQuantity"), "valuePeriod": {"start": "2026-01", "end": "2026-02"}},
        {"resourceType": "Bundle", "type": "searchset", "entry": [{"fullUrl": PATIENT, "resource": patient()}]},
    ],
    ids=["message", "sibling", "component", "identifier", "lines", "period", "searchset"],
)
def test_what_others_send_every_day_needs_no_walk_either(made: dict[str, Any]) -> None:
    assert certainly_valid(made)


def accepts(name: str) -> Callable[[Any], bool]:
    """The expression of a primitive type as a function that remembers from one call to the next."""
    test, known = precise_test(primitive(name))
    source = f"lambda item: bool({expression(primitive(name), 'item', 'test', 'known')})"
    made: Callable[[Any], bool] = eval(source, {**NAMES, "test": test, "known": known})  # noqa: S307 - our own text
    return made


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_the_expression_of_a_primitive_is_true_of_its_valid_values_and_no_others(name: str) -> None:
    accepted = accepts(name)
    for value in (*_VALUES, *_VALUES):
        assert accepted(value) == (primitive(name).broken(value) is None)


@given(st.sampled_from(sorted(RIGHT)), st.text() | st.integers() | st.decimals() | st.floats())
def test_no_text_or_number_is_taken_for_a_primitive_that_it_is_not(name: str, value: Any) -> None:
    assert not accepts(name)(value) or primitive(name).broken(value) is None


def test_what_is_remembered_is_bounded_and_never_a_text() -> None:
    test, known = precise_test(primitive("code"))
    assert all(test(f"c{number}") for number in range(5000))
    assert 0 < len(known) <= 2048
    assert test("x" * 1000)
    assert "x" * 1000 not in known
    test, known = precise_test(primitive("string"))
    assert test("Nguyễn Văn An")
    assert not known


@pytest.mark.parametrize("value", [Number("1.50"), Number("1E2"), Decimal("1.5"), 2, 0, True, 1.5, "1", None, [1]])
def test_numbers_are_integers_or_decimals_and_never_floats_or_booleans(value: Any) -> None:
    made = observation(valueQuantity={"value": value})
    assert certainly_valid(made) == (not walked_issues(made))


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 3 * MAX_DEPTH])
def test_it_counts_depth_as_the_walker_does(levels: int) -> None:
    nested: dict[str, Any] = {"url": "http://a.example", "valueBoolean": True}
    for _ in range(levels - 1):
        nested = {"url": "http://a.example", "extension": [nested]}
    made = patient(extension=[nested])
    assert certainly_valid(made) == (not walked_issues(made)) == (levels <= MAX_DEPTH)


@pytest.mark.parametrize(
    ("rule", "entries"),
    [
        ("bdl-7", [{"fullUrl": PATIENT, "resource": patient()}] * 2),
        ("bdl-8", [{"fullUrl": "http://a.example/Patient/p1/_history/1", "resource": patient()}]),
        ("r4-full-url", [{"fullUrl": "Patient/p1", "resource": patient()}]),
        ("r4-reference-dangling", [{"resource": observation(subject={"reference": PATIENT})}]),
        ("r4-resource-type", [{"resource": {"resourceType": "Patiënt"}}]),
        ("ref-1", [{"resource": observation(subject={"reference": "#p"})}]),
    ],
)
def test_what_no_element_tells_alone_is_left_to_the_walker(rule: str, entries: list[Any]) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert not certainly_valid(bundle)
    assert rule in [issue.rule for issue in check(bundle)]


INNER = {"resourceType": "Organization", "id": "o", "name": "Khoa Xét nghiệm"}


def test_what_is_contained_and_pointed_to_needs_no_walk() -> None:
    made = observation(contained=[{**INNER, "meta": {"tag": [{"code": "T"}]}}], performer=[{"reference": "#o"}])
    assert walked_issues(made) == []
    assert certainly_valid(made)
    assert certainly_valid(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": OBSERVATION, "resource": made}]}
    )


@pytest.mark.parametrize(
    ("rule", "contained", "link"),
    [
        ("dom-3", [INNER], LAB),
        ("dom-3", [INNER, {**INNER, "id": "p"}], "#o"),
        ("ref-1", [INNER], "#p"),
        ("r4-contained-id", [without(INNER, "id")], "#o"),
        ("r4-empty-list", [], LAB),
        ("r4-list", INNER, "#o"),
        ("org-1", [without(INNER, "name")], "#o"),
        ("r4-reference-type", [{"resourceType": "Medication", "id": "o"}], "#o"),
        ("dom-2", [{**INNER, "contained": [{**INNER, "id": "p"}], "partOf": {"reference": "#p"}}], "#o"),
        ("dom-4", [{**INNER, "meta": {"versionId": "1"}}], "#o"),
        ("dom-5", [{**INNER, "meta": {"security": [{"code": "R"}]}}], "#o"),
    ],
)
def test_what_is_wrong_with_what_is_contained_is_left_to_the_walker(rule: str, contained: Any, link: str) -> None:
    made = observation(contained=contained, performer=[{"reference": link}])
    assert not certainly_valid(made)
    assert rule in [issue.rule for issue in check(made)]


def test_what_a_reference_resolves_to_is_left_to_the_walker() -> None:
    member = {"member": {"reference": PATIENT}, "onBehalfOf": {"display": "a"}}
    team = {"resourceType": "CareTeam", "participant": [member]}
    entries = [{"fullUrl": LAB, "resource": team}, {"fullUrl": PATIENT, "resource": patient()}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert found(bundle) == [("ctm-1", "Bundle.entry[0].resource.participant[0]")]


def test_an_invariant_sees_what_stands_beside_a_value() -> None:
    made = observation(
        valueQuantity={"value": 5, "_code": {"extension": [{"url": "http://a.example", "valueCode": "x"}]}}
    )
    assert found(made) == [("qty-3", "Observation.value")]


def test_a_rule_that_cannot_be_decided_is_left_to_the_walker() -> None:
    undecidable = Invariant("a-1", "name.given.startsWith('V')")
    assert not evaluated(undecidable, type_named("Patient"))(patient())
    assert evaluated(undecidable, type_named("Patient"))(patient(name=[{"given": ["Văn"]}]))


def test_a_bundle_in_a_bundle_is_left_to_the_walker() -> None:
    entries = [{"fullUrl": OBSERVATION, "resource": observation(subject={"reference": PATIENT})}]
    inner = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    outer = {**inner, "entry": [{"fullUrl": PATIENT, "resource": patient()}, {"fullUrl": LAB, "resource": inner}]}
    place = "Bundle.entry[1].resource.entry[0].resource.subject.reference"
    assert found(outer) == [("r4-reference-dangling", place)]


def test_entries_of_one_url_and_two_versions_are_told_apart() -> None:
    entries = [{"fullUrl": PATIENT, "resource": patient(meta={"versionId": version})} for version in ("1", "2")]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert certainly_valid(bundle)
    bundle["entry"].append({"fullUrl": OBSERVATION, "resource": observation(subject={"reference": PATIENT})})
    assert found(bundle) == [("r4-reference-ambiguous", "Bundle.entry[2].resource.subject.reference")]


@pytest.mark.parametrize("name", [None, 7, ["Patient"], {}, "Quantity", "DomainResource", "Patiënt"])
def test_what_names_no_resource_type_is_not_valid(name: Any) -> None:
    assert not certainly_valid({"resourceType": name})
    assert found({"resourceType": name}) == [("r4-resource-type", "")]


def test_every_resource_type_has_a_check_that_can_be_read() -> None:
    for name in TYPES:
        assert f"def check_{name}(value, links, depth):" in text_of(name)
        assert certainly_valid({"resourceType": name}) == (not walked_issues({"resourceType": name}))
    assert "'valueQuantity'" not in text_of("Observation.component")  # a choice has a table
    assert "'code' in value" in text_of("Observation.component")
