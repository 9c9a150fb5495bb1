"""$prior-studies: GET and POST /fhir/ImagingStudy/$prior-studies, may an earlier examination be used again?

As $prior-results; an order may name its modality and body site beside a code, or instead of one.
"""

from __future__ import annotations

from flask import Flask, Response

from gateway.prior.parameters import as_parameters
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.house import House
from gateway.rest.prior_question import question
from gateway.rest.prior_results import given
from gateway.rest.requester import requester


def open_door(app: Flask, house: House) -> None:
    @app.route("/fhir/ImagingStudy/$prior-studies", methods=["GET", "POST"])
    def prior_studies() -> Response:
        who = requester(house)
        expect_json()
        asked = question(given(house, imaging=True), conditions=house.priors.conditions())
        return fhir_answer(as_parameters(house.priors.studies(who, asked), house.settings.public_url))
