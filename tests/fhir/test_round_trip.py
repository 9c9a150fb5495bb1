"""What this gateway emits comes back as the same resources: as a collection, and as a signed message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.bundle import Resource, collection
from gateway.jsontext import dumps
from tests.fhir.building import refused_by, translated
from tests.judges.records import sample, sample_names

OF_SEVERAL_PERSONS = ["merge.hl7#1"]  # two merges in one message: two persons, whom nothing links


def _again(before: list[Resource], after: list[Resource]) -> Any:
    """``after`` with the ids of ``before``, resource by resource."""
    text = dumps(after).decode()
    for old, new in zip(before, after, strict=True):
        text = text.replace(new["id"], old["id"])
    return json.loads(text)


@pytest.mark.parametrize("name", [one for one in sample_names() if one not in OF_SEVERAL_PERSONS])
def test_a_bundle_of_ours_comes_back_as_the_same_resources(name: str) -> None:
    before = sample(name)
    after = list(translated(dumps(collection(before))).resources)
    assert not {one["id"] for one in after} & {one["id"] for one in before}
    assert _again(before, after) == json.loads(dumps(before))


@pytest.mark.parametrize("name", OF_SEVERAL_PERSONS)
def test_a_bundle_of_ours_that_is_about_several_persons_is_refused(name: str) -> None:
    assert refused_by(dumps(collection(sample(name)))) == ["fhir-two-patients"]
