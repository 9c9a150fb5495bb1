"""What the walk need not evaluate: invariants that the first look's conditions already say are met."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.r4.check import check
from gateway.r4.fhirpath import Environment, Node
from gateway.r4.invariants import Invariant
from gateway.r4.quick import surely_met
from gateway.r4.resolving import Resolver
from gateway.r4.schema import type_named
from gateway.r4.structure import walk
from tests.r4.instances import TYPES, damaged, resource
from tests.r4.samples import PATIENT, observation, of_entries, patient
from tests.r4.translated import bundles

CONTAINED = {"resourceType": "Organization", "id": "o", "name": "Khoa"}


@given(st.sampled_from(TYPES), st.randoms(use_true_random=True), st.integers(0, 2))
def test_what_is_surely_met_is_met_when_it_is_evaluated(name: str, random: Random, damages: int) -> None:
    made = resource(random, name)
    for _ in range(damages):
        made = damaged(random, made)
    found = walk(made)
    for rule, node, _path, scope in found.rules if not found.broken else ():
        if surely_met(rule, node):
            assert not rule.broken_by(rule.expression.on(Environment(scope.node, scope.root.node, node)))


@given(st.sampled_from(sorted(bundles())), st.randoms(use_true_random=True), st.integers(1, 4))
def test_in_a_bundle_what_is_broken_elsewhere_is_no_matter(name: str, random: Random, damages: int) -> None:
    made = bundles()[name]
    for _ in range(damages):
        made = damaged(random, made)
    found = walk(made)
    resolver = Resolver(found)
    for rule, node, _path, scope in found.rules:
        if scope not in found.broken and surely_met(rule, node):
            around = Environment(scope.node, scope.root.node, node, partial(resolver.resolve, scope=scope))
            assert not rule.broken_by(rule.expression.on(around))


@pytest.mark.parametrize("meta", [7, [], "a", {"versionId": None}, {"versionId": ""}])
def test_two_entries_of_one_url_are_told_whatever_their_meta_is(meta: object) -> None:
    twice = {"fullUrl": PATIENT, "resource": {**patient(), "meta": meta}}
    assert "bdl-7" in [issue.rule for issue in check({**of_entries(), "entry": [twice, twice]})]


def test_one_broken_entry_leaves_the_others_invariants_to_the_conditions() -> None:
    found = walk(of_entries(patient(), patient(unknown=1), observation()))
    assert [scope.path for scope in found.broken] == ["Bundle.entry[1].resource"]
    assert [scope.path for scope in walk(of_entries(patient(), 7, {"resourceType": "a"})).broken] == ["Bundle"]


def test_of_a_contained_resource_nothing_is_taken_for_granted() -> None:
    inner = {**CONTAINED, "contained": [{**CONTAINED, "id": "p"}], "partOf": {"reference": "#p"}}
    made = observation(contained=[inner], performer=[{"reference": "#o"}])
    found = walk(made)
    assert not [
        rule
        for rule, node, *_ in found.rules
        if rule.rule == "dom-2" and "contained" in node.value and surely_met(rule, node)
    ]
    assert "dom-2" in [issue.rule for issue in check(made)]


@pytest.mark.parametrize(
    ("rule", "meta"),
    [
        ("dom-4", {"versionId": ""}),
        ("dom-4", {"_versionId": {"id": "a"}}),
        ("dom-4", {"_lastUpdated": {"id": "a"}}),
        ("dom-5", {"security": None}),
        ("dom-5", {"security": []}),
        ("dom-5", 7),
    ],
)
def test_what_a_contained_resource_may_not_say_of_itself_is_never_taken_for_unsaid(rule: str, meta: object) -> None:
    def met(**changed: object) -> bool:
        made = observation(contained=[{**CONTAINED, **changed}], performer=[{"reference": "#o"}])
        return all(surely_met(found, node) for found, node, *_ in walk(made).rules if found.rule == rule)

    assert met()
    assert not met(meta=meta)


def test_nearly_all_of_a_usual_bundle_needs_no_evaluating() -> None:
    for bundle in bundles().values():
        rules = [(rule, node) for rule, node, *_ in walk(bundle).rules if not rule.is_best_practice]
        assert sum(surely_met(rule, node) for rule, node in rules) > 0.9 * len(rules)


def test_what_cannot_be_read_is_left_to_evaluating() -> None:
    node = Node(patient(), None, type_named("Patient"))
    assert not surely_met(Invariant("a-1", "name.given.startsWith('V')"), node)
    assert not surely_met(Invariant("a-2", "no expression ("), node)
    assert surely_met(Invariant("a-3", "name.exists()"), node)
    assert not surely_met(Invariant("a-4", "contact.exists()"), node)
