"""What the R4 check finds in a Bundle is told at the field of the payload that it came from."""

from __future__ import annotations

import pytest

from adapters.hl7v2 import Hl7v2Adapter
from gateway.adapter import DefaultProfile, Payload, Translation, split, translate
from gateway.bundle import collection
from gateway.mllp.conditions import found
from gateway.outcome import Issue
from gateway.r4 import check
from gateway.whence import whence
from tests.hl7v2.building import header, message, order, patient, result
from tests.judges.records import PATIENT


@pytest.fixture(scope="module")
def translation() -> Translation:
    adapter = Hl7v2Adapter()
    second = result(f1="2", f3="K^Potassium^L", f6="mmol/L")
    payload = Payload(message(header(), patient(), order(), result(), second))
    (record,) = split(adapter, payload)
    return translate(adapter, record, DefaultProfile())


@pytest.mark.parametrize(
    ("element", "wrong", "place"),
    [
        ("value", {"value": 1, "system": "no address"}, ("OBX", "2", "6", "1")),
        ("value", {"value": 1, "comparator": "=="}, ("OBX", "2")),  # no comparator came: its neighbours, -5 and -6
        ("code", {"coding": [{"code": " "}]}, ("OBX", "2", "3", "1", "1")),
        ("status", "nonsense", ("OBX", "2", "11", "1")),
        ("issued", "yesterday", ("OBX", "2")),  # nothing of it came: the segment that says most of its resource
    ],
)
def test_an_error_in_the_second_result_is_told_at_its_field(
    translation: Translation, element: str, wrong: object, place: tuple[str, ...]
) -> None:
    results = [number for number, one in enumerate(translation.resources) if one["resourceType"] == "Observation"]
    made = list(translation.resources)
    name = "valueQuantity" if element == "value" else element
    made[results[1]] = {**made[results[1]], name: wrong}
    bundle = collection(made)
    issues = whence(check(bundle), bundle, translation.lineage)
    of_it = [found(issue, "en").place for issue in issues if f".resource.{element}" in issue.expression]
    assert of_it
    assert set(of_it) == {place}


def test_both_places_are_told_and_neither_where_the_payload_does_not_say_it() -> None:
    bundle = collection([PATIENT])
    here = Issue("error", "required", "r4-required", "Bundle.entry[0].resource.gender")
    (told,) = whence([here], bundle, {"Patient[0].gender": "XML1.GIOI_TINH (a note)", "Patient[1].gender": "PID-8"})
    assert told.as_fhir()["expression"] == ["Bundle.entry[0].resource.gender", "XML1.GIOI_TINH"]
    assert whence([here], bundle, {"Observation[0].status": "OBX[1]-11"}) == [here]
    own = Issue("error", "value", "r4-required", "PID-8")
    assert whence([own], bundle, {"Patient[0].gender": "PID-8"}) == [own]
