"""What the project's own operations take and give is published, valid, and true of the doors."""

from __future__ import annotations

from gateway.jsontext import loads
from gateway.r4 import check_json
from gateway.rest.operation_definitions import definitions
from tests.rest.world import World, rule


def test_each_definition_that_the_statement_names_is_served_and_valid(asking: World) -> None:
    statement = loads(asking.http.get("/fhir/metadata").data)["rest"][0]
    named = {
        one["definition"].rpartition("/")[2]
        for item in statement["resource"]
        for one in item.get("operation", ())
        if not one["definition"].startswith("http://hl7.org/")
    }
    asking_alone = {"Observation-prior-results", "ImagingStudy-prior-studies"}
    changing = {"Observation-reuse-accepted", "ImagingStudy-reuse-accepted", "Communication-acknowledge"}
    assert named == asking_alone | changing == set(definitions())
    assert {name for name, made in definitions().items() if made["affectsState"]} == changing
    for name in named:
        answer = asking.get(f"/fhir/OperationDefinition/{name}")
        assert answer.status_code == 200
        assert check_json(answer.data) == []
    assert rule(asking.get("/fhir/OperationDefinition/other")) == "resource-unknown"
    assert asking.http.get(f"/fhir/OperationDefinition/{min(named)}").status_code == 401


def test_each_parameter_of_a_definition_is_understood(asking: World) -> None:
    codes = {"code": "http://loinc.org|1", "specimen": "urn:s|1", "body-site": "urn:s|1"}
    values = codes | {"condition": "transfusion", "priority": "stat"}
    for made in (one for one in definitions().values() if not one["affectsState"]):
        path = f"/fhir/{made['resource'][0]}/${made['code']}"
        taken = [one["name"] for one in made["parameter"] if one["use"] == "in" and one["name"] != "order"]
        query = {name: values.get(name, "outpatient") for name in taken} | {"patient": "urn:none|1"}
        answer = asking.http.get(path, query_string=query, headers=asking.bearer())
        assert answer.status_code == 200, answer.text
        told = [one["name"] for one in loads(answer.data)["parameter"]]
        published = {one["name"] for one in made["parameter"] if one["use"] == "out"}
        assert set(told) <= published
        (verdict,) = (one for one in loads(answer.data)["parameter"] if one["name"] == "verdict")
        (parts,) = (one["part"] for one in made["parameter"] if one["name"] == "verdict")
        assert {one["name"] for one in verdict["part"]} <= {one["name"] for one in parts}
