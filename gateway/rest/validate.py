"""$validate: POST /fhir/{Type}/$validate, the R4 check of a resource that is not stored.

https://hl7.org/fhir/R4/resource-operation-validate.html. The body is the resource itself, or a
Parameters with it as ``resource``; the answer is an OperationOutcome, 200 whatever it says.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from gateway.errors import NotFound, PayloadError, SearchRefused
from gateway.jsontext import loads
from gateway.outcome import Issue
from gateway.r4 import check
from gateway.rest.answers import expect_json, outcome_answer
from gateway.rest.bodies import fhir_body, only_format, query_pairs
from gateway.rest.house import House
from gateway.rest.requester import requester
from gateway.search import STORED_TYPES

_MODES = frozenset({"create", "update"})  # neither changes what the check asks of a resource


def open_door(app: Flask, house: House) -> None:
    @app.post("/fhir/<resource_type>/$validate")
    def validate(resource_type: str) -> Response:
        requester(house)  # whoever may be here at all: nothing of a patient is read or kept
        expect_json()
        only_format(query_pairs())
        if resource_type not in STORED_TYPES and resource_type != "Bundle":
            raise NotFound("resource-type-unknown")
        resource = _resource(loads(fhir_body(house.settings.max_payload_bytes)))
        issues = check(resource)
        if resource.get("resourceType") != resource_type:
            issues = [Issue("error", "invalid", "validate-other-type", "", {"type": resource_type}), *issues]
        return outcome_answer(house.settings, issues, 200)


def _resource(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise PayloadError("validate-form")
    if given.get("resourceType") != "Parameters":
        return given
    parameters = given.get("parameter")
    if not isinstance(parameters, list) or not all(isinstance(one, dict) for one in parameters):
        raise PayloadError("validate-form", "Parameters.parameter")
    found = [one.get("resource") for one in parameters if one.get("name") == "resource"]
    for one in parameters:
        if one.get("name") == "mode" and one.get("valueCode") in _MODES:
            continue
        if one.get("name") != "resource":
            raise SearchRefused("validate-parameter-unknown", "Parameters.parameter")
    if len(found) != 1 or not isinstance(found[0], dict):
        raise PayloadError("validate-form", "Parameters.parameter")
    return found[0]
