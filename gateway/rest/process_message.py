"""$process-message: POST /fhir/$process-message, a signed message from another gateway.

https://hl7.org/fhir/R4/messageheader-operation-process-message.html; the answer is a signed
receipt, for an accepted message and for a refused one.
"""

from __future__ import annotations

from flask import Flask, Response

from gateway.access import authorise
from gateway.rest.answers import expect_json, fhir_answer
from gateway.rest.bodies import fhir_body
from gateway.rest.house import House
from gateway.rest.requester import requester


def open_door(app: Flask, house: House) -> None:
    @app.post("/fhir/$process-message")
    def process_message() -> Response:
        grant = authorise(requester(house), "c", "Bundle")
        expect_json()
        return fhir_answer(house.inbound.accept(fhir_body(house.settings.max_payload_bytes), actor=grant.actor))
