"""capabilities: GET /fhir/metadata, a CapabilityStatement that is true of what is built.

https://hl7.org/fhir/R4/http.html#capabilities. It is put together from what the doors and the
search really know, so that it cannot promise more; a test compares it with the routes.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from gateway import __version__
from gateway.bundle import CANONICAL
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.concept_maps import PARAMETERS
from gateway.rest.house import House
from gateway.rest.operation_definitions import operations_of
from gateway.rest.token import token_url
from gateway.search import supported, supported_includes

RELEASED = "2026-11-22"  # of this version of the software: the statement changes with it, not with the clock
# What every resource of the type that the gateway makes conforms to, by its use (docs/profiles.md).
_PROFILES = {
    "DiagnosticReport": (f"{CANONICAL}/StructureDefinition/diagnostic-report",),
    "Observation": (
        f"{CANONICAL}/StructureDefinition/laboratory-result",
        "http://hl7.org/fhir/StructureDefinition/vitalsigns",
    ),
}
_OPERATION = "http://hl7.org/fhir/OperationDefinition"
_SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def open_door(app: Flask, house: House) -> None:
    @app.get("/fhir/metadata")
    def metadata() -> Response:
        expect_json()
        return fhir_answer(capability_statement(f"{house.settings.public_url}/fhir", token_url(house)))


def capability_statement(base: str, token: str) -> dict[str, Any]:
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{CANONICAL}/CapabilityStatement/gateway",
        "version": __version__,
        "name": "LienthongGateway",
        "title": "Lienthong FHIR gateway",
        "status": "active",
        "experimental": False,
        "date": RELEASED,
        "description": "Signed exchanges of results between hospitals; read and search of what was received.",
        "kind": "instance",
        "software": {"name": "lienthong-gateway", "version": __version__, "releaseDate": RELEASED},
        "implementation": {"description": "A gateway of the results exchange", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [_rest(base, token)],
    }


def _rest(base: str, token: str) -> dict[str, Any]:
    return {
        "mode": "server",
        "security": {
            "cors": False,
            "service": [
                {
                    "coding": [{"system": _SECURITY, "code": "SMART-on-FHIR", "display": "SMART-on-FHIR"}],
                    "text": "SMART Backend Services: private_key_jwt with ES384 or RS384",
                }
            ],
            # not SMART's extension oauth-uris: it demands an authorize endpoint, where a person would log in
            "description": f"Tokens are asked for at {token}; {base}/.well-known/smart-configuration says how.",
        },
        "resource": sorted(
            [_concept_map(), _operation_definition(), *map(_resource, supported())], key=lambda one: str(one["type"])
        ),
        "operation": [
            {"name": "process-message", "definition": f"{_OPERATION}/MessageHeader-process-message"},
        ],
    }


def _resource(name: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": name,
        "interaction": [{"code": code} for code in ("read", "vread", "history-instance", "search-type")],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "local"],
    }
    if name in _PROFILES:
        made["supportedProfile"] = list(_PROFILES[name])
    includes = supported_includes().get(name, [])
    if includes:
        made["searchInclude"] = includes
    made["searchParam"] = [
        {"name": parameter, "type": kind, "documentation": documentation}
        for parameter, kind, documentation in supported()[name]
    ]
    made["operation"] = [{"name": "validate", "definition": f"{_OPERATION}/Resource-validate"}, *operations_of(name)]
    return made


def _operation_definition() -> dict[str, Any]:
    """Of the project's own operations, read-only."""
    return {
        "type": "OperationDefinition",
        "interaction": [{"code": "read"}],
        "versioning": "no-version",
    }


def _concept_map() -> dict[str, Any]:
    """Read-only, and the version in force alone."""
    return {
        "type": "ConceptMap",
        "interaction": [{"code": code} for code in ("read", "search-type")],
        "versioning": "no-version",
        "searchParam": [
            {"name": name, "type": kind, "documentation": documentation}
            for name, (_, kind, documentation) in PARAMETERS.items()
        ],
        "operation": [{"name": "translate", "definition": f"{_OPERATION}/ConceptMap-translate"}],
    }
