"""Two Bundles compared: each element that changes, by its place, and nothing that is no word of the patient."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bundle import collection
from gateway.difference import Change, changes, told
from gateway.mapping.made_by import POLICY
from tests.judges.records import PATIENT, made, observation

GLUCOSE, SODIUM = observation("glucose"), observation("sodium")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"value": 1}, {"value": 1}, []),
        ({"value": 1}, {"value": 2}, [("Basic[0].value", "changed")]),
        ({"value": {"unit": "g", "code": "g"}}, {"value": {"unit": "mg"}},
         [("Basic[0].value.unit", "changed"), ("Basic[0].value.code", "removed")]),
        ({"note": [{"text": "a"}]}, {"note": [{"text": "a"}, {"text": "b"}]}, [("Basic[0].note[1]", "added")]),
        ({"note": ["a", "b"]}, {"note": ["b"]}, [("Basic[0].note[0]", "changed"), ("Basic[0].note[1]", "removed")]),
        ({"value": 1}, {"value": "1"}, [("Basic[0].value", "changed")]),
        ({"value": [1]}, {"value": {"x": 1}}, [("Basic[0].value", "changed")]),
        ({}, {"value": None}, [("Basic[0].value", "added")]),
    ],
)  # fmt: skip
def test_an_element_is_told_by_its_place(before: Any, after: Any, found: list[tuple[str, str]]) -> None:
    made_of = [{"resourceType": "Basic", "id": "1", **each} for each in (before, after)]
    assert [(one.element, one.what) for one in changes(made_of[:1], made_of[1:])] == found


def test_resources_are_one_by_type_and_id_whatever_their_order() -> None:
    assert changes([PATIENT, GLUCOSE, SODIUM], [SODIUM, PATIENT, GLUCOSE]) == []
    other = observation("potassium")
    assert changes([GLUCOSE, SODIUM], [other, GLUCOSE]) == [
        Change("Observation[1]", "removed", SODIUM), Change("Observation[0]", "added", None, other),
    ]  # fmt: skip


def test_header_signature_and_the_name_of_the_mapping_file_are_no_words_of_the_record() -> None:
    own = made("Provenance", "own", policy=["https://hospital.example/rule"])
    by_file = made("Provenance", "by file", policy=[f"{POLICY}x/1?sha256:00"])
    bundle = collection([made("MessageHeader", "header"), PATIENT, own, by_file])
    bundle["entry"].append({"resource": {"resourceType": "Provenance", "signature": []}})
    assert told(bundle) == [PATIENT, own]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, _JSON)
def test_nothing_is_told_of_what_is_alike_and_something_of_all_else(before: Any, after: Any) -> None:
    one, two = ({"resourceType": "Basic", "id": "1", "value": each} for each in (before, after))
    assert changes([one], [one]) == []
    assert bool(changes([one], [two])) is (before != after)
