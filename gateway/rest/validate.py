"""$validate: POST /fhir/{Type}/$validate, the R4 check of a resource that is not stored.

https://hl7.org/fhir/R4/resource-operation-validate.html. The body is the resource itself, or a
Parameters with it as ``resource``; ``profile``, in the query or in Parameters, names profiles that it must
conform to. The answer is an OperationOutcome, 200 whatever it says; 400 when a profile is not known here.
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
        pairs = query_pairs()
        only_format([pair for pair in pairs if pair[0] != "profile"])
        if resource_type not in STORED_TYPES and resource_type != "Bundle":
            raise NotFound("resource-type-unknown")
        resource, named = _given(loads(fhir_body(house.settings.max_payload_bytes)))
        asked = list(dict.fromkeys([*(value for name, value in pairs if name == "profile"), *named]))
        if not all(map(house.profiles.knows, asked)):
            raise SearchRefused("validate-profile-unknown", "profile")
        issues = check(resource, profiles=house.profiles, asked=asked)
        if resource.get("resourceType") != resource_type:
            issues = [Issue("error", "invalid", "validate-other-type", "", {"type": resource_type}), *issues]
        return outcome_answer(house.settings, issues, 200)


def _given(given: Any) -> tuple[dict[str, Any], list[str]]:
    """The resource, and the profiles that a Parameters names beside it."""
    if not isinstance(given, dict):
        raise PayloadError("validate-form")
    if given.get("resourceType") != "Parameters":
        return given, []
    parameters = given.get("parameter")
    if not isinstance(parameters, list) or not all(isinstance(one, dict) for one in parameters):
        raise PayloadError("validate-form", "Parameters.parameter")
    found = [one.get("resource") for one in parameters if one.get("name") == "resource"]
    profiles = []
    for one in parameters:
        profile = one.get("valueUri", one.get("valueCanonical"))
        if one.get("name") == "profile" and isinstance(profile, str):
            profiles.append(profile)
            continue
        if one.get("name") == "mode" and one.get("valueCode") in _MODES:
            continue
        if one.get("name") != "resource":
            raise SearchRefused("validate-parameter-unknown", "Parameters.parameter")
    if len(found) != 1 or not isinstance(found[0], dict):
        raise PayloadError("validate-form", "Parameters.parameter")
    return found[0], profiles
