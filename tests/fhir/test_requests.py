"""A transaction's requests: what they bring is taken, what a server alone could decide holds the record."""

from __future__ import annotations

import pytest

from gateway.bundle import Resource
from tests.fhir.building import bundle, observation, one, patient, put, refused_by, rules, transaction, translated

MRN = {"system": "https://his.example/mrn", "value": "BN1"}


def test_what_is_created_and_put_is_taken() -> None:
    made = translated(transaction(put(patient()), (observation(), {"method": "POST", "url": "Observation"})))
    assert [resource["resourceType"] for resource in made.resources] == ["Patient", "Observation"]
    assert not made.held


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_what_deletes_or_changes_holds_the_record(method: str) -> None:
    sent = transaction(put(patient()), put(observation()))
    patch = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": "W10="}
    frame: Resource = {"request": {"method": method, "url": "Observation/o9"}}
    if method == "PATCH":
        frame |= {"fullUrl": "urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d1009", "resource": patch}
    sent["entry"].append(frame)
    made = translated(sent)
    assert [issue.rule for issue in made.holds] == ["fhir-request-changes"]
    assert [(left.field, left.clinical) for left in made.unplaced] == [("Bundle.entry[2]", True)]
    assert len(made.resources) == 2


def test_what_asks_a_server_is_listed() -> None:
    sent = transaction(put(patient()))
    sent["entry"].append({"request": {"method": "GET", "url": "Observation?patient=p1"}})
    made = translated(sent)
    assert not made.held
    assert "fhir-request-asks" in rules(made)
    assert [left.field for left in made.unplaced] == ["Bundle.entry[1]"]


def test_a_condition_by_the_resources_own_identifier_names_it() -> None:
    nameless = {key: item for key, item in patient(identifier=[MRN]).items() if key != "id"}
    query = f"identifier={MRN['system']}|{MRN['value']}"
    ids = set()
    for number, gender in enumerate(("male", "female")):
        request = {"method": "POST", "url": "Patient", "ifNoneExist": query}
        entry = {"fullUrl": f"urn:uuid:0d3a2c51-53c1-4d4e-9f1c-6c0f1a7d100{number}",
                 "resource": {**nameless, "gender": gender}, "request": request}  # fmt: skip
        made = translated({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
        assert not made.held
        ids.add(one(made, "Patient")["id"])
    assert len(ids) == 1


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=https://his.example/mrn|BN2"},
        {"method": "POST", "url": "Patient", "ifNoneExist": "name=TRAN&birthdate=1985"},
        {"method": "PUT", "url": "Patient?phone=0900000000"},
    ],
    ids=["another-number", "by-name", "by-phone"],
)
def test_any_other_condition_holds_the_record(request_: dict[str, str]) -> None:
    made = translated(transaction((patient(identifier=[MRN]), request_)))
    assert [issue.rule for issue in made.holds] == ["fhir-request-conditional"]


def test_a_condition_on_a_version_is_listed() -> None:
    made = translated(transaction(put(patient(), ifMatch='W/"3"')))
    assert not made.held
    assert [left.field for left in made.unplaced] == ["Bundle.entry[0].request.ifMatch"]


@pytest.mark.parametrize("kind", ["history", "transaction-response", "batch-response", "subscription-notification"])
def test_a_bundle_that_answers_or_tells_a_history_is_refused(kind: str) -> None:
    sent = bundle(patient(), kind=kind)
    assert refused_by(sent) == ["fhir-bundle-type"]
