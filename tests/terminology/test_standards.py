"""The standard beside the local, in any resource an adapter may return: nothing is changed in place."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import Translation
from gateway.terminology.decision import LOINC, Decision, Kind
from gateway.terminology.standards import Standardised, standardised
from gateway.terminology.terms import NOTHING_DECIDED, Terms, decisions, terms

AT = datetime(2026, 11, 22, tzinfo=UTC)
OWN = "urn:vn:cskcb:79001:codesystem:L"
LOCAL = {"system": OWN, "code": "GLU"}
GLUCOSE = {"system": LOINC, "code": "14749-6"}
NATIONAL = "https://lienthong.example/fhir/CodeSystem/qd1227"


def decided(system: str = OWN, code: str = "GLU", target: str = "14749-6", kind: Kind = "code") -> Decision:
    return Decision(1, "79001", kind, system, code, LOINC, target, "", "equivalent", "Thu", AT)


def made_of(resource: dict[str, Any], known: Terms | None = None, **lineage: str) -> Standardised:
    return standardised(Translation([resource], lineage=lineage), known or terms(decisions([decided()])))


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ({"resourceType": "Observation", "code": {"coding": [LOCAL]}}, ("code",)),
        ({"resourceType": "Observation", "component": [{}, {"code": {"coding": [LOCAL]}}]}, ("component", 1, "code")),
        ({"resourceType": "Observation", "valueCodeableConcept": {"coding": [LOCAL]}}, ("valueCodeableConcept",)),
        ({"resourceType": "ServiceRequest", "reasonCode": [{"coding": [LOCAL]}]}, ("reasonCode", 0)),
        ({"resourceType": "Specimen", "collection": {"method": {"coding": [LOCAL]}}}, ("collection", "method")),
    ],
)
def test_a_decided_code_is_added_wherever_a_concept_stands_and_the_translation_itself_is_left_as_it_was(
    resource: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    before = copy.deepcopy(resource)
    place: Any = made_of(resource).translation.resources[0]
    for step in path:
        place = place[step]
    assert place["coding"] == [LOCAL, GLUCOSE]
    assert resource == before


def test_the_lineage_of_what_is_added_is_that_of_the_code_it_was_added_for_by_the_resources_place() -> None:
    resource = {"resourceType": "Observation", "code": {"coding": [{"code": "X"}, LOCAL]}}
    came = Translation(
        [{"resourceType": "Observation"}, resource], lineage={"Observation[1].code.coding[1].code": "OBX[2]-3.4"}
    )
    told = standardised(came, terms(decisions([decided()])))
    assert told.translation.lineage["Observation[1].code.coding[2].code"] == "OBX[2]-3.4"
    assert told.decisions[0]["elements"] == ["Observation[1].code.coding[2]"]


def test_a_national_code_is_decided_and_counted_like_a_local_one() -> None:
    resource = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": NATIONAL, "code": "1000001"}], "text": "Tên"},
    }
    assert made_of(resource, NOTHING_DECIDED).sightings == (
        ("code", NATIONAL, "1000001", "Tên", "Observation.code", ""),
    )
    known = terms(decisions([decided(NATIONAL, "1000001")]))
    assert made_of(resource, known).translation.resources[0]["code"]["coding"][1] == GLUCOSE


def test_what_nobody_can_decide_on_is_not_counted() -> None:
    long = {"resourceType": "Observation", "code": {"coding": [{"system": OWN, "code": "x" * 256}]}}
    standard = {"resourceType": "Observation", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}}
    nul = {"resourceType": "Observation", "code": {"coding": [{"system": OWN, "code": "a\x00"}]}}
    number = {"resourceType": "Patient", "identifier": [{"type": {"coding": [LOCAL]}}]}
    assert [made_of(one, NOTHING_DECIDED).sightings for one in (long, nul, standard, number)] == [()] * 4


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["coding", "code", "system", "display", "unit", "value", "text", "component", "low"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["code", "component", "valueQuantity", "category", "referenceRange"]), _json))
def test_whatever_an_adapter_returns_is_left_to_the_r4_check(resource: dict[str, Any]) -> None:
    before = copy.deepcopy(resource)
    known = terms(decisions([decided("", "0"), decided(kind="unit", code="0")]))
    for more in ({}, {"valueQuantity": {"unit": "0", "code": "14749-6"}}):
        told = made_of({**resource, "resourceType": "Observation", **more}, known)
        assert all(type(part) is str for one in told.sightings for part in one)
    assert resource == before
