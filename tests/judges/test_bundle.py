"""A Bundle, what it refers to, and the bytes it travels as."""

from __future__ import annotations

import uuid
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bundle import (
    body,
    collection,
    deterministic_id,
    references,
    resources,
    rewrite_references,
    served,
    urn,
    uuid5,
)
from gateway.jsontext import loads
from tests.judges.records import PATIENT, observation, report, sample, sample_names, to

FIELDS = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["reference", "display", "item"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.lists(FIELDS, max_size=4), st.lists(FIELDS, max_size=4))
def test_what_a_facility_calls_by_one_key_has_one_id_and_another_key_another(one: list[str], other: list[str]) -> None:
    made = deterministic_id("79001", "Patient", *one)
    assert str(uuid.UUID(made)) == made
    assert (made == deterministic_id("79001", "Patient", *other)) == (one == other)
    assert made != deterministic_id("79002", "Patient", *one)
    assert made != deterministic_id("79001", "Observation", *one)


def test_an_id_once_given_is_given_for_ever() -> None:
    assert deterministic_id("79001", "Patient", "BN1") == "b71b8509-6e71-5f70-93c8-b272cbf85aa7"


@given(VALUES)
def test_rewriting_reaches_exactly_the_references_and_changes_nothing_in_place(value: Any) -> None:
    before = deepcopy(value)
    found = list(references(value))
    assert rewrite_references(value, lambda reference: reference) == before
    assert list(references(rewrite_references(value, lambda reference: f"x{reference}"))) == [
        f"x{one}" for one in found
    ]
    assert value == before


@pytest.mark.parametrize("name", sample_names())
def test_what_is_served_differs_from_what_was_signed_in_its_references_alone(name: str) -> None:
    made = collection(sample(name))
    kinds = {urn(item["id"]): item["resourceType"] for item in resources(made)}
    for signed, shown in zip(resources(made), served(made), strict=True):
        assert not [one for one in references(shown) if one.startswith("urn:uuid:")]
        assert [one.partition("/")[0] for one in references(shown)] == [
            kinds.get(one, one) for one in references(signed)
        ]
        back = rewrite_references(shown, lambda one: one if one.startswith("#") else urn(one.partition("/")[2]))
        assert back == signed


def test_a_reference_to_elsewhere_is_served_as_it_is() -> None:
    away = observation("a", encounter={"reference": "https://other.example/fhir/Encounter/1"})
    assert list(references(served(collection([away]))[0])) == [
        to(PATIENT)["reference"],
        "https://other.example/fhir/Encounter/1",
    ]


def test_resources_come_in_order_and_by_type() -> None:
    one = observation("a")
    made = collection([PATIENT, one, report("r", one)])
    assert [item["resourceType"] for item in resources(made)] == ["Patient", "Observation", "DiagnosticReport"]
    assert list(resources(made, "Observation")) == [one]
    assert list(resources({"resourceType": "Bundle", "entry": [{"fullUrl": "x"}]})) == []


@pytest.mark.parametrize("name", sample_names())
def test_a_bundles_bytes_are_read_back_to_the_same_bytes(name: str) -> None:
    written = body(collection(sample(name)))
    assert body(loads(written)) == written


@given(st.uuids(), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_uuid_of_a_name_is_the_one_python_makes(namespace: uuid.UUID, name: str) -> None:
    assert uuid5(namespace, name) == str(uuid.uuid5(namespace, name))
