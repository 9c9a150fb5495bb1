"""$prior-results: GET and POST /fhir/Observation/$prior-results, may an earlier result be used again?

The project's own operation; its OperationDefinition is served beside it. Patients' numbers belong in a POST: what
stands in a URL is kept by proxies and browsers, if not by this gateway.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request

from gateway.jsontext import loads
from gateway.prior.parameters import as_parameters
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.bodies import fhir_body, only_format, query_pairs
from gateway.rest.house import House
from gateway.rest.prior_question import of_pairs, of_parameters, question
from gateway.rest.requester import requester


def open_door(app: Flask, house: House) -> None:
    @app.route("/fhir/Observation/$prior-results", methods=["GET", "POST"])
    def prior_results() -> Response:
        who = requester(house)
        expect_json()
        asked = question(given(house, imaging=False), conditions=house.priors.conditions())
        return fhir_answer(as_parameters(house.priors.results(who, asked), house.settings.public_url))


def given(house: House, *, imaging: bool) -> dict[str, list[Any]]:
    """What was asked, by query or by body."""
    if request.method == "GET":
        return of_pairs(query_pairs(), imaging=imaging)
    only_format(query_pairs())
    return of_parameters(loads(fhir_body(house.settings.max_payload_bytes)), imaging=imaging)
