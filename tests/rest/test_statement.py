"""What the gateway says of itself is true: the CapabilityStatement, discovery, keys, health, metrics."""

from __future__ import annotations

import pytest

from gateway.errors import StoreUnavailable
from gateway.jsontext import loads
from gateway.r4 import check_json
from gateway.search import STORED_TYPES
from tests.rest.records import observation, patient
from tests.rest.world import BASE, HOME, TOKEN_URL, World

OWN = {  # operations of the project's, by type
    "Observation": ["prior-results", "reuse-accepted"],
    "ImagingStudy": ["prior-studies", "reuse-accepted"],
    "Communication": ["acknowledge"],
}


def test_the_statement_is_valid_r4_and_does_not_change_with_the_clock(door: World) -> None:
    first = door.http.get("/fhir/metadata")
    assert first.status_code == 200
    assert first.content_type == "application/fhir+json; charset=utf-8"
    assert check_json(first.data) == []
    door.clock.forward(days=400)
    assert door.http.get("/fhir/metadata").data == first.data


def test_every_search_parameter_stated_is_understood(door: World) -> None:
    sample = {"token": "x", "date": "2026", "reference": "p1", "uri": "urn:x", "string": "x"}
    bearer = door.bearer()
    statement = loads(door.http.get("/fhir/metadata").data)
    stated = [
        (item["type"], parameter["name"], sample[parameter["type"]])
        for item in statement["rest"][0]["resource"]
        for parameter in item.get("searchParam", ())
    ]
    assert len(stated) > 100
    refused = [
        (kind, name) for kind, name, value in stated
        if door.http.get(f"/fhir/{kind}?{name}={value}", headers=bearer).status_code != 200
    ]  # fmt: skip
    assert refused == []
    for item in statement["rest"][0]["resource"]:
        for include in item.get("searchInclude", ()):
            assert door.http.get(f"/fhir/{item['type']}?_include={include}", headers=bearer).status_code == 200


def test_every_interaction_and_operation_stated_is_answered_and_no_type_is_forgotten(door: World) -> None:
    door.keep(patient(), observation())
    bearer = door.bearer()
    statement = loads(door.http.get("/fhir/metadata").data)["rest"][0]
    assert {item["type"] for item in statement["resource"]} == {*STORED_TYPES, "ConceptMap", "OperationDefinition"}
    doors = {"read": "/o1", "vread": "/o1/_history/1", "history-instance": "/o1/_history", "search-type": "?_id=o1"}
    for item in statement["resource"]:
        if item["type"] == "ConceptMap":  # tests/rest/test_concept_maps.py
            assert [one["code"] for one in item["interaction"]] == ["read", "search-type"]
            continue
        if item["type"] == "OperationDefinition":  # tests/prior/test_definitions.py
            assert [one["code"] for one in item["interaction"]] == ["read"]
            continue
        assert [one["code"] for one in item["interaction"]] == list(doors)
        assert [one["name"] for one in item["operation"]] == ["validate", *OWN.get(item["type"], [])]
        answer = door.http.post(f"/fhir/{item['type']}/$validate", json={}, headers=bearer)
        assert answer.status_code == 200
    for path in doors.values():
        assert door.http.get(f"/fhir/Observation{path}", headers=bearer).status_code == 200
    assert [one["name"] for one in statement["operation"]] == ["process-message"]


def test_every_profile_stated_is_one_that_the_gateway_holds_resources_to(door: World) -> None:
    stated = {
        item["type"]: item["supportedProfile"]
        for item in loads(door.http.get("/fhir/metadata").data)["rest"][0]["resource"]
        if "supportedProfile" in item
    }
    assert set(stated) == {"DiagnosticReport", "Observation"}
    for kind, profiles in stated.items():
        for url in profiles:
            definition = door.parts.profiles.definition(url)
            assert definition is not None
            assert definition["type"] == kind


def test_the_statement_and_discovery_lead_to_the_token_endpoint(door: World) -> None:
    security = loads(door.http.get("/fhir/metadata").data)["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert TOKEN_URL in security["description"]
    assert f"{BASE}/fhir/.well-known/smart-configuration" in security["description"]
    found = door.http.get("/fhir/.well-known/smart-configuration").json
    assert found is not None
    assert found["token_endpoint"] == TOKEN_URL
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert found["token_endpoint_auth_signing_alg_values_supported"] == ["ES384", "RS384"]
    assert found["jwks_uri"] == f"{BASE}/.well-known/jwks.json"


def test_the_public_keys_are_shown_and_nothing_private(door: World) -> None:
    door.sign_here()
    first = door.parts.keyring.signer(HOME).kid
    door.parts.keyring.issue(HOME, "Hospital", actor="test")  # the first is retired, and still vouches
    shown = door.http.get("/.well-known/jwks.json").json
    assert shown is not None
    assert len(shown["keys"]) == 3
    assert first in {key["kid"] for key in shown["keys"]}
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in shown["keys"])
    door.parts.keyring.revoke(first, "lost", actor="test")
    shown = door.http.get("/.well-known/jwks.json").json
    assert shown is not None
    assert first not in {key["kid"] for key in shown["keys"]}


def test_a_gateway_is_ready_when_each_part_is(world: World) -> None:
    answer = world.http.get("/health/ready")
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "ok", "parts": {"store": "ok", "keys": "ok", "adapters": "ok"}},
    )


def test_the_part_that_is_not_ready_is_named(door: World, monkeypatch: pytest.MonkeyPatch) -> None:
    door.sign_here()
    door.clock.forward(days=365 * 30)
    answer = door.http.get("/health/ready", headers={"Accept-Language": "vi"})
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["parts"] == {"store": "ok", "keys": "mọi khoá ký đã hết hạn", "adapters": "ok"}

    def gone() -> None:
        raise StoreUnavailable("store-unreachable")

    monkeypatch.setattr(door.parts.store, "read", gone)
    answer = door.http.get("/health/ready")
    assert answer.status_code == 503
    assert door.http.get("/health/live").status_code == 200
    assert b"gateway_requests_total" in door.http.get("/metrics").data


def test_metrics_count_by_route_and_rule_and_hold_no_value(world: World) -> None:
    world.keep(patient())
    world.get("/fhir/Patient/p1")
    world.get("/fhir/Patient?identifier=001099012345")
    world.get("/fhir/Patient?favourite=tea")
    world.http.open("/fhir/metadata", method="BREW")
    text = world.http.get("/metrics").text
    route = "/fhir/<resource_type>/<logical_id>"
    assert f'gateway_requests_total{{method="GET",route="{route}",status="200"}} 1.0' in text
    assert 'gateway_refusals_total{door="search",rule="search-parameter-unknown"} 1.0' in text
    assert 'method="other"' in text
    assert "001099012345" not in text
    assert "BREW" not in text
    assert "p1" not in text.replace(route, "")
