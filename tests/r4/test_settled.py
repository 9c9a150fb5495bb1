"""Entries that the first look settles are not walked, and nothing of what the walk says is lost."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.outcome import Issue
from gateway.r4.check import walked_issues
from gateway.r4.quick import Links, certainly_valid, settled_entries
from gateway.r4.structure import walk
from tests.r4.instances import TYPES, damaged, resource
from tests.r4.samples import OBSERVATION, PATIENT, found, message, observation, of_entries, patient
from tests.r4.translated import bundles

pytestmark = pytest.mark.unmeasured  # mostly thousands of runs of what other tests run through once

_randoms = st.randoms(use_true_random=True)


def by_both_looks(made: Any) -> list[Issue]:
    """What R4 itself asks, without profiles: the first look, and the walk of what that leaves open."""
    seen = Links()
    return [] if certainly_valid(made, seen) else walked_issues(made, settled_entries(made, seen))


@settings(max_examples=300)
@given(st.sampled_from(sorted(bundles())), _randoms, st.integers(1, 3))
def test_of_a_damaged_bundle_the_same_is_said_as_by_the_walk_of_all(name: str, random: Random, damages: int) -> None:
    made = bundles()[name]
    for _ in range(damages):
        made = damaged(random, made)
    assert by_both_looks(made) == walked_issues(made)


@given(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3), _randoms, st.integers(0, 2))
def test_of_entries_of_any_type_the_same_is_said_too(names: list[str], random: Random, damages: int) -> None:
    made = of_entries(*(resource(random, name) for name in names))
    for _ in range(damages):
        made = damaged(random, made)
    assert by_both_looks(made) == walked_issues(made)


def test_what_is_settled_is_not_walked_and_the_broken_entry_is() -> None:
    bundle = of_entries(patient(), observation(status="done", subject={"display": "a"}), patient(gender="M"))
    settled = settled_entries(bundle)
    assert settled == {"Bundle.entry[0].resource"}
    walked = {path for _, _, path, _ in walk(bundle, settled).rules}
    assert "Bundle.entry[1].resource" in walked
    assert "Bundle.entry[0].resource" not in walked
    assert found(bundle) == [
        ("r4-code", "Bundle.entry[1].resource.status"),
        ("r4-code", "Bundle.entry[2].resource.gender"),
    ]


def test_a_settled_entry_is_still_found_by_the_references_of_others() -> None:
    bundle = message()
    bundle["entry"][0]["resource"]["focus"].append({"reference": PATIENT, "unknown": 1})
    noted = walk(bundle, settled_entries(bundle))
    assert [scope.path for scope in noted.scopes] == [scope.path for scope in walk(bundle).scopes]
    assert found(bundle) == [("r4-unknown-property", "Bundle.entry[0].resource.focus[1]")]


@pytest.mark.parametrize(
    "broken",
    [
        observation(subject={"reference": OBSERVATION}),  # a type that is not allowed, here and in the Bundle's entry
        observation(subject={"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}),  # not there
        observation(subject={"reference": "#p"}),
        observation(subject={"reference": 7}),
        observation(subject={"reference": "Patient/\x01"}),
        {**message(), "entry": []},
    ],
)
def test_what_hangs_on_a_reference_settles_only_with_it(broken: dict[str, Any]) -> None:
    bundle = message()
    bundle["entry"][3]["resource"] = broken
    assert "Bundle.entry[3].resource" not in settled_entries(bundle)
    assert by_both_looks(bundle) == walked_issues(bundle)


@pytest.mark.parametrize("url", ["#p", " ", "a b", "", "urn:uuid:1", "\x01"])
def test_a_reference_to_an_entry_whose_url_is_broken_is_left_to_the_walk(url: str) -> None:
    bundle = of_entries(patient(), observation(subject={"reference": url}))
    bundle["entry"][0]["fullUrl"] = url
    assert "Bundle.entry[1].resource" not in settled_entries(bundle)
    assert by_both_looks(bundle) == walked_issues(bundle)


@pytest.mark.parametrize(
    "bundle",
    [
        7,
        [],
        {"resourceType": "Patient", "entry": [{"resource": patient()}]},
        {"resourceType": ["Bundle"], "entry": [{"resource": patient()}]},
        {"resourceType": "Bundle", "entry": {"resource": patient()}},
        {"resourceType": "Bundle", "type": ["message"], "entry": [7, None, [], {"fullUrl": {}, "resource": 7}]},
    ],
)
def test_of_what_is_no_bundle_nothing_is_settled(bundle: Any) -> None:
    assert settled_entries(bundle) == set()
    assert by_both_looks(bundle) == walked_issues(bundle)


def test_one_object_at_two_places_is_settled_at_one() -> None:
    shared = patient()
    holder = {"resourceType": "Parameters", "parameter": [{"name": "a", "resource": of_entries(shared)}]}
    bundle = of_entries(shared, {**observation(), "contained": [shared]}, holder)
    assert settled_entries(bundle) == {"Bundle.entry[0].resource"}
    assert by_both_looks(bundle) == walked_issues(bundle)
